use leptos::prelude::*;
use model::{
    Timestamp,
    api::RunStep,
    run::{AttemptState, AttemptStatus, Datum},
};
use serde_json::{Map, Value};

use super::step_panel::Data;
use crate::{
    moment::Style,
    text::{
        attempt::{outcome, title},
        run as t, sentence,
    },
    ui::{Chip, ChipTone, Elapsed, Glyph, Moment},
};

/// Every attempt of a call, and every question about one, side by side: what was sent, what was answered, what was wrong.
#[component]
pub fn Attempts(step: Memo<RunStep>) -> impl IntoView {
    let attempts = Memo::new(move |_| step.with(|step| step.state.attempts.clone()));
    move || {
        let attempts = attempts.get();
        (!attempts.is_empty()).then(|| {
            let last = attempts.last().map(|attempt| attempt.n);
            let cards = attempts
                .iter()
                // The newest is what one looks for.
                .rev()
                .map(|attempt| {
                    let title = title(&attempts, attempt);
                    let request = request_of(&attempts, attempt).map(readable);
                    let sandbox = is_sandbox(&attempts, attempt);
                    let next = attempt.retry_at.filter(|_| last == Some(attempt.n));
                    view! { <Attempt title attempt=attempt.clone() request next sandbox/> }
                })
                .collect_view();
            view! {
                <h3 class="panel-sub">{t::ATTEMPTS}</h3>
                <div class="attempts" tabindex="0" role="group" aria-label=t::ATTEMPTS>{cards}</div>
            }
        })
    }
}

/// Only the first attempt of a round keeps the request; the others sent the same.
fn request_of(attempts: &[AttemptState], this: &AttemptState) -> Option<Datum> {
    this.request
        .clone()
        .or_else(|| attempts.iter().find(|other| other.round == this.round && other.request.is_some())?.request.clone())
}

/// Whether a simulated account was asked instead of the service.
pub fn is_sandbox(attempts: &[AttemptState], this: &AttemptState) -> bool {
    let request = request_of(attempts, this);
    request.as_ref().and_then(Datum::inline).is_some_and(|request| request.get("sandbox").and_then(Value::as_bool) == Some(true))
}

/// Headers are kept as a list of pairs; people read them as names with values.
fn readable(datum: Datum) -> Datum {
    let Datum::Inline(value) = &datum else { return datum };
    let Some(pairs) = value.get("headers").and_then(Value::as_array) else { return datum };
    let headers: Option<Map<String, Value>> = pairs
        .iter()
        .map(|pair| match pair.as_array().map(Vec::as_slice) {
            Some([Value::String(name), value]) => Some((name.clone(), value.clone())),
            _ => None,
        })
        .collect();
    let mut request = value.as_ref().clone();
    match (headers, request.get_mut("headers")) {
        // A repeated name would be lost.
        (Some(headers), Some(place)) if headers.len() == pairs.len() => *place = Value::Object(headers),
        _ => return datum,
    }
    Datum::new(request)
}

#[component]
fn Attempt(
    title: String,
    attempt: AttemptState,
    request: Option<Datum>,
    /// When it is tried again, if that is still to come.
    next: Option<Timestamp>,
    /// A simulated account was asked.
    sandbox: bool,
) -> impl IntoView {
    // What a question sends and hears is not kept: its answer is the outcome.
    let is_call = attempt.lookup.is_none();
    let open = attempt.status != AttemptStatus::Succeeded;
    let outcome = outcome(&attempt);
    let (tone, glyph) = match attempt.status {
        AttemptStatus::Started => (ChipTone::Run, Glyph::Loader),
        AttemptStatus::Succeeded => (ChipTone::Ok, Glyph::Check),
        AttemptStatus::Failed | AttemptStatus::TimedOut => (ChipTone::Bad, Glyph::Alert),
        AttemptStatus::Lost => (ChipTone::Warn, Glyph::Question),
    };
    let answer =
        attempt.response.clone().or_else(|| attempt.error.as_ref().and_then(|error| error.response.clone())).map(readable);
    let no_answer = if attempt.status == AttemptStatus::Succeeded { t::ANSWER_IS_OUTPUT } else { t::NO_ANSWER };
    let said = attempt.error.as_ref().map(|error| sentence(&error.message)).or_else(|| attempt.lost.as_deref().map(sentence));
    let code = attempt.error.as_ref().and_then(|error| error.status);
    let finished = attempt.finished_at;
    view! {
        <article class="attempt-card">
            <header>
                <b>{title}</b>
                <Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph))>{outcome}</Chip>
                <span class="grow"></span>
                <span class="small muted"><Elapsed from=attempt.started_at to=Signal::stored(finished)/></span>
            </header>
            {sandbox.then(|| view! { <p class="attempt-facts"><Chip tone=Signal::stored(ChipTone::Hold) glyph=Signal::stored(Some(Glyph::Boxes))>{t::SANDBOX}</Chip><span>{t::SANDBOX_ABOUT}</span></p> })}
            <p class="attempt-facts">
                <Moment at=attempt.started_at style=Style::Time/>
                {code.map(|code| view! { <span>{t::status_code(code)}</span> })}
                {next.map(|at| view! { <span>{t::next_try(at)}</span> })}
            </p>
            {said.map(|said| view! { <p class="attempt-said">{said}</p> })}
            {is_call.then(|| view! {
                <details open=open>
                    <summary>{t::SENT}</summary>
                    {match request {
                        Some(datum) => view! { <Data datum root=String::new()/> }.into_any(),
                        None => view! { <p class="muted small">{t::NO_REQUEST}</p> }.into_any(),
                    }}
                </details>
            })}
            {(is_call || answer.is_some()).then(|| view! {
                <details open=open>
                    <summary>{t::ANSWERED}</summary>
                    {match answer {
                        Some(datum) => view! { <Data datum root=String::new()/> }.into_any(),
                        None => view! { <p class="muted small">{no_answer}</p> }.into_any(),
                    }}
                </details>
            })}
        </article>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn attempt(n: u32, round: u32, request: Option<Value>) -> AttemptState {
        let all = json!({ "n": n, "round": round, "key": "k", "class": "safe", "timeout_ms": 1000, "started_at": 0, "status": "succeeded" });
        let attempt: AttemptState = serde_json::from_value(all).expect("an attempt");
        AttemptState { request: request.map(Datum::new), ..attempt }
    }

    #[test]
    fn calls_to_a_simulated_account_are_known_by_their_round() {
        let simulated = json!({ "method": "POST", "url": "https://a.example", "sandbox": true });
        let real = json!({ "method": "POST", "url": "https://a.example" });
        let all = [attempt(1, 0, Some(simulated)), attempt(2, 0, None), attempt(3, 1, Some(real)), attempt(4, 2, None)];
        let marks: Vec<bool> = all.iter().map(|one| is_sandbox(&all, one)).collect();
        assert_eq!(marks, [true, true, false, false], "a retry sends what its round sent first");
        assert!(!is_sandbox(&[], &attempt(1, 0, Some(json!({ "sandbox": "yes" })))));
    }
}

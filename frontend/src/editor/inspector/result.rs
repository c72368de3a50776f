//! What a tested step took, sent and gave.

use leptos::prelude::*;
use model::{
    run::{AttemptState, Datum, StepState, StepStatus},
    step::StepKind,
};
use serde_json::Value;

use crate::{
    editor::mapping::tree,
    text::{self, editor as t},
    ui::{Glyph, Icon, JsonTree, StepStatusChip, coded, step_look},
};

fn value(datum: &Datum) -> Value {
    datum.inline().map_or_else(|| Value::String(t::TOO_LARGE.into()), |value| (**value).clone())
}

/// The state of one step of a test.
#[component]
pub fn StepResult(state: StepState, kind: Option<StepKind>) -> impl IntoView {
    let took = state.started_at.zip(state.finished_at).map(|(from, to)| text::time::span(to.since(from)));
    let (tone, ..) = step_look(state.status);
    let said = match (&state.error, &kind, state.status) {
        (Some(error), ..) => Some(error.message.clone()),
        (None, Some(StepKind::Filter(_)), StepStatus::Succeeded) => Some(t::passed(state.output.as_ref().map(value).as_ref())),
        (None, Some(StepKind::Branch(branch)), _) => state.arms.as_ref().map(|arms| {
            let labels: Vec<&str> =
                branch.arms.iter().filter(|arm| arms.contains(&arm.id)).map(|arm| arm.label.as_str()).collect();
            t::took_paths(&labels)
        }),
        _ => None,
    };
    let response = state.error.as_ref().and_then(|error| error.response.as_ref()).map(value);
    let notes = state
        .notes
        .iter()
        .map(|note| view! { <p class="note warn"><Icon glyph=Glyph::Info/><span>{coded(&note.message)}</span></p> })
        .collect_view();
    let section = |title: &'static str, datum: Option<Value>, open: bool| {
        datum.map(|value| {
            view! {
                <details class="result-part" prop:open=open>
                    <summary>{title}</summary>
                    <JsonTree value=Signal::stored(value)/>
                </details>
            }
        })
    };
    let attempts = state.attempts.clone();
    view! {
        <div class=format!("result {}", tone.class())>
            <p class="result-head">
                <StepStatusChip status=Signal::stored(state.status)/>
                {took.map(|took| view! { <span class="num">{took}</span> })}
            </p>
            {said.map(|said| view! { <p class="result-said">{coded(&said)}</p> })}
        </div>
        {notes}
        {state.output.as_ref().map(value).map(|output| match answer(&output) {
            Some((status, body, headers)) => view! {
                <details class="result-part" prop:open=true>
                    <summary>{t::answered(status)}</summary>
                    <JsonTree value=Signal::stored(body)/>
                </details>
                {section(t::HEADERS, Some(headers), false)}
            }.into_any(),
            None => section(t::OUTPUT, Some(output), true).into_any(),
        })}
        {section(t::ANSWER_OF_OTHER_SIDE, response, true)}
        {state.detail.as_ref().map(value).map(|detail| view! { <Looked detail/> })}
        {section(t::INPUT, state.input.as_ref().map(value), false)}
        {(!attempts.is_empty()).then(|| view! {
            <details class="result-part">
                <summary>{t::attempts(attempts.len())}</summary>
                {attempts.iter().map(|attempt| view! { <Attempt title=text::attempt::title(&attempts, attempt) attempt=attempt.clone()/> }).collect_view()}
            </details>
        })}
    }
}

/// What a condition compared: rows where the step says so, else as it is.
#[component]
fn Looked(detail: Value) -> impl IntoView {
    let rows = detail.get("tests").and_then(Value::as_array).cloned();
    let body = match rows {
        Some(rows) => {
            let row = |test: Value| {
                let side = |name: &str| test.get(name).map(tree::preview);
                let op = test.get("op").and_then(|op| serde_json::from_value::<expr::Op>(op.clone()).ok());
                let holds = test.get("result").and_then(Value::as_bool).unwrap_or_default();
                let (glyph, words) = if holds { (Glyph::Check, t::HOLDS) } else { (Glyph::Ban, t::DOES_NOT_HOLD) };
                view! {
                    <li class:ok=holds>
                        <span class="cond-mark" class:ok=holds role="img" aria-label=words><Icon glyph/></span>
                        <code>{side("left").unwrap_or_else(|| t::MISSING_VALUE.to_owned())}</code>
                        <span>{op.map(t::op)}</span>
                        {op.filter(|op| op.takes_right()).map(|_| view! { <code>{side("right").unwrap_or_else(|| t::MISSING_VALUE.to_owned())}</code> })}
                    </li>
                }
            };
            view! { <ul class="compared">{rows.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
        None => view! { <JsonTree value=Signal::stored(detail)/> }.into_any(),
    };
    view! {
        <details class="result-part" prop:open=true>
            <summary>{t::WHAT_IT_LOOKED_AT}</summary>
            {body}
        </details>
    }
}

/// Status, body and headers of what an HTTP request gave.
fn answer(output: &Value) -> Option<(u64, Value, Value)> {
    let entries = output.as_object()?;
    Some((entries.get("status")?.as_u64()?, entries.get("body")?.clone(), entries.get("headers")?.clone()))
}

#[component]
fn Attempt(title: String, attempt: AttemptState) -> impl IntoView {
    let took = attempt.finished_at.map(|to| text::time::span(to.since(attempt.started_at)));
    let said = attempt.error.as_ref().map(|error| error.message.clone()).or_else(|| attempt.lost.clone());
    view! {
        <div class="attempt">
            <p>
                <b>{title}</b>
                <span>{text::attempt::outcome(&attempt)}</span>
                {took.map(|took| view! { <span class="num">{took}</span> })}
            </p>
            {said.map(|said| view! { <p class="result-said">{said}</p> })}
            {attempt.request.as_ref().map(|request| view! { <JsonTree value=Signal::stored(value(request))/> })}
        </div>
    }
}

//! A wait: what is asked of whom, until when, under which link, and who answered.

use leptos::prelude::*;
use model::{
    Timestamp,
    api::{RunDetail, RunStep},
    run::{Datum, StepStatus},
    step::{StepKind, WaitFor},
};
use serde_json::Value;

use crate::{
    moment::Style,
    text::run as t,
    ui::{CopyButton, Glyph, Icon, JsonTree, Moment},
};

#[component]
pub fn WaitFacts(detail: Signal<RunDetail>, step: Memo<RunStep>) -> impl IntoView {
    let wait = Memo::new(move |_| {
        let id = step.with(|step| step.step.clone());
        detail.with(|detail| match detail.definition.step(&id).map(|step| step.kind.clone()) {
            Some(StepKind::Wait(wait)) => Some(wait),
            _ => None,
        })
    });
    let asks = move || wait.get().is_some_and(|wait| matches!(wait.until, WaitFor::Approval(_)));
    let waiting = Memo::new(move |_| step.with(|step| step.state.status == StepStatus::Waiting));
    let until = Memo::new(move |_| step.with(|step| step.state.until));
    let link = Memo::new(move |_| step.with(|step| step.wait_url.clone()));
    let asked = Memo::new(move |_| step.with(|step| inline(step.state.input.as_ref())));
    let answer = Memo::new(move |_| step.with(|step| inline(step.state.output.as_ref())));
    view! {
        {move || asked.get().and_then(|asked| asked.get("question").and_then(Value::as_str).map(str::to_owned)).filter(|text| !text.is_empty()).map(|text| view! { <p class="question">{text}</p> })}
        {move || asked.get().map(|asked| shown(&asked)).filter(|rows| !rows.is_empty()).map(|rows| view! {
            <dl class="facts">
                {rows.into_iter().map(|(name, value)| view! {
                    <div><dt>{name}</dt><dd>{match value {
                        Value::String(text) => text.into_any(),
                        Value::Null => t::NOTHING.into_any(),
                        value if value.is_object() || value.is_array() => view! { <JsonTree value=Signal::stored(value)/> }.into_any(),
                        value => value.to_string().into_any(),
                    }}</dd></div>
                }).collect_view()}
            </dl>
        })}
        {move || answer.get().map(|answer| view! { <Answered answer/> })}
        {move || waiting.get().then(|| view! {
            <div class="note hold">
                <Icon glyph=Glyph::Hourglass/>
                <div class="note-words">
                    <b>{move || if asks() { t::may_answer(&people(asked.get().as_ref())) } else { t::WAITS_FOR_SYSTEM.to_owned() }}</b>
                    {move || until.get().map(|at| view! { <span>{t::UNTIL}" "<Moment at style=Style::Short/></span> })}
                </div>
            </div>
            {move || link.get().map(|url| {
                let text = Signal::stored(url.clone());
                view! {
                    <div class="copy-line" data-testid="wait-url"><code>{url}</code><CopyButton value=text label=t::COPY_LINK small=true/></div>
                }
            })}
            <Show when=move || link.with(Option::is_none)><p class="muted small">{t::LINK_ELSEWHERE}</p></Show>
        })}
    }
}

/// Who decided, what and when.
#[component]
fn Answered(answer: Value) -> impl IntoView {
    let at = answer
        .get("at")
        .and_then(Value::as_str)
        .map(js_sys::Date::parse)
        .filter(|ms| ms.is_finite())
        .map(|ms| Timestamp(ms as i64));
    let text = |key: &str| answer.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let late = answer.get("timed_out").and_then(Value::as_bool) == Some(true);
    let approved = answer.get("approved").and_then(Value::as_bool);
    let by = text("by");
    let (class, glyph) = match (late, approved) {
        (true, _) => ("note warn", Glyph::Clock),
        (false, Some(false)) => ("note bad", Glyph::Ban),
        (false, _) => ("note ok", Glyph::Check),
    };
    view! {
        <div class=class data-testid="wait-answer">
            <Icon glyph/>
            <div class="note-words">
                <b>{t::answered(late, approved, by.as_deref())}</b>
                {text("comment").map(|comment| view! { <span>{t::quote(&comment)}</span> })}
                {at.map(|at| view! { <Moment at style=Style::Short/> })}
            </div>
        </div>
    }
}

fn inline(datum: Option<&Datum>) -> Option<Value> {
    datum.and_then(Datum::inline).map(|value| value.as_ref().clone())
}

/// What a person is shown beside the question.
fn shown(asked: &Value) -> Vec<(String, Value)> {
    let rows = asked.get("shown").and_then(Value::as_array).cloned().unwrap_or_default();
    let row = |row: &Value| Some((row.get("name")?.as_str()?.to_owned(), row.get("value").cloned().unwrap_or(Value::Null)));
    rows.iter().filter_map(row).collect()
}

fn people(asked: Option<&Value>) -> Vec<String> {
    let list = asked.and_then(|asked| asked.get("people")).and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

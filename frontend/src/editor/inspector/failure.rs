//! What happens when a step does not succeed at once, in sentences.

use leptos::prelude::*;
use model::{
    ids::StepId,
    step::{Code, OnError, OnUnknown, Policy, StepKind},
};

use crate::{
    editor::{
        problems::FieldProblems,
        span::SpanInput,
        state::{Editor, use_editor},
    },
    text::editor as t,
    ui::Switch,
};

/// The longest retry of the sentence's own choice, in attempts.
const MOST_ATTEMPTS: u32 = 20;

/// Whether steps of this kind can fail in a way that can be chosen about.
pub fn applies(editor: Editor, id: &StepId) -> bool {
    editor.def.with_untracked(|def| def.step(id).is_some_and(|step| !matches!(step.kind, StepKind::Stop(_))))
}

#[component]
pub fn FailureTab(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let step = Memo::new(move |_| editor.step(&id.get_value()));
    let policy = Memo::new(move |_| step.get().map(|step| step.policy).unwrap_or_default());
    let script = step.with_untracked(|step| step.as_ref().is_some_and(|step| matches!(step.kind, StepKind::Code(_))));
    let calls = step.with_untracked(|step| step.as_ref().is_some_and(|step| matches!(step.kind, StepKind::Action(_))));
    let change = move |key: &str, edit: &dyn Fn(&mut Policy)| editor.update_policy(&id.get_value(), key, |policy| edit(policy));
    let attempts = Signal::derive(move || policy.with(|policy| policy.retry.max_attempts.to_string()));
    let retries = Memo::new(move |_| policy.with(|policy| policy.retry.max_attempts > 1));
    let type_attempts = move |event| {
        if let Ok(n) = event_target_value(&event).trim().parse::<u32>() {
            change("attempts", &|policy| policy.retry.max_attempts = n.clamp(1, MOST_ATTEMPTS));
        }
    };
    let slug = Memo::new(move |_| step.get().map(|step| step.slug).unwrap_or_default());
    let choice = move |name: &'static str, on: Signal<bool>, title: &'static str, about: Signal<String>, choose: Callback<()>| {
        view! {
            <label class="choice" class:on=on>
                <input type="radio" name=name prop:checked=on on:change=move |_| choose.run(())/>
                <span><b>{title}</b><small>{about}</small></span>
            </label>
        }
    };
    let on_error = move |wanted: OnError| Signal::derive(move || policy.with(|policy| policy.on_error == wanted));
    let on_unknown = move |wanted: OnUnknown| Signal::derive(move || policy.with(|policy| policy.on_unknown == wanted));
    view! {
        {calls.then(|| view! {
            <section class="sentences">
                <h3>{t::RETRY_TITLE}</h3>
                <div class="ed-switch-row">
                    <span>{t::RETRY_SWITCH}</span>
                    <Switch
                        on=retries
                        label=t::RETRY_SWITCH.to_owned()
                        on_change=move |on| change("attempts", &|policy| policy.retry.max_attempts = if on { 4 } else { 1 })
                    />
                </div>
                <Show when=move || retries.get()>
                    <div class="sentence">
                        <span>{t::RETRY_UP_TO}</span>
                        <input class="input tiny" type="number" min="2" max="20" aria-label=t::ATTEMPTS prop:value=attempts on:input=type_attempts/>
                        <span>{t::RETRY_TIMES}</span>
                        <SpanInput
                            label=t::FIRST_WAIT
                            ms=Signal::derive(move || policy.with(|policy| policy.retry.first_delay_ms))
                            on_change=move |ms| change("first", &|policy| policy.retry.first_delay_ms = ms)
                        />
                        <span>{t::RETRY_DOUBLING}</span>
                        <SpanInput
                            label=t::LONGEST_WAIT
                            ms=Signal::derive(move || policy.with(|policy| policy.retry.max_delay_ms))
                            on_change=move |ms| change("longest", &|policy| policy.retry.max_delay_ms = ms)
                        />
                    </div>
                    <p class="ed-hint">{t::RETRY_HINT}</p>
                </Show>
                <FieldProblems at="policy.retry"/>
            </section>
            <section class="sentences">
                <h3>{t::TIMEOUT_TITLE}</h3>
                <div class="sentence">
                    <span>{t::TIMEOUT_AFTER}</span>
                    <SpanInput
                        label=t::TIMEOUT_TITLE
                        ms=Signal::derive(move || policy.with(|policy| policy.timeout_ms.unwrap_or(30_000)))
                        on_change=move |ms| change("timeout", &|policy| policy.timeout_ms = Some(ms))
                    />
                </div>
                <FieldProblems at="policy.timeout_ms"/>
            </section>
        })}
        {script.then(|| view! {
            <section class="sentences">
                <h3>{t::CODE_TIMEOUT_TITLE}</h3>
                <div class="sentence">
                    <span>{t::CODE_TIMEOUT}</span>
                    <SpanInput
                        label=t::CODE_TIMEOUT
                        ms=Signal::derive(move || policy.with(|policy| policy.timeout_ms.unwrap_or(Code::DEFAULT_TIMEOUT_MS)))
                        on_change=move |ms: u64| change("timeout", &|policy| policy.timeout_ms = Some(ms.clamp(1, Code::MAX_TIMEOUT_MS)))
                    />
                </div>
                <p class="ed-hint">{t::CODE_TIMEOUT_HINT}</p>
                <FieldProblems at="policy.timeout_ms"/>
            </section>
        })}
        <section class="sentences">
            <h3>{t::ON_ERROR_TITLE}</h3>
            {choice("on-error", on_error(OnError::Stop), t::ON_ERROR_STOP, Signal::stored(t::ON_ERROR_STOP_ABOUT.to_owned()),
                Callback::new(move |()| change("on_error", &|policy| policy.on_error = OnError::Stop)))}
            {choice("on-error", on_error(OnError::Continue), t::ON_ERROR_CONTINUE, Signal::derive(move || t::on_error_continue_about(&slug.get())),
                Callback::new(move |()| change("on_error", &|policy| policy.on_error = OnError::Continue)))}
        </section>
        {calls.then(|| view! {
            <section class="sentences">
                <h3>{t::UNKNOWN_TITLE}</h3>
                <p class="ed-hint">{t::UNKNOWN_HINT}</p>
                {choice("on-unknown", on_unknown(OnUnknown::Ask), t::UNKNOWN_ASK, Signal::stored(t::UNKNOWN_ASK_ABOUT.to_owned()),
                    Callback::new(move |()| change("on_unknown", &|policy| policy.on_unknown = OnUnknown::Ask)))}
                {choice("on-unknown", on_unknown(OnUnknown::Retry), t::UNKNOWN_RETRY, Signal::stored(t::UNKNOWN_RETRY_ABOUT.to_owned()),
                    Callback::new(move |()| change("on_unknown", &|policy| policy.on_unknown = OnUnknown::Retry)))}
                {choice("on-unknown", on_unknown(OnUnknown::Fail), t::UNKNOWN_FAIL, Signal::stored(t::UNKNOWN_FAIL_ABOUT.to_owned()),
                    Callback::new(move |()| change("on_unknown", &|policy| policy.on_unknown = OnUnknown::Fail)))}
            </section>
        })}
    }
}

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, ManualRun, RunWorkflow},
    definition::{FormField, FormFieldKind, ManualTrigger, TriggerKind},
    ids::TriggerId,
};
use serde_json::{Map, Value, json};

use super::{fields::Fields, many::RunForMany};
use crate::{
    api::call,
    editor::{samples, state::use_editor},
    text::editor as t,
    ui::{Button, Choice, Glyph, Select, Switch, Tone, use_toasts},
};

#[component]
pub fn ManualForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let fields = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Manual(manual)) => manual.fields,
        _ => Vec::new(),
    });
    let change = move |key: String, edit: &dyn Fn(&mut Vec<FormField>)| {
        editor.update_trigger(&id.get_value(), &key, |trigger| {
            if let TriggerKind::Manual(ManualTrigger { fields }) = &mut trigger.kind {
                edit(fields);
            }
        });
    };
    view! {
        <p class="ed-intro">{t::MANUAL_INTRO}</p>
        <Fields fields on_change=Arc::new(change)/>
        <FormData id=id.get_value() fields starts=true/>
    }
}

/// The form itself, filled in to test with or to start a real run.
#[component]
pub fn FormData(
    id: TriggerId,
    fields: Memo<Vec<FormField>>,
    /// A person may start a real run with it.
    starts: bool,
) -> impl IntoView {
    let editor = use_editor();
    let toasts = use_toasts();
    let id = StoredValue::new(id);
    let values = RwSignal::new(Map::<String, Value>::new());
    let busy = RwSignal::new(false);
    let live = Memo::new(move |_| editor.meta.with(|meta| meta.live_version.is_some()));
    let body = move || {
        let mut body = Map::new();
        for field in fields.get_untracked() {
            if let Some(value) = values.with_untracked(|values| values.get(&field.key).cloned()).or(field.default) {
                body.insert(field.key, value);
            }
        }
        body
    };
    let run = move |_| {
        busy.set(true);
        let run = ManualRun { trigger: id.get_value(), body: Value::Object(body()) };
        spawn_local(async move {
            let answer = call::<RunWorkflow>((editor.id,), &Empty {}, &run).await;
            busy.try_set(false);
            match answer {
                Ok(_) => toasts.done(t::RUN_STARTED),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let sample = move |_| {
        samples::add(editor, id.get_value(), json!({"body": body()}), move |result| match result {
            Ok(()) => toasts.done(t::SAMPLE_KEPT),
            Err(problem) => toasts.problem(&problem),
        });
    };
    let input = move |field: FormField| {
        let key = StoredValue::new(field.key.clone());
        let put = move |value: Value| values.update(|values| _ = values.insert(key.get_value(), value));
        let now = move || {
            values.with(|values| values.get(&key.get_value()).cloned()).or_else(|| field.default.clone()).unwrap_or(Value::Null)
        };
        let text = {
            let now = now.clone();
            move || match now() {
                Value::String(text) => text,
                Value::Null => String::new(),
                other => other.to_string(),
            }
        };
        let control = match field.kind {
            FormFieldKind::Switch => view! { <Switch on=Signal::derive(move || now() == Value::Bool(true)) label=field.label.clone() on_change=move |on| put(Value::Bool(on))/> }.into_any(),
            FormFieldKind::LongText => view! { <textarea class="input area" rows="3" aria-label=field.label.clone() prop:value=text on:input=move |event| put(json!(event_target_value(&event)))></textarea> }.into_any(),
            FormFieldKind::Choice => {
                let choices = std::iter::once(Choice::new("", t::CHOOSE)).chain(field.choices.iter().map(|choice| Choice::new(choice, choice))).collect::<Vec<_>>();
                view! { <Select value=Signal::derive(text) on_change=move |new: String| put(json!(new)) choices=Signal::stored(choices) label=field.label.clone()/> }.into_any()
            }
            kind => {
                let html = match kind { FormFieldKind::Number => "number", FormFieldKind::Date => "date", FormFieldKind::Email => "email", _ => "text" };
                let read = move |event| {
                    let typed = event_target_value(&event);
                    put(match kind {
                        FormFieldKind::Number => serde_json::from_str::<serde_json::Number>(&typed).map_or_else(|_| json!(typed), Value::Number),
                        _ => json!(typed),
                    });
                };
                view! { <input class="input" type=html aria-label=field.label.clone() prop:value=text on:input=read/> }.into_any()
            }
        };
        view! {
            <div class="ed-field">
                <div class="ed-label"><span>{field.label.clone()}</span>{field.required.then(|| view! { <i>{t::REQUIRED}</i> })}</div>
                {control}
            </div>
        }
    };
    let title = if starts { t::TRY_THE_FORM } else { t::TRY_THE_DATA };
    view! {
        <section class="run-now" aria-label=title>
            <h3>{title}</h3>
            {move || fields.get().into_iter().map(input).collect_view()}
            <div class="ed-more">
                <Button small=true icon=Glyph::Inbox on:click=sample>{t::USE_AS_SAMPLE}</Button>
                {starts.then(|| view! {
                    <Button small=true tone=Tone::Primary icon=Glyph::Play busy disabled=Signal::derive(move || !live.get()) on:click=run>{t::RUN_NOW}</Button>
                    <RunForMany id=id.get_value() fields disabled=Signal::derive(move || !live.get())/>
                })}
            </div>
            {starts.then(|| view! { <p class="ed-hint">{move || if live.get() { t::RUN_NOW_HINT } else { t::RUN_NOW_NEEDS_VERSION }}</p> })}
        </section>
    }
}

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, ManualRun, RunWorkflow},
    definition::{FormField, FormFieldKind, ManualTrigger, TriggerKind, slugify},
    ids::TriggerId,
};
use serde_json::{Map, Value, json};

use crate::{
    api::call,
    editor::{problems::FieldProblems, samples, state::use_editor},
    text::editor as t,
    ui::{Button, Choice, Glyph, IconButton, Select, Switch, Tone, use_toasts},
};

const KINDS: [(FormFieldKind, &str); 7] = [
    (FormFieldKind::Text, "text"),
    (FormFieldKind::LongText, "long_text"),
    (FormFieldKind::Number, "number"),
    (FormFieldKind::Switch, "switch"),
    (FormFieldKind::Choice, "choice"),
    (FormFieldKind::Date, "date"),
    (FormFieldKind::Email, "email"),
];

fn name_of(kind: FormFieldKind) -> &'static str {
    KINDS.iter().find(|(one, _)| *one == kind).map_or("text", |(_, name)| name)
}

#[component]
pub fn ManualForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let fields = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Manual(manual)) => manual.fields,
        _ => Vec::new(),
    });
    let change = move |key: &str, edit: &dyn Fn(&mut Vec<FormField>)| {
        editor.update_trigger(&id.get_value(), key, |trigger| {
            if let TriggerKind::Manual(ManualTrigger { fields }) = &mut trigger.kind {
                edit(fields);
            }
        });
    };
    let count = Memo::new(move |_| fields.with(Vec::len));
    let row = move |at: usize| {
        let field = Signal::derive(move || fields.with(|fields| fields.get(at).cloned()));
        let edit = move |key: &str, edit: &dyn Fn(&mut FormField)| {
            change(&format!("{key}{at}"), &|fields| {
                if let Some(field) = fields.get_mut(at) {
                    edit(field);
                }
            });
        };
        let label = Signal::derive(move || field.get().map(|field| field.label).unwrap_or_default());
        let key = Signal::derive(move || field.get().map(|field| field.key).unwrap_or_default());
        let kind = Memo::new(move |_| field.get().map_or("text", |field| name_of(field.kind)));
        let required = Signal::derive(move || field.get().is_some_and(|field| field.required));
        let choices = Signal::derive(move || field.get().map(|field| field.choices.join("\n")).unwrap_or_default());
        let rename = move |event| {
            let new = event_target_value(&event);
            edit("label", &|field| {
                // The key follows the label until somebody gave it a name of its own.
                if field.key.is_empty() || field.key == slugify(&field.label) {
                    field.key = slugify(&new);
                }
                field.label = new.clone();
            });
        };
        let kinds = KINDS.iter().map(|(_, name)| Choice::new(*name, t::form_kind(name))).collect::<Vec<_>>();
        view! {
            <div class="set-row" role="group" aria-label=label>
                <div class="set-head">
                    <input class="input set-name" aria-label=t::FIELD_LABEL placeholder=t::FIELD_LABEL_EXAMPLE prop:value=label on:input=rename/>
                    <IconButton glyph=Glyph::Close label=t::REMOVE_FIELD.to_owned() small=true on:click=move |_| change("remove", &|fields| {
                        if at < fields.len() {
                            fields.remove(at);
                        }
                    })/>
                </div>
                <div class="set-head">
                    <Select
                        value=Signal::derive(move || kind.get().to_owned())
                        on_change=move |new: String| {
                            if let Some((kind, _)) = KINDS.iter().find(|(_, name)| *name == new) {
                                edit("kind", &|field| field.kind = *kind);
                            }
                        }
                        choices=Signal::stored(kinds)
                        label=t::FIELD_KIND
                        compact=true
                    />
                    <input
                        class="input mono"
                        aria-label=t::FIELD_KEY
                        data-tip=t::FIELD_KEY
                        prop:value=key
                        on:change=move |event| {
                            let new = slugify(&event_target_value(&event));
                            edit("key", &|field| field.key = new.clone());
                        }
                    />
                    <label class="ed-switch-row tight">
                        <span>{t::REQUIRED}</span>
                        <Switch on=required label=t::REQUIRED_FIELD.to_owned() on_change=move |on| edit("required", &|field| field.required = on)/>
                    </label>
                </div>
                <Show when=move || kind.get() == "choice">
                    <textarea
                        class="input area"
                        rows="3"
                        aria-label=t::CHOICES
                        placeholder=t::CHOICES_EXAMPLE
                        prop:value=choices
                        on:change=move |event| {
                            let list: Vec<String> = event_target_value(&event).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
                            edit("choices", &|field| field.choices = list.clone());
                        }
                    ></textarea>
                </Show>
                <FieldProblems at=format!("fields[{at}]")/>
            </div>
        }
    };
    let add = move |_| {
        change("add", &|fields| {
            let key =
                (1..).map(|n| format!("field_{n}")).find(|key| !fields.iter().any(|field| &field.key == key)).unwrap_or_default();
            let label = t::new_field(fields.len() + 1);
            fields.push(FormField {
                key: if fields.iter().any(|field| field.key == slugify(&label)) { key } else { slugify(&label) },
                label,
                kind: FormFieldKind::Text,
                required: false,
                default: None,
                choices: Vec::new(),
            });
        });
    };
    view! {
        <p class="ed-intro">{t::MANUAL_INTRO}</p>
        <For each=move || 0..count.get() key=|at| *at children=row/>
        <div class="ed-more"><Button small=true icon=Glyph::Plus on:click=add>{t::ADD_FORM_FIELD}</Button></div>
        <RunNow id=id.get_value() fields/>
    }
}

/// The form itself, filled in to test with or to start a real run.
#[component]
fn RunNow(id: TriggerId, fields: Memo<Vec<FormField>>) -> impl IntoView {
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
    view! {
        <section class="run-now" aria-label=t::TRY_THE_FORM>
            <h3>{t::TRY_THE_FORM}</h3>
            {move || fields.get().into_iter().map(input).collect_view()}
            <div class="ed-more">
                <Button small=true icon=Glyph::Inbox on:click=sample>{t::USE_AS_SAMPLE}</Button>
                <Button small=true tone=Tone::Primary icon=Glyph::Play busy disabled=Signal::derive(move || !live.get()) on:click=run>{t::RUN_NOW}</Button>
            </div>
            <p class="ed-hint">{move || if live.get() { t::RUN_NOW_HINT } else { t::RUN_NOW_NEEDS_VERSION }}</p>
        </section>
    }
}

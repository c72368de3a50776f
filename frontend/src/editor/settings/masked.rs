//! Fields nobody sees, and that are erased after the run.

use leptos::prelude::*;
use model::{
    definition::{MaskedField, MaskedKey},
    ids::StepId,
};
use serde_json::Value;

use super::Form;
use crate::{
    editor::state::{Editor, use_editor},
    text::editor as t,
    ui::{Button, Choice, Field, FieldIds, Glyph, IconButton, Select, fresh_id},
};

/// Paths offered of one sample, and how deep they go.
const OFFERED: usize = 100;
const DEEPEST: usize = 8;

#[component]
pub fn Masked(form: Form) -> impl IntoView {
    let editor = use_editor();
    let fields = form.part(|settings| settings.masked.clone());
    let remove = move |at: usize| {
        form.change("masked", &|settings| {
            if at < settings.masked.len() {
                settings.masked.remove(at);
            }
        });
    };
    let line = move |(at, field): (usize, MaskedField)| {
        let from = name_of(editor, field.step.as_ref());
        view! {
            <li>
                <span class="muted">{from.clone()}</span>
                <code dir="auto">{field.path.clone()}</code>
                <IconButton glyph=Glyph::Trash label=t::show_again(&from, &field.path) small=true on:click=move |_| remove(at)/>
            </li>
        }
    };
    view! {
        <section class="sentences" aria-label=t::HIDE_SECTION>
            <h3>{t::HIDE_SECTION}</h3>
            <p class="ed-hint">{t::HIDE_ABOUT}</p>
            <Show when=move || fields.with(|fields| !fields.is_empty())>
                <ul class="masked-fields">{move || fields.get().into_iter().enumerate().map(line).collect_view()}</ul>
            </Show>
            <Add form/>
        </section>
    }
}

/// Where a field stands, and a button.
#[component]
fn Add(form: Form) -> impl IntoView {
    let editor = use_editor();
    let from = RwSignal::new(String::new());
    let path = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let sources = Signal::derive(move || {
        let mut sources = vec![Choice::new("", t::HIDE_OF_EVENT)];
        editor.def.with(|def| sources.extend(def.steps.iter().map(|(id, step)| Choice::new(id.to_string(), step.label.clone()))));
        sources
    });
    let field = move || {
        let step = from.get();
        MaskedField { step: (!step.is_empty()).then_some(StepId(step)), path: path.get().trim().to_owned() }
    };
    let error = Signal::derive(move || (tried.get() && field().keys().is_none()).then(|| t::HIDE_NO_PATH.to_owned()));
    let add = move || {
        let new = untrack(field);
        if new.keys().is_none() {
            return tried.set(true);
        }
        form.change("masked", &|settings| {
            if !settings.masked.contains(&new) {
                settings.masked.push(new.clone());
            }
        });
        path.set(String::new());
        tried.set(false);
    };
    let known = Signal::derive(move || known_paths(editor, &from.get()));
    view! {
        <div class="masked-new">
            <Field label=t::HIDE_FROM>
                <Select value=from on_change=move |new: String| from.set(new) choices=sources/>
            </Field>
            <Field label=t::HIDE_PATH error>
                <PathInput path known on_enter=add/>
            </Field>
            <Button icon=Glyph::EyeOff on:click=move |_| add()>{t::HIDE_ADD}</Button>
        </div>
    }
}

#[component]
fn PathInput(path: RwSignal<String>, known: Signal<Vec<String>>, #[prop(into)] on_enter: Callback<()>) -> impl IntoView {
    let ids = FieldIds::here();
    let invalid = ids.invalid;
    let list = fresh_id("paths");
    view! {
        <input
            class="input mono"
            id=ids.input.clone()
            list=list.clone()
            placeholder=t::HIDE_EXAMPLE
            autocomplete="off"
            spellcheck="false"
            dir="auto"
            aria-describedby=ids.described_by()
            aria-invalid=move || invalid.get().then_some("true")
            prop:value=path
            on:input=move |event| path.set(event_target_value(&event))
            on:keydown=move |event| {
                if event.key() == "Enter" && !event.is_composing() {
                    event.prevent_default();
                    on_enter.run(());
                }
            }
        />
        <datalist id=list>{move || known.get().into_iter().map(|path| view! { <option value=path></option> }).collect_view()}</datalist>
    }
}

fn name_of(editor: Editor, step: Option<&StepId>) -> String {
    match step {
        None => t::HIDE_OF_EVENT.to_owned(),
        Some(id) => editor.def.with(|def| def.step(id).map_or_else(|| t::STEP_GONE.to_owned(), |step| step.label.clone())),
    }
}

/// Paths of the newest sample, to choose from while typing.
fn known_paths(editor: Editor, from: &str) -> Vec<String> {
    let mut found = Vec::new();
    if from.is_empty() {
        if let Some(event) = editor.event() {
            gather(&event, "", 0, &mut found);
        }
    } else {
        editor.samples.with(|samples| {
            if let Some(sample) = samples.steps.iter().find(|sample| sample.step.as_str() == from) {
                gather(&sample.output, "", 0, &mut found);
            }
        });
    }
    found
}

fn gather(value: &Value, before: &str, depth: usize, found: &mut Vec<String>) {
    if found.len() >= OFFERED || depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(entries) => {
            for (key, item) in entries {
                if found.len() >= OFFERED {
                    return;
                }
                let Some(key) = spelled(key) else { continue };
                let path = if before.is_empty() { key } else { format!("{before}.{key}") };
                gather(item, &path, depth + 1, found);
            }
        }
        Value::Array(items) if !items.is_empty() => gather(&items[0], before, depth + 1, found),
        _ => {
            if !before.is_empty() && !found.iter().any(|path| path == before) {
                found.push(before.to_owned());
            }
        }
    }
}

/// A key as it stands in a path; nothing for one that no path can name.
fn spelled(key: &str) -> Option<String> {
    let leads =
        |path: &String| MaskedField { step: None, path: path.clone() }.keys() == Some(vec![MaskedKey::Key(key.to_owned())]);
    [key.to_owned(), format!("\"{key}\"")].into_iter().find(leads)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_offered_leads_to_the_field() {
        let event =
            json!({ "body": { "email": "a", "lines": [{ "sku": 1 }, { "sku": 2 }], "a.b": true, "none": [] }, "n": null });
        let mut found = Vec::new();
        gather(&event, "", 0, &mut found);
        assert_eq!(found, ["body.email", "body.lines.sku", "body.\"a.b\"", "body.none", "n"]);
        assert!(found.iter().all(|path| MaskedField { step: None, path: path.clone() }.keys().is_some()));
        let deep = (0..500).fold(json!(1), |inner, _| json!({ "x": inner }));
        gather(&deep, "", 0, &mut found);
        assert_eq!(found.len(), 5, "what is too deep is not offered");
    }

    #[test]
    fn odd_keys_are_spelled_or_left_out() {
        let event = json!({ "a\"b": 1, "\"c": 1, " d ": 1, "": 1, "*": 1, "e.\"f": 1, "שם": 1, "<img onerror=x>": 1 });
        let mut found = Vec::new();
        gather(&event, "", 0, &mut found);
        assert_eq!(found, ["a\"b", "\" d \"", "\"*\"", "שם", "<img onerror=x>"]);
        for nothing in [json!([]), json!("x"), json!({})] {
            let mut found = Vec::new();
            gather(&nothing, "", 0, &mut found);
            assert!(found.is_empty(), "{nothing}");
        }
    }
}

//! Fields that somebody, or another workflow, fills in.

use leptos::prelude::*;
use model::definition::{FormField, FormFieldKind, slugify};

use crate::{
    editor::problems::FieldProblems,
    text::editor as t,
    ui::{Button, Choice, Glyph, IconButton, Select, Switch},
};

const KINDS: [(FormFieldKind, &str); 8] = [
    (FormFieldKind::Text, "text"),
    (FormFieldKind::LongText, "long_text"),
    (FormFieldKind::Number, "number"),
    (FormFieldKind::Switch, "switch"),
    (FormFieldKind::Choice, "choice"),
    (FormFieldKind::Date, "date"),
    (FormFieldKind::Email, "email"),
    (FormFieldKind::File, "file"),
];

fn name_of(kind: FormFieldKind) -> &'static str {
    KINDS.iter().find(|(one, _)| *one == kind).map_or("text", |(_, name)| name)
}

/// Whether a label names an e-mail address.
fn is_address(label: &str) -> bool {
    matches!(label.trim().to_lowercase().as_str(), "email" | "e-mail" | "mail" | "email address" | "e-mail address")
}

/// A change of the list, and the name under which it is undone together with others of its kind.
pub type Change = dyn Fn(String, &dyn Fn(&mut Vec<FormField>)) + Send + Sync;

#[component]
pub fn Fields(
    fields: Memo<Vec<FormField>>,
    on_change: std::sync::Arc<Change>,
    /// They stand on a page of their own: with help.
    #[prop(optional)]
    hosted: bool,
    /// Files may come.
    #[prop(optional)]
    files: bool,
) -> impl IntoView {
    let on_change = StoredValue::new(on_change);
    let change = move |key: String, edit: &dyn Fn(&mut Vec<FormField>)| on_change.get_value()(key, edit);
    let count = Memo::new(move |_| fields.with(Vec::len));
    let list = NodeRef::<leptos::html::Div>::new();
    let row = move |at: usize| {
        let field = Signal::derive(move || fields.with(|fields| fields.get(at).cloned()));
        let edit = move |key: &str, edit: &dyn Fn(&mut FormField)| {
            change(format!("{key}{at}"), &|fields| {
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
                // A field that asks for an address by its name is one.
                if field.kind == FormFieldKind::Text && is_address(&new) && !is_address(&field.label) {
                    field.kind = FormFieldKind::Email;
                }
                field.label = new.clone();
            });
        };
        let help = Signal::derive(move || field.get().map(|field| field.help).unwrap_or_default());
        let kinds = KINDS
            .iter()
            .filter(|(kind, _)| files || *kind != FormFieldKind::File)
            .map(|(_, name)| Choice::new(*name, t::form_kind(name)))
            .collect::<Vec<_>>();
        view! {
            <div class="set-row" role="group" aria-label=label>
                <div class="set-head">
                    <input class="input set-name" aria-label=t::FIELD_LABEL placeholder=t::FIELD_LABEL_EXAMPLE prop:value=label on:input=rename/>
                    <IconButton glyph=Glyph::Close label=t::REMOVE_FIELD.to_owned() small=true on:click=move |_| change("remove".into(), &|fields| {
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
                {hosted.then(|| view! {
                    <input
                        class="input"
                        aria-label=t::FIELD_HELP
                        placeholder=t::FIELD_HELP_EXAMPLE
                        prop:value=help
                        on:input=move |event| {
                            let new = event_target_value(&event);
                            edit("help", &|field| field.help.clone_from(&new));
                        }
                    />
                })}
                <FieldProblems at=format!("fields[{at}]")/>
            </div>
        }
    };
    let add = move |_| {
        change("add".into(), &|fields| {
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
                help: String::new(),
            });
        });
        // Its name is what one types next.
        set_timeout(
            move || {
                let rows = list.get_untracked().and_then(|list| list.query_selector_all(".set-name").ok());
                let last = rows.and_then(|rows| rows.item(rows.length().checked_sub(1)?));
                if let Some(name) = last.and_then(|name| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlInputElement>(name).ok()) {
                    let _ = name.focus();
                    name.select();
                }
            },
            std::time::Duration::from_millis(30),
        );
    };
    view! {
        <div class="form-fields" node_ref=list>
        <For each=move || 0..count.get() key=|at| *at children=row/>
        </div>
        <div class="ed-more"><Button small=true icon=Glyph::Plus on:click=add>{t::ADD_FORM_FIELD}</Button></div>
    }
}

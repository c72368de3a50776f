//! One argument of an operation, drawn as the table of operations says.

use expr::operation::{Argument, ArgumentKind};
use leptos::prelude::*;
use model::Mapped;
use serde_json::Value;

use super::Form;
use crate::{
    editor::{mapping::MappedField, problems::FieldProblems, state::use_editor, triggers::zone_names},
    text::editor as t,
    ui::{self, Select, Switch},
};

#[component]
pub fn ArgumentField(form: Form, at: usize, argument: &'static Argument) -> impl IntoView {
    let given = Memo::new(move |_| {
        form.transform.with(|transform| transform.operations.get(at).and_then(|one| one.with.get(argument.name).cloned()))
    });
    let place = format!("operations.{at}.{}", argument.name);
    let put = Callback::new(move |new: Option<Mapped>| {
        form.change_op(at, argument.name, move |one| {
            match new.clone() {
                Some(new) => one.with.insert(argument.name.to_owned(), new),
                None => one.with.remove(argument.name),
            };
        });
    });
    // What stands there as long as nobody has said anything.
    let preset = argument.preset.map(|preset| spelled(&preset.value())).unwrap_or_default();
    let fixed = Signal::derive(move || match given.get() {
        Some(Mapped::Literal(value)) => Some(spelled(&value)),
        Some(_) => None,
        None => Some(String::new()),
    });
    let is_fixed = Memo::new(move |_| fixed.with(Option::is_some));
    move || {
        let place = place.clone();
        match argument.kind {
            ArgumentKind::Flag if is_fixed.get() => view! { <Flag argument given put/> }.into_any(),
            ArgumentKind::Choice if is_fixed.get() => {
                let mut choices: Vec<ui::Choice> =
                    argument.choices.iter().map(|choice| ui::Choice::new(choice.value, choice.label)).collect();
                if preset.is_empty() {
                    choices.insert(0, ui::Choice::new("", t::CHOOSE));
                }
                let preset = preset.clone();
                let value = Signal::derive(move || fixed.get().filter(|text| !text.is_empty()).unwrap_or_else(|| preset.clone()));
                view! { <Chosen argument place value choices=Signal::stored(choices) put/> }.into_any()
            }
            ArgumentKind::Zone if is_fixed.get() => view! { <Zone argument place fixed put/> }.into_any(),
            ArgumentKind::Field => view! { <Named form at argument place given put/> }.into_any(),
            _ => view! { <Free argument place given put placeholder=preset.clone()/> }.into_any(),
        }
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Anything: fixed, or from the data.
#[component]
fn Free(
    argument: &'static Argument,
    place: String,
    given: Memo<Option<Mapped>>,
    put: Callback<Option<Mapped>>,
    placeholder: String,
) -> impl IntoView {
    let value = Signal::derive(move || given.get().unwrap_or(Mapped::text("")));
    let keep = Callback::new(move |new: Mapped| {
        // Empty text counts as nothing said, unless it is what somebody means in place of a preset.
        let empty = new == Mapped::Omit || new == Mapped::text("") && argument.preset.is_none();
        let new = match argument.kind {
            ArgumentKind::Number | ArgumentKind::Whole { .. } => as_number(new),
            _ => new,
        };
        put.run((!empty).then_some(new));
    });
    view! {
        <MappedField label=argument.label.to_owned() value on_change=keep placeholder required=argument.required at=place/>
    }
}

fn as_number(value: Mapped) -> Mapped {
    match &value {
        Mapped::Literal(Value::String(text)) => {
            serde_json::from_str::<serde_json::Number>(text.trim()).map_or(value, |number| Mapped::Literal(number.into()))
        }
        _ => value,
    }
}

#[component]
fn Flag(argument: &'static Argument, given: Memo<Option<Mapped>>, put: Callback<Option<Mapped>>) -> impl IntoView {
    let preset = argument.preset.is_some_and(|preset| preset.value() == Value::Bool(true));
    let on = Signal::derive(move || match given.get() {
        Some(Mapped::Literal(Value::Bool(on))) => on,
        Some(Mapped::Literal(Value::String(text))) => text == "true",
        _ => preset,
    });
    view! {
        <div class="ed-switch-row">
            <span class="ed-label">{argument.label}</span>
            <Switch on label=argument.label.to_owned() on_change=move |on: bool| put.run((on != preset).then_some(Mapped::Literal(Value::Bool(on))))/>
        </div>
    }
}

#[component]
fn Chosen(
    argument: &'static Argument,
    place: String,
    value: Signal<String>,
    choices: Signal<Vec<ui::Choice>>,
    put: Callback<Option<Mapped>>,
) -> impl IntoView {
    let field = place.clone();
    view! {
        <div class="ed-field" data-field=field>
            <div class="ed-label"><span>{argument.label}</span>{argument.required.then(|| view! { <i>{t::REQUIRED}</i> })}</div>
            <Select value on_change=move |new: String| put.run((!new.is_empty()).then(|| Mapped::text(new))) choices label=argument.label/>
            <FieldProblems at=place/>
        </div>
    }
}

#[component]
fn Zone(
    argument: &'static Argument,
    place: String,
    fixed: Signal<Option<String>>,
    put: Callback<Option<Mapped>>,
) -> impl IntoView {
    let editor = use_editor();
    let value = Signal::derive(move || fixed.get().unwrap_or_default());
    let choices = Signal::derive(move || {
        let own = editor.def.with(|def| def.settings.time_zone.clone());
        let mut choices = vec![ui::Choice::new("", t::zone_of_workflow(&own))];
        choices.extend(zone_names().into_iter().map(|name| ui::Choice::new(name.clone(), name.replace('_', " "))));
        choices
    });
    view! { <Chosen argument place value choices put/> }
}

/// The name of a field of the items, proposed from the sample.
#[component]
fn Named(
    form: Form,
    at: usize,
    argument: &'static Argument,
    place: String,
    given: Memo<Option<Mapped>>,
    put: Callback<Option<Mapped>>,
) -> impl IntoView {
    let editor = use_editor();
    let text = Signal::derive(move || {
        let value = given.get().unwrap_or(Mapped::text(""));
        editor.names.with(|names| expr::print_text(&value, names)).unwrap_or_default()
    });
    let names = Memo::new(move |_| {
        form.stages.with(|stages| stages.get(at).and_then(|stage| stage.value()).map(fields).unwrap_or_default())
    });
    let typed = move |event| {
        let new = event_target_value(&event);
        put.run((!new.is_empty()).then(|| editor.names.with_untracked(|names| expr::parse_text(&new, names))));
    };
    let list = ui::fresh_id("fields");
    let field = place.clone();
    view! {
        <div class="ed-field" data-field=field>
            <div class="ed-label"><span>{argument.label}</span>{argument.required.then(|| view! { <i>{t::REQUIRED}</i> })}</div>
            <input class="input" aria-label=argument.label list=list.clone() autocomplete="off" spellcheck="false" prop:value=text on:input=typed/>
            <datalist id=list>{move || names.get().into_iter().map(|name| view! { <option value=name></option> }).collect_view()}</datalist>
            <FieldProblems at=place/>
        </div>
    }
}

/// The fields of the first item, or of the value itself.
fn fields(value: &Value) -> Vec<String> {
    let one = value.as_array().and_then(|items| items.first()).unwrap_or(value);
    one.as_object().map(|entries| entries.keys().take(100).cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn proposes_the_fields_of_the_items() {
        assert_eq!(fields(&json!([{"a": 1, "b": 2}])), ["a", "b"]);
        assert_eq!(fields(&json!({"c": 1})), ["c"]);
        assert!(fields(&json!("x")).is_empty());
    }
}

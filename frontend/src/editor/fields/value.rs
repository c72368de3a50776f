//! One typed value: an input that fits its kind, and data in place of it where there is data.

use leptos::prelude::*;
use manifest::{Field, FieldFormat, FieldKind};
use model::Mapped;
use serde_json::Value;

use super::dates::DateField;
use crate::{
    editor::{
        mapping::{Expects, JsonField, MappedField},
        problems::FieldProblems,
    },
    text::editor as t,
    ui::{Choice, Select},
};

/// The choice that opens the field for data; no field has it as a value of its own.
const DATA: &str = "\u{0}data";

/// Nothing where a field is empty.
pub fn non_empty(value: Mapped) -> Option<Mapped> {
    (value != Mapped::Omit && value != Mapped::text("")).then_some(value)
}

/// Fixed text as the whole number it is.
fn number(value: Mapped) -> Mapped {
    let typed = match &value {
        Mapped::Literal(Value::String(text)) => serde_json::from_str::<serde_json::Number>(text.trim()).ok(),
        _ => None,
    };
    typed.map_or(value, |number| Mapped::Literal(Value::Number(number)))
}

/// A field by its kind. The value is absent where nothing is filled in.
#[component]
pub fn ValueField(
    field: Field,
    #[prop(into)] value: Signal<Option<Mapped>>,
    #[prop(into)] on_change: Callback<Option<Mapped>>,
    #[prop(into)] at: String,
    /// Values may come from data.
    has_data: bool,
) -> impl IntoView {
    let shown = Signal::derive(move || value.get().unwrap_or(Mapped::text("")));
    let put = Callback::new(move |new: Mapped| on_change.run(non_empty(new)));
    let Field { label, help, placeholder, required, kind, format, .. } = field;
    let of_list = |choices: Vec<(Value, String)>| {
        view! { <ListField label=label.clone() choices value on_change at=at.clone() hint=help.clone() required has_data/> }
            .into_any()
    };
    match (kind, format) {
        (FieldKind::Text, Some(format @ (FieldFormat::Date | FieldFormat::DateTime))) => {
            let with_time = format == FieldFormat::DateTime;
            view! { <DateField label value on_change at hint=help required with_time has_data/> }.into_any()
        }
        (FieldKind::Switch, _) => of_list(vec![(Value::Bool(true), t::YES.to_owned()), (Value::Bool(false), t::NO.to_owned())]),
        (FieldKind::Choice { options }, _) => {
            of_list(options.into_iter().map(|option| (Value::String(option.value), option.label)).collect())
        }
        (FieldKind::Json, Some(FieldFormat::File | FieldFormat::FileList)) => {
            let hint = if help.is_empty() { t::FILE_FROM_DATA.to_owned() } else { help };
            view! { <MappedField label value=shown on_change=put hint placeholder=t::FILE_EXAMPLE required at/> }.into_any()
        }
        (FieldKind::Json | FieldKind::KeyValue { .. } | FieldKind::Body, _) => {
            view! { <JsonField label value=shown on_change=put required at/> }.into_any()
        }
        (FieldKind::Number { .. }, _) => {
            let put = Callback::new(move |new: Mapped| on_change.run(non_empty(number(new))));
            view! { <TextField label value=shown on_change=put hint=help placeholder required at has_data expects=Expects::WholeNumber/> }.into_any()
        }
        (FieldKind::Text | FieldKind::LongText, _) => {
            view! { <TextField label value=shown on_change=put hint=help placeholder required at has_data/> }.into_any()
        }
    }
}

/// Text, with data in it where there is data.
#[component]
pub fn TextField(
    label: String,
    value: Signal<Mapped>,
    on_change: Callback<Mapped>,
    hint: String,
    placeholder: String,
    required: bool,
    at: String,
    has_data: bool,
    #[prop(default = Expects::Text)] expects: Expects,
) -> impl IntoView {
    if has_data {
        return view! { <MappedField label value on_change hint placeholder required at expects/> }.into_any();
    }
    let text = move || value.with(|value| super::loaded::fixed(Some(value)).unwrap_or_default());
    let problems = at.clone();
    view! {
        <div class="ed-field" data-field=at>
            <div class="ed-label"><span>{label.clone()}</span>{required.then(|| view! { <i>{t::REQUIRED}</i> })}</div>
            <input
                class="input"
                type="text"
                aria-label=label
                placeholder=placeholder
                spellcheck="false"
                autocomplete="off"
                prop:value=text
                on:input=move |event| on_change.run(Mapped::text(event_target_value(&event)))
            />
            <FieldProblems at=problems/>
            {(!hint.is_empty()).then(|| view! { <p class="ed-hint">{hint}</p> })}
        </div>
    }
    .into_any()
}

/// One of several fixed values, or a value from the data.
#[component]
fn ListField(
    label: String,
    choices: Vec<(Value, String)>,
    value: Signal<Option<Mapped>>,
    on_change: Callback<Option<Mapped>>,
    at: String,
    hint: String,
    required: bool,
    has_data: bool,
) -> impl IntoView {
    let expects = if choices.iter().all(|(value, _)| value.is_boolean()) { Expects::YesNo } else { Expects::Text };
    let choices = StoredValue::new(choices);
    let place = move |value: &Option<Mapped>| match value {
        Some(Mapped::Literal(value)) => choices.with_value(|choices| choices.iter().position(|(one, _)| one == value)),
        _ => None,
    };
    // What is no choice of the list shows as a field from the first.
    let from_data = RwSignal::new(value.with_untracked(|value| has_data && value.is_some() && place(value).is_none()));
    let chosen = Signal::derive(move || match (from_data.get(), value.get()) {
        (true, _) => DATA.to_owned(),
        (false, value) => match (place(&value), &value) {
            (Some(at), _) => at.to_string(),
            (None, Some(Mapped::Literal(Value::String(text)))) => text.clone(),
            (None, _) => String::new(),
        },
    });
    let options = Signal::derive(move || {
        let mut options = vec![Choice::new("", t::CHOOSE)];
        choices.with_value(|choices| {
            options.extend(choices.iter().enumerate().map(|(at, (_, label))| Choice::new(at.to_string(), label.clone())));
        });
        let now = chosen.get();
        if now != DATA && options.iter().all(|option| option.value != now) {
            options.push(Choice::new(now.clone(), t::gone_choice(&now)));
        }
        if has_data {
            options.push(Choice::new(DATA, t::FROM_DATA));
        }
        options
    });
    let choose = move |new: String| {
        from_data.set(new == DATA);
        if new == DATA {
            on_change.run(Some(Mapped::text("")));
            return;
        }
        let found = new.parse::<usize>().ok().and_then(|at| choices.with_value(|choices| choices.get(at).cloned()));
        on_change.run(found.map(|(value, _)| Mapped::Literal(value)));
    };
    let shown = Signal::derive(move || value.get().unwrap_or(Mapped::text("")));
    let put = Callback::new(move |new: Mapped| on_change.run(Some(new)));
    let (name, inner, problems) = (label.clone(), StoredValue::new(label.clone()), at.clone());
    view! {
        <div class="ed-field" data-field=at>
            <div class="ed-label"><span>{label}</span>{required.then(|| view! { <i>{t::REQUIRED}</i> })}</div>
            <Select value=chosen on_change=choose choices=options label=name/>
            {move || from_data.get().then(|| view! {
                <div class="ed-nested"><MappedField label=inner.get_value() value=shown on_change=put bare=true expects/></div>
            })}
            <FieldProblems at=problems/>
            {(!hint.is_empty()).then(|| view! { <p class="ed-hint">{hint}</p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_sent_as_numbers() {
        assert_eq!(number(Mapped::text(" 12.5 ")), Mapped::Literal(json!(12.5)));
        assert_eq!(number(Mapped::text("12 apples")), Mapped::text("12 apples"));
        assert_eq!(non_empty(Mapped::text("")), None);
        assert_eq!(non_empty(Mapped::Null), Some(Mapped::Null));
    }
}

//! A field that another workflow asks for: fixed choices where it has them, a value from the data everywhere.

use leptos::prelude::*;
use model::{
    Mapped,
    definition::{FormField, FormFieldKind},
};
use serde_json::Value;

use crate::{
    editor::{
        mapping::{Expects, MappedField},
        problems::FieldProblems,
    },
    text::editor as t,
    ui::{Choice, Select},
};

/// The choice that opens the field for data; no field has it as a value of its own.
const DATA: &str = "\u{0}data";

#[component]
pub fn TypedField(
    field: FormField,
    #[prop(into)] value: Signal<Option<Mapped>>,
    #[prop(into)] on_change: Callback<Option<Mapped>>,
    #[prop(into)] at: String,
) -> impl IntoView {
    let kind = field.kind;
    let required = field.required;
    let default = field.default.clone();
    let shown = Signal::derive(move || {
        value.get().unwrap_or_else(|| match &default {
            Some(Value::String(text)) => Mapped::text(text.clone()),
            Some(value) => Mapped::Literal(value.clone()),
            None => Mapped::text(""),
        })
    });
    let put = Callback::new(move |new: Mapped| {
        let empty = new == Mapped::text("") || new == Mapped::Omit;
        on_change.run((!empty).then(|| typed(kind, new)));
    });
    let choices: Vec<(Value, String)> = match kind {
        FormFieldKind::Switch => vec![(Value::Bool(true), t::YES.to_owned()), (Value::Bool(false), t::NO.to_owned())],
        FormFieldKind::Choice => field.choices.iter().map(|choice| (Value::String(choice.clone()), choice.clone())).collect(),
        _ => Vec::new(),
    };
    let label = field.label.clone();
    let placeholder = match kind {
        FormFieldKind::Date => t::DATE_EXAMPLE,
        FormFieldKind::Email => t::PEOPLE_EXAMPLE,
        _ => "",
    };
    if choices.is_empty() {
        let expects = if kind == FormFieldKind::Number { Expects::Number } else { Expects::Text };
        return view! { <MappedField label value=shown on_change=put required at placeholder expects/> }.into_any();
    }
    let choices = StoredValue::new(choices);
    let place = move |value: &Mapped| match value {
        Mapped::Literal(value) => choices.with_value(|choices| choices.iter().position(|(one, _)| one == value)),
        _ => None,
    };
    // Something that is no fixed choice shows as a field from the first.
    let from_data = RwSignal::new(shown.with_untracked(|value| *value != Mapped::text("") && place(value).is_none()));
    let chosen = Signal::derive(move || {
        if from_data.get() { DATA.to_owned() } else { shown.with(place).map(|at| at.to_string()).unwrap_or_default() }
    });
    let options = Signal::derive(move || {
        let mut options = vec![Choice::new("", t::CHOOSE)];
        choices.with_value(|choices| {
            options.extend(choices.iter().enumerate().map(|(at, (_, label))| Choice::new(at.to_string(), label.clone())));
        });
        options.push(Choice::new(DATA, t::FROM_DATA));
        options
    });
    let choose = move |new: String| {
        from_data.set(new == DATA);
        if new == DATA {
            put.run(Mapped::text(""));
            return;
        }
        let found = new.parse::<usize>().ok().and_then(|at| choices.with_value(|choices| choices.get(at).cloned()));
        put.run(found.map_or(Mapped::Omit, |(value, _)| Mapped::Literal(value)));
    };
    let name = label.clone();
    let problems = at.clone();
    let inner = StoredValue::new(label.clone());
    view! {
        <div class="ed-field" data-field=at.clone()>
            <div class="ed-label"><span>{label}</span>{required.then(|| view! { <i>{t::REQUIRED}</i> })}</div>
            <Select value=chosen on_change=choose choices=options label=name/>
            {move || from_data.get().then(|| view! {
                <div class="ed-nested"><MappedField label=inner.get_value() value=shown on_change=put bare=true expects=if kind == FormFieldKind::Switch { Expects::YesNo } else { Expects::Text }/></div>
            })}
            <FieldProblems at=problems/>
        </div>
    }
    .into_any()
}

/// Fixed text as what the field holds: a number where a number is asked for.
fn typed(kind: FormFieldKind, value: Mapped) -> Mapped {
    match (&value, kind) {
        (Mapped::Literal(Value::String(text)), FormFieldKind::Number) => {
            serde_json::from_str::<serde_json::Number>(text.trim()).map_or(value, |number| Mapped::Literal(Value::Number(number)))
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sent_as_numbers() {
        assert_eq!(typed(FormFieldKind::Number, Mapped::text(" 12.5 ")), Mapped::Literal(serde_json::json!(12.5)));
        assert_eq!(typed(FormFieldKind::Number, Mapped::text("12 apples")), Mapped::text("12 apples"));
        assert_eq!(typed(FormFieldKind::Text, Mapped::text("12")), Mapped::text("12"));
    }
}

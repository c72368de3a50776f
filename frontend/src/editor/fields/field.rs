//! One field of a connector's form.

use leptos::prelude::*;
use manifest::{Field, FieldFormat, FieldKind};
use model::Mapped;
use serde_json::Value;

use super::{
    Form,
    columns::ColumnsField,
    loaded::LoadedField,
    many::ManyField,
    value::{ValueField, non_empty},
};
use crate::{
    editor::{
        mapping::{JsonField, Pairs},
        problems::FieldProblems,
        steps::BodyField,
    },
    text::editor as t,
    ui::{Choice, Segmented, Select, Switch},
};

/// As many choices stand side by side; more make a list.
const SIDE_BY_SIDE: usize = 4;

#[component]
pub fn FormField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let default = move || match &field.default {
        Some(Value::String(text)) => Mapped::text(text.clone()),
        Some(value) => Mapped::Literal(value.clone()),
        None => Mapped::Omit,
    };
    let value = Signal::derive(move || form.input(key).unwrap_or_else(default));
    let put = Callback::new(move |new: Mapped| {
        let empty = matches!(&new, Mapped::Omit) || new == Mapped::text("");
        form.put(key, (!empty).then_some(new));
    });
    let label = field.label.clone();
    let hint = (!field.help.is_empty()).then(|| field.help.clone());
    let at = format!("input.{key}");
    match &field.kind {
        FieldKind::Json if field.format == Some(FieldFormat::TextList) => view! { <ManyField form field/> }.into_any(),
        _ if field.options_from.is_some() => view! { <LoadedField form field/> }.into_any(),
        FieldKind::KeyValue { .. } if field.fields_from.is_some() => view! { <ColumnsField form field/> }.into_any(),
        FieldKind::Text | FieldKind::LongText | FieldKind::Number { .. } => {
            let value = Signal::derive(move || non_empty(value.get()));
            let change = Callback::new(move |new: Option<Mapped>| form.put(key, new));
            view! { <ValueField field=field.clone() value on_change=change at has_data=form.has_data()/> }.into_any()
        }
        FieldKind::Json if matches!(field.format, Some(FieldFormat::File | FieldFormat::FileList)) => {
            let value = Signal::derive(move || non_empty(value.get()));
            let change = Callback::new(move |new: Option<Mapped>| form.put(key, new));
            view! { <ValueField field=field.clone() value on_change=change at has_data=form.has_data()/> }.into_any()
        }
        FieldKind::Switch => view! { <SwitchField form field/> }.into_any(),
        FieldKind::Choice { options } => {
            let fixed = Signal::derive(move || form.fixed(key).unwrap_or_default());
            let choose = Callback::new(move |new: String| form.put(key, Some(Mapped::text(new))));
            let input = if options.len() <= SIDE_BY_SIDE {
                // The kit's tabs want values that are copied: the places of the options.
                let places = options.iter().enumerate().map(|(at, option)| (at, option.label.clone())).collect::<Vec<_>>();
                let selected =
                    Signal::derive(move || options.iter().position(|option| option.value == fixed.get()).unwrap_or(usize::MAX));
                view! { <Segmented tabs=places selected on_select=move |at: usize| choose.run(options[at].value.clone()) label=label.clone()/> }.into_any()
            } else {
                let choices =
                    options.iter().map(|option| Choice::new(option.value.clone(), option.label.clone())).collect::<Vec<_>>();
                view! { <Select value=fixed on_change=choose choices=Signal::stored(choices) label=label.clone()/> }.into_any()
            };
            view! {
                <div class="ed-field" data-field=at.clone()>
                    <div class="ed-label"><span>{label}</span></div>
                    {input}
                    <FieldProblems at=format!("input.{key}")/>
                    {hint.map(|hint| view! { <p class="ed-hint">{hint}</p> })}
                </div>
            }
            .into_any()
        }
        FieldKind::KeyValue { suggest } => {
            let pairs = Callback::new(move |new: Mapped| {
                let none = matches!(&new, Mapped::Object(entries) if entries.is_empty());
                form.put(key, (!none).then_some(new));
            });
            let add = t::add_to(&label);
            view! { <Pairs label value on_change=pairs suggest=suggest.clone() add at hint=hint.unwrap_or_default()/> }.into_any()
        }
        FieldKind::Json => view! { <JsonField label value on_change=put required=field.required at/> }.into_any(),
        FieldKind::Body => view! { <BodyField form field/> }.into_any(),
    }
}

#[component]
fn SwitchField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let default = matches!(field.default, Some(Value::Bool(true)));
    let on = Signal::derive(move || match form.input(key) {
        Some(Mapped::Literal(Value::Bool(on))) => on,
        Some(Mapped::Literal(Value::String(text))) => text == "true",
        _ => default,
    });
    let put = move |on: bool| form.put(key, (on != default).then_some(Mapped::Literal(on.into())));
    view! {
        <div class="ed-field ed-switch" data-field=format!("input.{key}")>
            <div class="ed-switch-row">
                <span class="ed-label">{field.label.clone()}</span>
                <Switch on label=field.label.clone() on_change=put/>
            </div>
            {(!field.help.is_empty()).then(|| view! { <p class="ed-hint">{field.help.clone()}</p> })}
            <FieldProblems at=format!("input.{key}")/>
        </div>
    }
}

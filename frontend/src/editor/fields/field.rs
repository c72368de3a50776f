//! One field of a connector's form.

use leptos::prelude::*;
use manifest::{Field, FieldFormat, FieldKind};
use model::Mapped;
use serde_json::Value;

use super::{
    Form,
    columns::ColumnsField,
    fixed::{ChoiceField, SwitchField},
    loaded::LoadedField,
    many::ManyField,
    objects::ObjectsField,
    value::{ValueField, non_empty},
};
use crate::{
    editor::{
        mapping::{JsonField, Pairs},
        steps::BodyField,
    },
    text::editor as t,
};

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
        FieldKind::Choice { options } => view! { <ChoiceField form field options/> }.into_any(),
        FieldKind::KeyValue { suggest } => {
            let pairs = Callback::new(move |new: Mapped| {
                let none = matches!(&new, Mapped::Object(entries) if entries.is_empty());
                form.put(key, (!none).then_some(new));
            });
            let add = t::add_to(&label);
            view! { <Pairs label value on_change=pairs suggest=suggest.clone() add at hint=hint.unwrap_or_default()/> }.into_any()
        }
        FieldKind::Json if field.format == Some(FieldFormat::ObjectList) => view! { <ObjectsField form field/> }.into_any(),
        FieldKind::Json => view! { <JsonField label value on_change=put required=field.required at/> }.into_any(),
        FieldKind::Body => view! { <BodyField form field/> }.into_any(),
    }
}

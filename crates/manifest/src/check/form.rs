//! What is filled into the form of an operation or a trigger.

use std::collections::BTreeMap;

use model::{Mapped, Place};
use serde_json::Value;

use super::known::Known;
use super::report::Report;
use crate::{Field, FieldKind, bounds};

/// A form, and what its maker filled in.
pub(super) struct Form<'a> {
    /// The operation's or trigger's name.
    pub label: &'a str,
    pub fields: &'a [Field],
    pub input: &'a BTreeMap<String, Mapped>,
}

impl Form<'_> {
    /// `place`: where a field such as `input.url` stands.
    pub fn check(&self, place: &dyn Fn(String) -> Place, report: &mut Report) {
        for key in self.input.keys().filter(|key| self.field(key).is_none()) {
            let suggestion = expr::suggest(key, self.fields.iter().map(|field| &field.key));
            let message = format!("\"{}\" has no field \"{}\"{}", self.label, key.escape_debug(), hint(suggestion.as_deref()));
            report.error(place(format!("input.{key}")), "unknown_field", message).suggestion = suggestion;
        }
        for field in self.fields {
            self.check_field(field, &|| place(format!("input.{}", field.key)), report);
        }
    }

    fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    fn check_field(&self, field: &Field, place: &dyn Fn() -> Place, report: &mut Report) {
        if self.is_shown(field) == Some(false) {
            return;
        }
        let given = Known::of(self.input.get(&field.key));
        // A body may well be null or empty text; whether it is there is the question.
        let is_missing = match field.kind {
            FieldKind::Json | FieldKind::Body => matches!(given, Known::Missing),
            _ => given.is_empty(),
        };
        if is_missing {
            let is_needed = field.required || field.kind == FieldKind::Body;
            let is_asked_for = is_needed && self.is_shown(field) == Some(true);
            if is_asked_for {
                report.error(place(), "required", format!("\"{}\" is empty; it is required", field.label));
            }
            return;
        }
        if let Known::Value(value) = given
            && let Some(wanted) = misfit(&field.kind, &value)
        {
            report.error(place(), "field_value", format!("\"{}\" must be {wanted}", field.label));
        }
    }

    /// Whether the form shows the field; nothing when that depends on data.
    fn is_shown(&self, field: &Field) -> Option<bool> {
        let Some(when) = &field.shown_when else { return Some(true) };
        let value = match Known::of(self.input.get(&when.field)) {
            Known::Dynamic => return None,
            Known::Value(value) if !value.is_null() => value.into_owned(),
            _ => self.field(&when.field)?.default.clone()?,
        };
        Some(value.as_str().is_some_and(|value| when.is.iter().any(|one| one == value)))
    }
}

pub(super) fn hint(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
}

/// What the value should be instead; nothing when it fits.
fn misfit(kind: &FieldKind, value: &Value) -> Option<String> {
    match kind {
        FieldKind::Text | FieldKind::LongText => (value.is_array() || value.is_object()).then(|| "text".to_owned()),
        FieldKind::Number { min, max } => {
            let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
            let Some(number) = number else { return Some("a whole number".to_owned()) };
            let fits = (min.unwrap_or(i64::MIN)..=max.unwrap_or(i64::MAX)).contains(&number);
            if fits { None } else { bounds(*min, *max) }
        }
        FieldKind::Switch => {
            let is_switch = value.is_boolean() || matches!(value.as_str().map(str::trim), Some("true" | "false"));
            (!is_switch).then(|| "yes or no".to_owned())
        }
        FieldKind::Choice { options } => {
            let fits = value.as_str().is_some_and(|value| options.iter().any(|option| option.value == value.trim()));
            (!fits).then(|| {
                let options: Vec<_> = options.iter().map(|option| option.value.as_str()).collect();
                format!("one of {}", options.join(", "))
            })
        }
        FieldKind::KeyValue { .. } => (!value.is_object()).then(|| "names with values".to_owned()),
        FieldKind::Json | FieldKind::Body => None,
    }
}

//! A step's input as its form means it: defaults filled in, switches and numbers as such, texts split into lists.

use manifest::{Field, FieldFormat, FieldKind, bounds};
use serde_json::{Map, Value};

use crate::error::CallError;
use crate::http::input::{Input, scalar, whole, wrong};

/// The input with defaults, each value of its field's kind. What the form does not know is refused.
pub(crate) fn complete(fields: &[Field], input: &Value) -> Result<Value, CallError> {
    let given = Input::new(input)?;
    if let Some(odd) = input.as_object().and_then(|map| map.keys().find(|key| !fields.iter().any(|field| field.key == **key))) {
        let message = format!("There is no field \"{}\" here", odd.escape_debug());
        return Err(CallError::input(odd, "input.unknown", message));
    }
    let mut complete = Map::new();
    for field in fields {
        let value = match given.given(&field.key) {
            None => field.default.clone(),
            // Where the other side does not clear by null, null says nothing.
            Some(Value::Null) if field.clearable => Some(Value::Null),
            Some(Value::Null) => field.default.clone(),
            Some(value) => one(field, value, &given)?,
        };
        let is_empty =
            value.as_ref().is_none_or(|value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()));
        if field.required && is_empty {
            let message = format!("\"{}\" is empty; it is required", field.label);
            return Err(CallError::input(&field.key, "input.missing", message));
        }
        if let Some(value) = value {
            complete.insert(field.key.clone(), value);
        }
    }
    Ok(Value::Object(complete))
}

fn one(field: &Field, value: &Value, given: &Input<'_>) -> Result<Option<Value>, CallError> {
    let key = &field.key;
    match &field.kind {
        FieldKind::Text | FieldKind::LongText => {
            let text = scalar(value).ok_or_else(|| wrong(key, value, "text"))?;
            Ok(Some(Value::String(text)))
        }
        FieldKind::Switch => Ok(given.switch(key)?.map(Value::Bool).or_else(|| field.default.clone())),
        FieldKind::Number { min, max } => number(key, value, *min, *max),
        FieldKind::Choice { options } => {
            let text = scalar(value).ok_or_else(|| wrong(key, value, "one of the choices"))?;
            let text = text.trim();
            if text.is_empty() {
                return Ok(field.default.clone());
            }
            if !options.iter().any(|option| option.value == text) {
                let names: Vec<_> = options.iter().map(|option| option.value.as_str()).collect();
                let message =
                    format!("\"{}\" is \"{}\"; it must be one of {}", field.label, text.escape_debug(), names.join(", "));
                return Err(CallError::input(key, "input.choice", message));
            }
            Ok(Some(Value::String(text.to_owned())))
        }
        FieldKind::KeyValue { .. } => match value {
            Value::Object(_) => Ok(Some(value.clone())),
            Value::String(text) if text.trim().is_empty() => Ok(None),
            other => Err(wrong(key, other, "names with values")),
        },
        FieldKind::Json | FieldKind::Body => json(field, value),
    }
}

fn number(key: &str, value: &Value, min: Option<i64>, max: Option<i64>) -> Result<Option<Value>, CallError> {
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(None);
    }
    let number = whole(value).ok_or_else(|| wrong(key, value, "a whole number"))?;
    if !(min.unwrap_or(i64::MIN)..=max.unwrap_or(i64::MAX)).contains(&number) {
        let message = format!("\"{key}\" is {number}; it must be {}", bounds(min, max).unwrap_or_default());
        return Err(CallError::input(key, "input.range", message));
    }
    Ok(Some(Value::from(number)))
}

fn json(field: &Field, value: &Value) -> Result<Option<Value>, CallError> {
    let key = &field.key;
    match (field.format, value) {
        (_, Value::String(text)) if text.trim().is_empty() => Ok(None),
        (Some(FieldFormat::TextList), Value::String(text)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Some(items.map(Value::from).collect()))
        }
        (Some(FieldFormat::TextList), Value::Array(items)) => {
            let texts = items.iter().map(|item| scalar(item).map(Value::String).ok_or_else(|| wrong(key, item, "text")));
            Ok(Some(Value::Array(texts.collect::<Result<_, _>>()?)))
        }
        (Some(FieldFormat::ObjectList), Value::Array(items)) if items.iter().all(Value::is_object) => Ok(Some(value.clone())),
        (Some(FieldFormat::ObjectList), other) => Err(wrong(key, other, "a list of objects")),
        (Some(FieldFormat::File), Value::Object(_)) => Ok(Some(value.clone())),
        (Some(FieldFormat::File), other) => Err(wrong(key, other, "a file of an earlier step")),
        (Some(FieldFormat::FileList), Value::Array(_)) => Ok(Some(value.clone())),
        (Some(FieldFormat::FileList), Value::Object(_)) => Ok(Some(Value::Array(vec![value.clone()]))),
        (Some(FieldFormat::TextList | FieldFormat::FileList), other) => Err(wrong(key, other, "a list")),
        // JSON typed as text.
        (_, Value::String(text)) => Ok(Some(serde_json::from_str(text).unwrap_or_else(|_| value.clone()))),
        (_, other) => Ok(Some(other.clone())),
    }
}

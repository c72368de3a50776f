//! Formatters of text.

use std::borrow::Cow;

use serde_json::Value;

use super::{Applied, owned, wrong};
use crate::compare::scalar_text;
use crate::error::{ErrorKind, EvalError};
use crate::limits::Meter;

/// The text form of a value inside longer text: null prints nothing, lists and objects print as JSON.
pub(crate) fn render<'a>(value: &'a Value, meter: &mut Meter) -> Result<Cow<'a, str>, EvalError> {
    match value {
        Value::Null => Ok(Cow::Borrowed("")),
        Value::Array(_) | Value::Object(_) => to_json(value, meter).map(Cow::Owned),
        _ => Ok(scalar_text(value).unwrap_or_default()),
    }
}

fn to_json(value: &Value, meter: &mut Meter) -> Result<String, EvalError> {
    meter.charge(value)?;
    let json = serde_json::to_string(value).map_err(|_| EvalError::type_("This cannot be written as JSON."))?;
    meter.grow(json.len())?;
    Ok(json)
}

pub(super) fn default<'a>(value: Cow<'a, Value>, args: &[Value], meter: &mut Meter) -> Applied<'a> {
    if !is_empty(&value) {
        return Ok(Some(value));
    }
    let fallback = args.first().cloned().unwrap_or_default();
    meter.charge(&fallback)?;
    owned(fallback)
}

pub(super) fn required<'a>(value: Cow<'a, Value>, _: &[Value], _: &mut Meter) -> Applied<'a> {
    if !is_empty(&value) {
        return Ok(Some(value));
    }
    let what = if value.is_null() { "null" } else { "empty" };
    Err(EvalError { kind: ErrorKind::Missing, ..EvalError::type_(format!("This value is required, but it is {what}.")) })
}

/// Null, empty text, an empty list or an empty object.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn change<'a>(name: &str, value: &Value, meter: &mut Meter, by: impl Fn(&str) -> String) -> Applied<'a> {
    let text = scalar_text(value).ok_or_else(|| wrong(name, "text", value))?;
    // Letters may take more bytes in the other case, at most three times as many.
    meter.grow(text.len() * 2)?;
    owned(by(&text))
}

pub(super) fn upper<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    change("upper", &value, meter, str::to_uppercase)
}

pub(super) fn lower<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    change("lower", &value, meter, str::to_lowercase)
}

pub(super) fn trim<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    change("trim", &value, meter, |text| text.trim().to_owned())
}

pub(super) fn title<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    change("title", &value, meter, title_case)
}

/// A capital at the start of each word, small letters after it.
pub(crate) fn title_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || (inside && matches!(c, '\'' | '’'));
    }
    out
}

fn argument<'a>(args: &'a [Value], index: usize, fallback: &'a str) -> Result<Cow<'a, str>, EvalError> {
    match args.get(index) {
        None => Ok(Cow::Borrowed(fallback)),
        Some(value) => scalar_text(value).ok_or_else(|| EvalError::type_("The argument of this formatter must be text.")),
    }
}

pub(super) fn separator<'a>(args: &'a [Value], fallback: &'a str) -> Result<Cow<'a, str>, EvalError> {
    argument(args, 0, fallback)
}

pub(super) fn replace<'a>(value: Cow<'a, Value>, args: &[Value], meter: &mut Meter) -> Applied<'a> {
    let text = scalar_text(&value).ok_or_else(|| wrong("replace", "text", &value))?;
    let (find, with) = (argument(args, 0, "")?, argument(args, 1, "")?);
    if find.is_empty() {
        return Err(EvalError::type_("`replace` needs the text to find."));
    }
    let count = text.matches(&*find).count();
    meter.grow(text.len().saturating_add(count.saturating_mul(with.len())))?;
    owned(text.replace(&*find, &with))
}

pub(super) fn split<'a>(value: Cow<'a, Value>, args: &[Value], meter: &mut Meter) -> Applied<'a> {
    let text = scalar_text(&value).ok_or_else(|| wrong("split", "text", &value))?;
    let separator = separator(args, ",")?;
    if separator.is_empty() {
        return Err(EvalError::type_("`split` needs a separator."));
    }
    let pieces = text.split(&*separator).count();
    meter.grow(text.len() + pieces * std::mem::size_of::<Value>())?;
    owned(text.split(&*separator).map(|piece| Value::from(piece.trim())).collect::<Vec<_>>())
}

pub(super) fn text<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    if value.is_string() {
        return Ok(Some(value));
    }
    let text = render(&value, meter)?.into_owned();
    owned(text)
}

pub(super) fn json<'a>(value: Cow<'a, Value>, _: &[Value], meter: &mut Meter) -> Applied<'a> {
    owned(to_json(&value, meter)?)
}

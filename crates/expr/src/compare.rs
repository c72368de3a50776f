//! Comparing values: one rule for conditions and raw expressions.
//!
//! Numbers compare as numbers, exactly. Text that is spelled as a number (`"150"`, as forms send it) compares with a number as that number.
//! Two texts are equal when they are the same text (`"007"` is not `"7"`), but are ordered as numbers where both are spelled so
//! (`"9"` is below `"10"`). Text compares with true and false by their names. Null equals null only.

use std::cmp::Ordering;

use serde_json::Value;

use crate::error::EvalError;
use crate::limits::{MAX_DATA_DEPTH, Meter};
use crate::number::Num;

pub(crate) fn equal(left: &Value, right: &Value, meter: &mut Meter) -> Result<bool, EvalError> {
    equal_at(left, right, meter, 0)
}

fn equal_at(left: &Value, right: &Value, meter: &mut Meter, depth: usize) -> Result<bool, EvalError> {
    meter.spend(1)?;
    if depth > MAX_DATA_DEPTH {
        return Err(EvalError::limit(format!("The data nests deeper than {MAX_DATA_DEPTH} levels.")));
    }
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bool(flag), Value::String(text)) | (Value::String(text), Value::Bool(flag)) => {
            text == if *flag { "true" } else { "false" }
        }
        (Value::Number(_), Value::Number(_) | Value::String(_)) | (Value::String(_), Value::Number(_)) => {
            matches!((Num::of_value(left), Num::of_value(right)), (Some(a), Some(b)) if a.compare(b).is_eq())
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b) {
                if !equal_at(a, b, meter, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Object(a), Value::Object(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a {
                match b.get(key) {
                    Some(b) if equal_at(a, b, meter, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        _ => false,
    })
}

/// None when the two have no order: lists, objects, null, true and false, or text against a number that it does not spell.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (Num::of_value(left), Num::of_value(right)) {
        return Some(a.compare(b));
    }
    match (left, right) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whether a text has a part, a list an item, or an object a key.
pub(crate) fn contains(whole: &Value, part: &Value, meter: &mut Meter) -> Result<bool, EvalError> {
    match whole {
        Value::String(text) => {
            meter.spend(1 + text.len() / 64)?;
            Ok(scalar_text(part).is_some_and(|part| text.contains(&*part)))
        }
        Value::Array(items) => {
            for item in items {
                if equal(item, part, meter)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Object(entries) => Ok(scalar_text(part).is_some_and(|key| entries.contains_key(&*key))),
        _ => Ok(false),
    }
}

/// The text form of text, numbers, true and false.
pub(crate) fn scalar_text(value: &Value) -> Option<std::borrow::Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(flag) => Some(if *flag { "true" } else { "false" }.into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

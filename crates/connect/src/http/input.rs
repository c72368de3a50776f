//! Reads the evaluated input of a step. Templates make text of everything, so a switch may arrive as "true".

use serde_json::{Map, Value};

use crate::CallError;

pub(crate) struct Input<'a> {
    fields: Option<&'a Map<String, Value>>,
}

impl<'a> Input<'a> {
    pub(crate) fn new(input: &'a Value) -> Result<Self, CallError> {
        match input {
            Value::Object(fields) => Ok(Self { fields: Some(fields) }),
            Value::Null => Ok(Self { fields: None }),
            other => Err(CallError::input("", "input.type", format!("The input of the step is {}, not an object", kind(other)))),
        }
    }

    /// The field's value; nothing when it is missing or null.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.fields?.get(key).filter(|value| !value.is_null())
    }

    /// The field's value, null included.
    pub(crate) fn given(&self, key: &str) -> Option<&'a Value> {
        self.fields?.get(key)
    }

    /// Text, trimmed; nothing when missing, null or empty.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, CallError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = scalar(value).ok_or_else(|| wrong(key, value, "text"))?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    pub(crate) fn switch(&self, key: &str) -> Result<Option<bool>, CallError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(*on)),
            Some(value) => match value.as_str().map(str::trim) {
                Some("") => Ok(None),
                Some("true") => Ok(Some(true)),
                Some("false") => Ok(Some(false)),
                _ => Err(wrong(key, value, "yes or no (true or false)")),
            },
        }
    }

    /// A whole number between `least` and `most`.
    pub(crate) fn number(&self, key: &str, least: u64, most: u64) -> Result<Option<u64>, CallError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let number = whole(value).and_then(|number| u64::try_from(number).ok());
        let number = number.ok_or_else(|| wrong(key, value, "a whole number"))?;
        if (least..=most).contains(&number) {
            return Ok(Some(number));
        }
        Err(CallError::input(key, "input.range", format!("\"{key}\" is {number}; it must lie between {least} and {most}")))
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, key: &str, options: &[(&str, T)]) -> Result<Option<T>, CallError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some((_, option)) = options.iter().find(|(name, _)| *name == text) {
            return Ok(Some(*option));
        }
        let names: Vec<_> = options.iter().map(|(name, _)| *name).collect();
        Err(CallError::input(key, "input.choice", format!("\"{key}\" is \"{text}\"; it must be one of {}", names.join(", "))))
    }

    /// Names with values, one pair per value; null values are left out and lists give a pair for every item.
    pub(crate) fn pairs(&self, key: &str) -> Result<Vec<(&'a str, String)>, CallError> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(Vec::new()),
            Some(Value::Object(map)) => pairs(key, map),
            Some(other) => Err(wrong(key, other, "names with values")),
        }
    }
}

pub(crate) fn pairs<'a>(field: &str, map: &'a Map<String, Value>) -> Result<Vec<(&'a str, String)>, CallError> {
    let mut pairs = Vec::with_capacity(map.len());
    for (name, value) in map {
        let items = match value {
            Value::Null => continue,
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items.iter().filter(|item| !item.is_null()) {
            let text = scalar(item).ok_or_else(|| wrong(&format!("{field}.{name}"), item, "text, a number or true/false"))?;
            pairs.push((name.as_str(), text));
        }
    }
    Ok(pairs)
}

/// Text, numbers and switches as text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(on.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, however it is written: `30`, `30.0`, or either as text. No exponents, and nothing is rounded.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let (number, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    number.parse().ok().filter(|_| is_whole)
}

pub(crate) fn wrong(field: &str, value: &Value, wanted: &str) -> CallError {
    CallError::input(field, "input.type", format!("\"{field}\" is {}; it must be {wanted}", kind(value)))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_however_they_are_written() {
        for (value, wanted) in [
            (json!(30), Some(30)),
            (json!(30.0), Some(30)),
            (json!("30.0"), Some(30)),
            (json!(" -7.00 "), Some(-7)),
            (json!("9223372036854775807.0"), Some(i64::MAX)),
            (json!(-0.0), Some(0)),
        ] {
            assert_eq!(whole(&value), wanted, "{value}");
        }
        for odd in [
            json!(30.5),
            json!("30."),
            json!("30,0"),
            json!("1e3"),
            json!(1e300),
            json!("9223372036854775808"),
            json!(true),
            json!(""),
        ] {
            assert_eq!(whole(&odd), None, "{odd}");
        }
    }
}

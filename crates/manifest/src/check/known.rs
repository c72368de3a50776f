//! What a mapped value is, as far as it can be told without data.

use std::borrow::Cow;

use model::Mapped;
use serde_json::Value;

pub(super) enum Known<'a> {
    /// It is left out.
    Missing,
    Value(Cow<'a, Value>),
    /// It depends on data.
    Dynamic,
}

impl<'a> Known<'a> {
    pub fn of(mapped: Option<&'a Mapped>) -> Self {
        match mapped {
            None | Some(Mapped::Omit) => Known::Missing,
            Some(Mapped::Null) => Known::Value(Cow::Owned(Value::Null)),
            Some(Mapped::Literal(value)) => Known::Value(Cow::Borrowed(value)),
            Some(Mapped::Template(parts)) => {
                plain_text(parts).map_or(Known::Dynamic, |text| Known::Value(Cow::Owned(text.into())))
            }
            Some(Mapped::Expr(_) | Mapped::Object(_) | Mapped::List(_) | Mapped::Each(_)) => Known::Dynamic,
        }
    }

    /// Missing, or text without anything to read.
    pub fn is_empty(&self) -> bool {
        match self {
            Known::Missing => true,
            Known::Value(value) => value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()),
            Known::Dynamic => false,
        }
    }
}

fn plain_text(parts: &[expr::Part]) -> Option<String> {
    let text = |part: &expr::Part| match part {
        expr::Part::Text(text) => Some(text.clone()),
        expr::Part::Pill(_) | expr::Part::Expr(_) => None,
    };
    parts.iter().map(text).collect()
}

/// The names of a mapped object, where they are fixed, with their values.
pub(super) fn entries(mapped: &Mapped) -> Vec<(Cow<'_, str>, Known<'_>)> {
    match mapped {
        Mapped::Literal(Value::Object(map)) => {
            map.iter().map(|(key, value)| (Cow::Borrowed(key.as_str()), Known::Value(Cow::Borrowed(value)))).collect()
        }
        Mapped::Object(entries) => entries
            .iter()
            .filter_map(|entry| match Known::of(Some(&entry.key)) {
                Known::Value(key) => Some((Cow::Owned(key.as_str()?.to_owned()), Known::of(Some(&entry.value)))),
                Known::Missing | Known::Dynamic => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

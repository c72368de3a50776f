//! The values of a form: of a person who starts a run, and of a workflow that starts another one.

use serde_json::{Map, Value};

use super::{FormField, FormFieldKind};

/// Why a form's values do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormError {
    /// Of the field.
    pub key: String,
    /// In a person's words, with the field's label.
    pub message: String,
}

/// The form's values, checked, with defaults for what was left out. Values that no field asks for are not among them.
pub fn fill_form(fields: &[FormField], values: &Map<String, Value>) -> Result<Map<String, Value>, FormError> {
    let mut filled = Map::new();
    for field in fields {
        let wrong = |message: String| FormError { key: field.key.clone(), message };
        let value = values.get(&field.key).filter(|value| !is_blank(value)).or(field.default.as_ref());
        match value {
            Some(value) => {
                if let Some(expected) = field.lacks(value) {
                    return Err(wrong(format!("“{}” must be {expected}.", field.label)));
                }
                filled.insert(field.key.clone(), value.clone());
            }
            None if field.required => return Err(wrong(format!("“{}” is required.", field.label))),
            None => {}
        }
    }
    Ok(filled)
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

impl FormFieldKind {
    /// A cell of a table as a value of this kind; what cannot be read as one stays text, and does not fit the field.
    pub fn read(self, cell: &str) -> Value {
        let text = Value::from(cell);
        match self {
            _ if cell.is_empty() => Value::Null,
            FormFieldKind::Number => cell.parse().map_or(text, Value::Number),
            FormFieldKind::Switch => match cell.to_lowercase().as_str() {
                "true" | "yes" | "y" | "1" | "on" | "x" => Value::Bool(true),
                "false" | "no" | "n" | "0" | "off" => Value::Bool(false),
                _ => text,
            },
            _ => text,
        }
    }
}

/// With its content, or with the hash of one that is kept beside an event.
fn is_file(value: &Value) -> bool {
    ["base64", "text", "sha256"].iter().any(|key| value.get(key).is_some_and(Value::is_string))
}

impl FormField {
    /// What a value should have been; nothing when it fits.
    fn lacks(&self, value: &Value) -> Option<&'static str> {
        let text = |fits: &dyn Fn(&str) -> bool| value.as_str().is_some_and(fits);
        let (fits, expected) = match self.kind {
            FormFieldKind::Text | FormFieldKind::LongText => (value.is_string(), "text"),
            FormFieldKind::Number => (value.is_number(), "a number"),
            FormFieldKind::Switch => (value.is_boolean(), "yes or no"),
            FormFieldKind::Choice => (text(&|text| self.choices.iter().any(|choice| choice == text)), "one of its choices"),
            FormFieldKind::Date => (text(&is_date), "a date (2026-01-31)"),
            FormFieldKind::Email => (text(&is_email), "an e-mail address"),
            FormFieldKind::File => (is_file(value), "a file of an event or of an earlier step"),
        };
        (!fits).then_some(expected)
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
}

/// `2026-01-31`, a day that exists.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |length: usize| -> Option<u32> {
        let text = parts.next().filter(|text| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))?;
        text.parse().ok()
    };
    let (Some(year), Some(month), Some(day)) = (part(4), part(2), part(2)) else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    parts.next().is_none() && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FormFieldKind, is_date};

    #[test]
    fn cells_are_read_as_what_the_field_takes() {
        use FormFieldKind::{Number, Switch, Text};
        for (kind, cell, value) in [
            (Number, "3", json!(3)),
            (Number, "-2.50", json!(-2.5)),
            (Number, "3 km", json!("3 km")),
            (Number, "", Value::Null),
            (Switch, "Yes", json!(true)),
            (Switch, "0", json!(false)),
            (Switch, "perhaps", json!("perhaps")),
            (Text, "3", json!("3")),
        ] {
            assert_eq!(kind.read(cell), value, "{kind:?} {cell}");
        }
    }

    #[test]
    fn dates_are_days_that_exist() {
        for good in ["2026-01-31", "2024-02-29", "2000-02-29", "9999-12-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-1-1",
            "31/12/2025",
            "2026-01-01-01",
            "",
            "+026-01-01",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}

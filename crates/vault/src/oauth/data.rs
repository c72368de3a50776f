//! Evaluating what a manifest says of a connection's values and of an answer.

use std::sync::Arc;

use expr::{Data, Limits, Mapped, Outcome, evaluate};
use serde_json::{Map, Value};

use super::{OAuthError, Values};

/// The names a manifest's expressions see.
#[derive(Default)]
pub(crate) struct Scope(Data);

impl Scope {
    pub fn with(self, name: &str, value: Value) -> Self {
        Scope(self.0.with_local(name, Arc::new(value)))
    }

    /// `connection.<key>`.
    pub fn connection(self, values: &Values) -> Self {
        let object: Map<String, Value> = values.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        self.with("connection", Value::Object(object))
    }

    fn get(&self, mapped: &Mapped) -> Option<Value> {
        match evaluate(mapped, &self.0, &Limits::default()) {
            Ok(evaluated) => match evaluated.outcome {
                Outcome::Value(value) => Some(value),
                Outcome::Missing => None,
            },
            // A field of something missing is as missing.
            Err(_) => None,
        }
    }

    /// The value of an expression; null counts as missing.
    pub fn value(&self, source: &str) -> Option<Value> {
        self.get(&Mapped::Expr(source.to_owned())).filter(|value| !value.is_null())
    }

    /// The value of an expression as text.
    pub fn text(&self, source: &str) -> Option<String> {
        match self.value(source)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text),
            other @ (Value::Number(_) | Value::Bool(_)) => Some(other.to_string()),
            _ => None,
        }
    }

    pub fn is_true(&self, source: &str) -> bool {
        match self.value(source) {
            Some(Value::Bool(is)) => is,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Number(n)) => n.as_f64() != Some(0.0),
            Some(Value::Array(_) | Value::Object(_)) => true,
            Some(Value::Null) | None => false,
        }
    }

    /// A text with `{connection.<key>}`.
    pub fn fill(&self, template: &str) -> Result<String, OAuthError> {
        let mapped = manifest::parse_text(template).map_err(OAuthError::Manifest)?;
        match self.get(&mapped) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Ok(other.to_string()),
            None => Ok(String::new()),
        }
    }
}

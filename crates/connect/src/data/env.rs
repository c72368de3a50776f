//! What templates see, and their evaluation.

use std::sync::Arc;

use expr::{Condition, Data, EvalError, Limits, Mapped, Outcome, Part, evaluate};
use manifest::{Compiled, Template, parse_parts, parse_text};
use model::run::ErrorClass;
use serde_json::{Map, Value};

use crate::error::CallError;
use crate::http::input::scalar;

/// Names with values, for the expressions and templates of manifests. Cheap to clone.
#[derive(Clone, Default)]
pub struct Env {
    data: Data,
}

/// A text whose places for the connection's values are kept for the time of sending.
pub(super) enum Piece {
    /// Of the manifest.
    Plain(String),
    /// `connection.<key>`
    Connection(String),
    /// Out of data; nothing when it is missing.
    Value { text: Option<String>, source: String },
}

impl Env {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(&self, name: &str, value: Value) -> Self {
        Self { data: self.data.with_local(name, Arc::new(value)) }
    }

    /// The value of a template; nothing when it is missing as a whole.
    pub fn template(&self, template: &Template) -> Result<Option<Value>, CallError> {
        self.compiled(&template.compile().map_err(broken)?)
    }

    fn compiled(&self, compiled: &Compiled) -> Result<Option<Value>, CallError> {
        match compiled {
            Compiled::Leaf(mapped) => self.mapped(mapped),
            Compiled::List(items) => {
                let items = items.iter().map(|item| self.compiled(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(Some(items.into_iter().flatten().collect()))
            }
            Compiled::Object { spread, entries } => {
                let mut object = match spread.as_ref().map(|spread| self.mapped(spread)).transpose()?.flatten() {
                    Some(Value::Object(object)) => object,
                    None | Some(Value::Null) => Map::new(),
                    Some(_) => {
                        let message = "Names with values are needed here, but the data holds something else";
                        return Err(CallError::new(ErrorClass::Input, "connect.spread", message));
                    }
                };
                for (key, value) in entries {
                    if let Some(value) = self.compiled(value)? {
                        object.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::Object(object)))
            }
        }
    }

    fn mapped(&self, mapped: &Mapped) -> Result<Option<Value>, CallError> {
        match evaluate(mapped, &self.data, &Limits::default()) {
            Ok(found) => Ok(match found.outcome {
                Outcome::Value(value) => Some(value),
                Outcome::Missing => None,
            }),
            Err(EvalError { kind: expr::ErrorKind::Missing, .. }) => Ok(None),
            Err(error) => Err(CallError::new(ErrorClass::Input, error.code(), error.message)),
        }
    }

    /// The value of an expression; nothing when it is missing.
    pub fn value(&self, source: &str) -> Result<Option<Value>, CallError> {
        self.mapped(&Mapped::Expr(source.to_owned()))
    }

    /// The text a template gives; nothing when its one value is missing or null.
    pub fn text(&self, source: &str) -> Result<Option<String>, CallError> {
        let value = self.mapped(&parse_text(source).map_err(broken)?)?;
        Ok(value.and_then(|value| scalar(&value)))
    }

    /// Whether a condition holds. What is missing or does not fit makes it false: answers come in many shapes.
    pub fn holds(&self, source: &str) -> bool {
        expr::test(&Condition::Expr(source.to_owned()), &self.data, &Limits::default()).unwrap_or(false)
    }

    /// The pieces of a text, in order.
    pub(super) fn pieces(&self, source: &str) -> Result<Vec<Piece>, CallError> {
        let parts = match parse_text(source).map_err(broken)? {
            // `=` and one expression.
            Mapped::Expr(_) if source.starts_with('=') => vec![Part::Expr(source[1..].trim().to_owned())],
            _ => parse_parts(source).map_err(broken)?,
        };
        let piece = |part| match part {
            Part::Text(text) => Ok(Piece::Plain(text)),
            Part::Expr(source) => match source.strip_prefix("connection.") {
                Some(key) if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                    Ok(Piece::Connection(key.to_owned()))
                }
                _ => {
                    let value = self.value(source.trim_start_matches('+'))?;
                    Ok(Piece::Value { text: value.and_then(|value| scalar(&value)), source })
                }
            },
            Part::Pill(_) => Err(broken("a pill cannot stand in a manifest".to_owned())),
        };
        parts.into_iter().map(piece).collect()
    }
}

/// The lint refuses such manifests; one from elsewhere may not have been looked at.
fn broken(why: String) -> CallError {
    CallError::new(ErrorClass::System, "connect.manifest", format!("The connector's description cannot be carried out: {why}"))
}

//! What rules see, and their evaluation, in the language of manifests.

use std::sync::Arc;

use expr::{Condition, Data, Limits, Mapped, Outcome, evaluate};
use manifest::{Compiled, Template, parse_text};
use serde_json::{Map, Value};

use crate::json::scalar;

/// Names with values. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Env {
    data: Data,
}

impl Env {
    pub fn with(&self, name: &str, value: Value) -> Self {
        Self { data: self.data.with_local(name, Arc::new(value)) }
    }

    /// Nothing when it is missing, or cannot be made of what there is.
    pub fn value(&self, source: &str) -> Option<Value> {
        self.mapped(&Mapped::Expr(source.to_owned()))
    }

    pub fn holds(&self, source: &str) -> bool {
        expr::test(&Condition::Expr(source.to_owned()), &self.data, &Limits::default()).unwrap_or(false)
    }

    pub fn text(&self, source: &str) -> Option<String> {
        self.mapped(&parse_text(source).ok()?).as_ref().and_then(scalar)
    }

    pub fn template(&self, template: &Template) -> Option<Value> {
        self.compiled(&template.compile().ok()?)
    }

    fn compiled(&self, compiled: &Compiled) -> Option<Value> {
        match compiled {
            Compiled::Leaf(mapped) => self.mapped(mapped),
            Compiled::List(items) => Some(items.iter().filter_map(|item| self.compiled(item)).collect()),
            Compiled::Object { spread, entries } => {
                let mut object = match spread.as_ref().and_then(|spread| self.mapped(spread)) {
                    Some(Value::Object(object)) => object,
                    _ => Map::new(),
                };
                for (key, value) in entries {
                    if let Some(value) = self.compiled(value) {
                        object.insert(key.clone(), value);
                    }
                }
                Some(Value::Object(object))
            }
        }
    }

    fn mapped(&self, mapped: &Mapped) -> Option<Value> {
        match evaluate(mapped, &self.data, &Limits::default()).ok()?.outcome {
            Outcome::Value(value) => Some(value),
            Outcome::Missing => None,
        }
    }
}

use serde_json::Value;

use super::argument::{Argument, Arguments};
use super::run::Run;
use crate::error::EvalError;
use crate::number::Num;
use crate::path::kind;

/// What an operation takes or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Any,
    /// Numbers, true and false are taken by their spelling.
    Text,
    /// Text that spells a number is taken as that number.
    Number,
    Boolean,
    /// Text: `2026-01-31`, or `2026-01-31T09:00:00+01:00` with its offset from UTC.
    Date,
    List,
    Object,
}

impl Kind {
    pub(super) fn takes(self, value: &Value) -> bool {
        match self {
            Kind::Any => true,
            Kind::Text => matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)),
            Kind::Number => Num::of_value(value).is_some(),
            Kind::Boolean => value.is_boolean(),
            Kind::Date => value.is_string(),
            Kind::List => value.is_array(),
            Kind::Object => value.is_object(),
        }
    }

    /// In a person's words: "needs ...".
    pub fn words(self) -> &'static str {
        match self {
            Kind::Any => "a value",
            Kind::Text => "text",
            Kind::Number => "a number",
            Kind::Boolean => "true or false",
            Kind::Date => "a date",
            Kind::List => "a list",
            Kind::Object => "an object",
        }
    }
}

/// Operations that stand together in a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    Text,
    Number,
    Date,
    List,
    Object,
    /// CSV, JSON, XML.
    Document,
}

impl Group {
    pub fn label(self) -> &'static str {
        match self {
            Group::Text => "Text",
            Group::Number => "Numbers",
            Group::Date => "Dates",
            Group::List => "Lists",
            Group::Object => "Objects",
            Group::Document => "CSV, JSON, XML",
        }
    }
}

/// One operation: what a menu and a form need to know, and how it is done.
#[derive(Debug)]
pub struct Operation {
    /// Stands in definitions; never changes.
    pub name: &'static str,
    pub label: &'static str,
    pub group: Group,
    pub takes: Kind,
    pub gives: Kind,
    pub arguments: &'static [Argument],
    /// Whether null is handed to it; all others leave null as it is.
    pub(super) takes_null: bool,
    pub(super) work: Work,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// The formatter of this name, with the arguments in its order.
    Formatter(&'static str),
    Own(fn(Value, &Arguments<'_>, &mut Run<'_>) -> Result<Option<Value>, EvalError>),
}

impl Operation {
    pub(super) const fn new(name: &'static str, label: &'static str, group: Group, takes: Kind, gives: Kind, work: Work) -> Self {
        Operation { name, label, group, takes, gives, arguments: &[], takes_null: false, work }
    }

    pub(super) const fn with(mut self, arguments: &'static [Argument]) -> Self {
        self.arguments = arguments;
        self
    }

    pub(super) const fn takes_null(mut self) -> Self {
        self.takes_null = true;
        self
    }

    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    pub(super) fn refuse(&self, value: &Value) -> EvalError {
        EvalError::type_(format!("\"{}\" needs {}, but this is {}.", self.label, self.takes.words(), kind(value)))
    }
}

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::table::Operation;
use crate::compare::scalar_text;
use crate::error::EvalError;
use crate::number::Num;
use crate::path::kind;
use crate::suggest::suggest;

/// One argument of an operation, as a form shows it.
#[derive(Debug)]
pub struct Argument {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: ArgumentKind,
    pub required: bool,
    /// What counts where it is left out.
    pub preset: Option<Preset>,
    /// Those of [`ArgumentKind::Choice`]; of other kinds only proposals.
    pub choices: &'static [Choice],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    Text,
    Number,
    /// A whole number within these bounds.
    Whole {
        least: i64,
        most: i64,
    },
    Flag,
    /// One of the choices.
    Choice,
    /// The name of a field of each item, `address.city` for one within another.
    Field,
    /// Names of fields: a list of texts, or one text with commas.
    Fields,
    /// A regular expression.
    Pattern,
    /// A time zone such as `Europe/Berlin`; left out: the workflow's.
    Zone,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    Text(&'static str),
    Whole(i64),
    Flag(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
}

impl Preset {
    pub fn value(self) -> Value {
        match self {
            Preset::Text(text) => text.into(),
            Preset::Whole(whole) => whole.into(),
            Preset::Flag(flag) => flag.into(),
        }
    }
}

impl Argument {
    pub(super) const fn new(name: &'static str, label: &'static str, kind: ArgumentKind) -> Self {
        Argument { name, label, kind, required: false, preset: None, choices: &[] }
    }

    pub(super) const fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, ArgumentKind::Text)
    }

    pub(super) const fn field(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, ArgumentKind::Field)
    }

    pub(super) const fn choice(name: &'static str, label: &'static str, choices: &'static [Choice]) -> Self {
        Self::new(name, label, ArgumentKind::Choice).proposing(choices)
    }

    pub(super) const fn whole(name: &'static str, label: &'static str, least: i64, most: i64) -> Self {
        Self::new(name, label, ArgumentKind::Whole { least, most })
    }

    pub(super) const fn flag(name: &'static str, label: &'static str, preset: bool) -> Self {
        Self::new(name, label, ArgumentKind::Flag).preset(Preset::Flag(preset))
    }

    pub(super) const fn zone() -> Self {
        Self::new("zone", "Time zone", ArgumentKind::Zone)
    }

    pub(super) const fn proposing(mut self, choices: &'static [Choice]) -> Self {
        self.choices = choices;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn preset(mut self, preset: Preset) -> Self {
        self.preset = Some(preset);
        self
    }

    /// Whether the value fits this argument.
    pub fn check(&self, value: &Value) -> Result<(), EvalError> {
        match self.kind {
            ArgumentKind::Any => Ok(()),
            ArgumentKind::Text => self.spelled(value).map(drop),
            ArgumentKind::Field | ArgumentKind::Pattern | ArgumentKind::Zone => match self.spelled(value)? {
                text if text.is_empty() => Err(self.wrong("is empty.")),
                _ => Ok(()),
            },
            ArgumentKind::Number => match Num::of_value(value) {
                Some(_) => Ok(()),
                None => Err(self.wrong(format!("needs a number, but this is {}.", kind(value)))),
            },
            ArgumentKind::Whole { least, most } => match Num::of_value(value) {
                Some(Num::Int(int)) if (i128::from(least)..=i128::from(most)).contains(&int) => Ok(()),
                _ => Err(self.wrong(format!("needs a whole number from {least} to {most}."))),
            },
            ArgumentKind::Flag => match flag(value) {
                Some(_) => Ok(()),
                None => Err(self.wrong(format!("needs true or false, but this is {}.", kind(value)))),
            },
            ArgumentKind::Fields => fields(value).map(drop).ok_or_else(|| self.wrong("needs names of fields.")),
            ArgumentKind::Choice => {
                let text = self.spelled(value)?;
                if self.choices.iter().any(|choice| choice.value == text) {
                    return Ok(());
                }
                let suggestion = suggest(&text, self.choices.iter().map(|choice| choice.value));
                let known: Vec<_> = self.choices.iter().map(|choice| choice.value).collect();
                Err(EvalError { suggestion, ..self.wrong(format!("is one of {}.", known.join(", "))) })
            }
        }
    }

    fn spelled<'v>(&self, value: &'v Value) -> Result<Cow<'v, str>, EvalError> {
        scalar_text(value).ok_or_else(|| self.wrong(format!("needs text, but this is {}.", kind(value))))
    }

    pub(super) fn wrong(&self, why: impl std::fmt::Display) -> EvalError {
        wrong(self.name, format!("\"{}\" {why}", self.label))
    }
}

/// An error of an argument; its path is the argument's name.
pub(super) fn wrong(argument: &str, message: impl Into<String>) -> EvalError {
    EvalError { path: Some(argument.to_owned()), ..EvalError::type_(message) }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

fn fields(value: &Value) -> Option<Vec<String>> {
    let names: Vec<String> = match value {
        Value::String(text) => text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>()?,
        _ => return None,
    };
    (!names.is_empty()).then_some(names)
}

impl Operation {
    /// What is wrong with the names of the arguments given; where their values are known, see [`Argument::check`].
    pub fn check_names<'n>(&self, given: impl Iterator<Item = &'n str> + Clone) -> Result<(), EvalError> {
        for name in given.clone() {
            if self.argument(name).is_none() {
                let suggestion = suggest(name, self.arguments.iter().map(|argument| argument.name));
                let hint = suggestion.as_ref().map_or_else(|| ".".to_owned(), |near| format!("; did you mean `{near}`?"));
                let message = format!("\"{}\" has no argument `{name}`{hint}", self.label);
                return Err(EvalError { suggestion, path: Some(name.to_owned()), ..EvalError::syntax(message) });
            }
        }
        match self.arguments.iter().find(|argument| argument.required && !given.clone().any(|name| name == argument.name)) {
            Some(absent) => Err(EvalError { kind: crate::ErrorKind::Missing, ..absent.wrong("needs a value.") }),
            None => Ok(()),
        }
    }
}

/// The arguments given to an operation, checked.
pub(super) struct Arguments<'a> {
    operation: &'static Operation,
    given: &'a Map<String, Value>,
}

impl<'a> Arguments<'a> {
    /// A null counts as left out, except where any value is taken.
    pub(super) fn check(operation: &'static Operation, given: &'a Map<String, Value>) -> Result<Self, EvalError> {
        let left_out = |name: &str, value: &Value| {
            value.is_null() && operation.argument(name).is_some_and(|argument| argument.kind != ArgumentKind::Any)
        };
        operation.check_names(given.iter().filter(|(name, value)| !left_out(name, value)).map(|(name, _)| name.as_str()))?;
        for (name, value) in given {
            if let Some(argument) = operation.argument(name)
                && !left_out(name, value)
            {
                argument.check(value)?;
            }
        }
        Ok(Arguments { operation, given })
    }

    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, Value>> {
        let argument = self.operation.argument(name)?;
        let given = self.given.get(name).filter(|value| !value.is_null() || argument.kind == ArgumentKind::Any);
        given.map(Cow::Borrowed).or_else(|| argument.preset.map(|preset| Cow::Owned(preset.value())))
    }

    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        match self.get(name)? {
            Cow::Borrowed(value) => scalar_text(value),
            Cow::Owned(value) => scalar_text(&value).map(|text| Cow::Owned(text.into_owned())),
        }
    }

    /// The text, or none at all.
    pub(super) fn text_or_empty(&self, name: &str) -> Cow<'a, str> {
        self.text(name).unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str) -> Option<Num> {
        self.get(name).and_then(|value| Num::of_value(&value))
    }

    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        match self.number(name)? {
            Num::Int(int) => i64::try_from(int).ok(),
            Num::Float(_) => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(|value| flag(&value)).unwrap_or_default()
    }

    pub(super) fn fields(&self, name: &str) -> Option<Vec<String>> {
        self.get(name).and_then(|value| fields(&value))
    }

    /// Those in front that have a value, in the order of the table.
    pub(super) fn positional(&self) -> Vec<Value> {
        let values = self.operation.arguments.iter().map_while(|argument| self.get(argument.name));
        values.map(Cow::into_owned).collect()
    }
}

//! Formatters: one table, used by pills and as filters (`| upper`) of raw expressions.

mod dates;
mod lists;
mod numbers;
mod texts;

use std::borrow::Cow;

use serde_json::Value;

use crate::error::EvalError;
use crate::limits::Meter;
use crate::path::kind;
use crate::suggest::suggest;

pub(crate) use texts::{is_empty, render, title_case};

/// What a menu needs to know about a formatter.
#[derive(Debug, Clone, Copy)]
pub struct FormatterInfo {
    pub name: &'static str,
    pub label: &'static str,
    /// The names of its arguments, in order.
    pub args: &'static [&'static str],
    /// How many of the arguments must be given.
    pub required: usize,
    /// Whether null is handed to it; all others leave null as it is.
    takes_null: bool,
    apply: Apply,
}

/// None means that the result is missing.
type Applied<'a> = Result<Option<Cow<'a, Value>>, EvalError>;
type Apply = for<'a> fn(Cow<'a, Value>, &[Value], &mut Meter) -> Applied<'a>;

const fn formatter(name: &'static str, label: &'static str, apply: Apply) -> FormatterInfo {
    FormatterInfo { name, label, args: &[], required: 0, takes_null: false, apply }
}

impl FormatterInfo {
    const fn args(mut self, args: &'static [&'static str], required: usize) -> Self {
        self.args = args;
        self.required = required;
        self
    }

    const fn takes_null(mut self) -> Self {
        self.takes_null = true;
        self
    }
}

/// The name of the one formatter that also sees missing values.
pub(crate) const DEFAULT: &str = "default";

/// The name of the one that stops at missing values.
pub(crate) const REQUIRED: &str = "required";

/// Every formatter, in the order a menu shows them.
pub const FORMATTERS: &[FormatterInfo] = &[
    formatter(DEFAULT, "Default when empty", texts::default).args(&["value"], 1).takes_null(),
    formatter(REQUIRED, "Stop when empty", texts::required).takes_null(),
    formatter("upper", "UPPER CASE", texts::upper),
    formatter("lower", "lower case", texts::lower),
    formatter("title", "Title Case", texts::title),
    formatter("trim", "Without spaces around", texts::trim),
    formatter("replace", "Replace text", texts::replace).args(&["find", "with"], 2),
    formatter("split", "Split into a list", texts::split).args(&["separator"], 0),
    formatter("text", "As text", texts::text).takes_null(),
    formatter("json", "As JSON text", texts::json).takes_null(),
    formatter("number", "As a number", numbers::number).args(&["decimal mark"], 0),
    formatter("round", "Rounded", numbers::round).args(&["decimals"], 0),
    formatter("abs", "Without sign", numbers::abs),
    formatter("date", "As a date", dates::date).args(&["written like", "offset"], 1),
    formatter("boolean", "As true or false", numbers::boolean),
    formatter("first", "First item", lists::first),
    formatter("last", "Last item", lists::last),
    formatter("join", "Joined by", lists::join).args(&["separator"], 0),
    formatter("length", "Count", lists::length),
    formatter("pluck", "One field of each item", lists::pluck).args(&["field"], 1),
    formatter("reverse", "Reversed", lists::reverse),
    formatter("sort", "Sorted", lists::sort),
    formatter("unique", "Without repeats", lists::unique),
    formatter("sum", "Sum", lists::sum),
    formatter("min", "Smallest", lists::min),
    formatter("max", "Largest", lists::max),
    formatter("keys", "Names of the fields", lists::keys),
    formatter("values", "Values of the fields", lists::values),
];

pub(crate) fn find(name: &str) -> Option<&'static FormatterInfo> {
    FORMATTERS.iter().find(|formatter| formatter.name == name)
}

/// Whether there is such a formatter and it takes `count` arguments.
pub(crate) fn check(name: &str, count: usize) -> Result<&'static FormatterInfo, EvalError> {
    let Some(found) = find(name) else {
        let suggestion = suggest(name, FORMATTERS.iter().map(|formatter| formatter.name));
        let hint = suggestion.as_ref().map_or_else(|| ".".to_owned(), |near| format!("; did you mean `{near}`?"));
        return Err(EvalError { suggestion, ..EvalError::syntax(format!("There is no formatter `{name}`{hint}")) });
    };
    if count < found.required || count > found.args.len() {
        let wanted = if found.args.is_empty() { "no arguments".to_owned() } else { format!("({})", found.args.join(", ")) };
        return Err(EvalError::syntax(format!("The formatter `{name}` takes {wanted}, but {count} given.")));
    }
    Ok(found)
}

/// Applies a formatter to a value that is there.
pub(crate) fn apply<'a>(name: &str, value: Cow<'a, Value>, args: &[Value], meter: &mut Meter) -> Applied<'a> {
    let formatter = check(name, args.len())?;
    meter.spend(1)?;
    if value.is_null() && !formatter.takes_null {
        return Ok(Some(value));
    }
    (formatter.apply)(value, args, meter)
}

fn wrong(name: &str, wanted: &str, value: &Value) -> EvalError {
    EvalError::type_(format!("`{name}` needs {wanted}, but this is {}.", kind(value)))
}

fn owned<'a>(value: impl Into<Value>) -> Applied<'a> {
    Ok(Some(Cow::Owned(value.into())))
}

//! The tests of raw expressions: `event.body.email is defined`.

use serde_json::Value;

use crate::error::EvalError;
use crate::format::is_empty;
use crate::number::Num;
use crate::suggest::suggest;

/// Names, and how many arguments each takes.
const TESTS: [(&str, usize); 17] = [
    ("defined", 0),
    ("undefined", 0),
    ("missing", 0),
    ("none", 0),
    ("null", 0),
    ("empty", 0),
    ("text", 0),
    ("string", 0),
    ("number", 0),
    ("boolean", 0),
    ("list", 0),
    ("object", 0),
    ("odd", 0),
    ("even", 0),
    ("startingwith", 1),
    ("endingwith", 1),
    ("containing", 1),
];

pub(crate) fn check(name: &str, count: usize) -> Result<(), EvalError> {
    match TESTS.iter().find(|(known, _)| *known == name) {
        Some((_, wanted)) if *wanted == count => Ok(()),
        Some((_, wanted)) => Err(EvalError::syntax(format!("The test `{name}` takes {wanted} arguments, but {count} given."))),
        None => {
            let suggestion = suggest(name, TESTS.iter().map(|(known, _)| *known));
            let hint = suggestion.as_ref().map_or_else(|| ".".to_owned(), |near| format!("; did you mean `{near}`?"));
            Err(EvalError { suggestion, ..EvalError::syntax(format!("There is no test `is {name}`{hint}")) })
        }
    }
}

/// Tests that look at one value that may be missing.
pub(crate) fn holds(name: &str, value: Option<&Value>) -> bool {
    let Some(value) = value else { return matches!(name, "undefined" | "missing") };
    let even = |value: &Value| match Num::of_value(value) {
        Some(Num::Int(int)) => Some(int % 2 == 0),
        _ => None,
    };
    match name {
        "defined" => true,
        "none" | "null" => value.is_null(),
        "empty" => !value.is_null() && is_empty(value),
        "text" | "string" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "list" => value.is_array(),
        "object" => value.is_object(),
        "even" => even(value) == Some(true),
        "odd" => even(value) == Some(false),
        _ => false,
    }
}

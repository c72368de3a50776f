//! Which items of a list stay.

use serde_json::Value;

use super::argument::{Argument, ArgumentKind, Arguments, Choice, Preset, wrong};
use super::field::key;
use super::list::items;
use super::run::Run;
use crate::compare::{contains, equal, order};
use crate::error::EvalError;
use crate::format::is_empty;

const TESTS: &[Choice] = &[
    Choice { value: "has_value", label: "Has a value" },
    Choice { value: "is_empty", label: "Is empty or missing" },
    Choice { value: "equals", label: "Equals" },
    Choice { value: "not_equals", label: "Does not equal" },
    Choice { value: "contains", label: "Contains" },
    Choice { value: "not_contains", label: "Does not contain" },
    Choice { value: "greater_than", label: "Is greater than" },
    Choice { value: "at_least", label: "Is at least" },
    Choice { value: "less_than", label: "Is less than" },
    Choice { value: "at_most", label: "Is at most" },
];

pub(super) const ARGUMENTS: &[Argument] = &[
    Argument::field("by", "Whose field"),
    Argument::choice("test", "Test", TESTS).preset(Preset::Text("has_value")),
    Argument::new("value", "Value", ArgumentKind::Any),
];

/// The tests are those of conditions. An item without the field passes only those that ask for nothing.
pub(super) fn filter(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let test = arguments.text_or_empty("test");
    let wanted = arguments.get("value");
    if wanted.is_none() && !matches!(&*test, "has_value" | "is_empty") {
        return Err(wrong("value", "\"Value\" needs a value to compare with."));
    }
    let wanted = wanted.unwrap_or_default();
    let mut kept = Vec::new();
    for item in items(value) {
        let stays = match (&*test, key(&item, arguments)) {
            ("has_value", found) => found.is_some_and(|found| !is_empty(found)),
            ("is_empty", found) => found.is_none_or(is_empty),
            ("not_equals", Some(found)) => !equal(found, &wanted, &mut run.meter)?,
            ("not_contains", Some(found)) => !contains(found, &wanted, &mut run.meter)?,
            ("not_equals" | "not_contains", None) => true,
            (_, None) => false,
            ("equals", Some(found)) => equal(found, &wanted, &mut run.meter)?,
            ("contains", Some(found)) => contains(found, &wanted, &mut run.meter)?,
            (test, Some(found)) => {
                run.meter.spend(1)?;
                order(found, &wanted).is_some_and(|ordering| match test {
                    "greater_than" => ordering.is_gt(),
                    "at_least" => ordering.is_ge(),
                    "less_than" => ordering.is_lt(),
                    _ => ordering.is_le(),
                })
            }
        };
        if stays {
            kept.push(item);
        }
    }
    Ok(Some(kept.into()))
}

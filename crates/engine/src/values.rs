//! Evaluating a step's fields, and what a failed evaluation means for the step.

use expr::{Condition, EvalError, Evaluated, Limits, Mapped, Note, Outcome};
use model::{
    ids::StepPath,
    run::{ErrorClass, StepError},
};
use serde_json::Value;

use crate::walk::Walk;

/// Levels of lists and objects within each other. Journals put a value deeper still, and readers of JSON give up at 128 levels.
pub(crate) const MOST_LEVELS: usize = 110;

/// A field's value, if it has one, and what is to be noted about it.
pub(crate) struct Field {
    pub value: Option<Value>,
    pub notes: Vec<Note>,
}

impl Walk<'_> {
    /// Evaluates one field. `place` names it within the step (`input.url`).
    pub(crate) fn field(&self, mapped: &Mapped, place: &str) -> Result<Field, Box<StepError>> {
        if let Mapped::Literal(value) = mapped {
            return Ok(Field { value: Some(value.clone()), notes: Vec::new() });
        }
        let Evaluated { outcome, notes, .. } =
            expr::evaluate(mapped, &self.scope.data, &Limits::default()).map_err(|error| input_error(&error, place))?;
        let notes = notes.into_iter().map(|note| Note { at: join(place, &note.at), ..note }).collect();
        let value = match outcome {
            Outcome::Value(value) if !fits(&value, MOST_LEVELS) => {
                let message = format!("This nests lists and objects more than {MOST_LEVELS} levels deep.");
                return Err(Box::new(bad_input(place, "input.too_deep", message)));
            }
            Outcome::Value(value) => Some(value),
            Outcome::Missing => None,
        };
        Ok(Field { value, notes })
    }

    pub(crate) fn holds(&self, condition: &Condition, place: &str) -> Result<bool, Box<StepError>> {
        expr::test(condition, &self.scope.data, &Limits::default()).map_err(|error| input_error(&error, place))
    }
}

/// What a step gives, if it can be kept.
pub(crate) fn bounded(output: Value, path: &StepPath) -> Result<Value, Box<StepError>> {
    if fits(&output, MOST_LEVELS) {
        return Ok(output);
    }
    let message = format!("`{}` gave lists and objects within each other more than {MOST_LEVELS} levels deep.", path.step());
    Err(Box::new(StepError::new(ErrorClass::Permanent, "output.too_deep", message)))
}

/// Whether a value nests no deeper. Never looks further, so its own recursion is bounded.
pub(crate) fn fits(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| fits(item, levels - 1)),
        Value::Object(entries) => levels > 0 && entries.values().all(|item| fits(item, levels - 1)),
        _ => true,
    }
}

fn join(place: &str, at: &str) -> String {
    if at.is_empty() { place.to_owned() } else { format!("{place}.{at}") }
}

fn input_error(error: &EvalError, place: &str) -> Box<StepError> {
    Box::new(StepError {
        field: Some(place.to_owned()),
        suggestion: error.suggestion.clone(),
        ..StepError::new(ErrorClass::Input, error.code(), error.message.clone())
    })
}

/// A required field has no value: says which path of the data was missing, where one was.
pub(crate) fn required(place: &str, name: &str, notes: &[Note]) -> StepError {
    let (code, message, suggestion) = match notes.first() {
        Some(note) => ("expr.missing", format!("`{name}` needs a value. {}", note.message), note.suggestion.clone()),
        None => ("input.required", format!("`{name}` needs a value, but it is empty."), None),
    };
    StepError { field: Some(place.to_owned()), suggestion, ..StepError::new(ErrorClass::Input, code, message) }
}

pub(crate) fn bad_input(place: &str, code: &str, message: impl Into<String>) -> StepError {
    StepError { field: Some(place.to_owned()), ..StepError::new(ErrorClass::Input, code, message) }
}

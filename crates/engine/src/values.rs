//! Evaluating a step's fields, and what a failed evaluation means for the step.

use expr::{Condition, EvalError, Evaluated, Limits, Mapped, Note, Outcome};
use model::run::{ErrorClass, StepError};
use serde_json::Value;

use crate::walk::Walk;

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
            Outcome::Value(value) => Some(value),
            Outcome::Missing => None,
        };
        Ok(Field { value, notes })
    }

    pub(crate) fn holds(&self, condition: &Condition, place: &str) -> Result<bool, Box<StepError>> {
        expr::test(condition, &self.scope.data, &Limits::default()).map_err(|error| input_error(&error, place))
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

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::argument::Arguments;
use super::find;
use super::table::Work;
use crate::error::EvalError;
use crate::evaluate::Outcome;
use crate::format;
use crate::limits::{Limits, Meter};

/// What operations need to know besides their input.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// The workflow's time zone, for operations on dates that are given none.
    pub zone: &'a str,
    /// Of each operation for itself.
    pub limits: Limits,
}

pub(super) struct Run<'a> {
    pub meter: Meter,
    #[cfg_attr(not(feature = "dates"), expect(dead_code, reason = "only dates have a zone"))]
    pub zone: &'a str,
}

/// Carries out one operation.
///
/// Something missing stays so, except for the operation `default`; null stays null, except for those that take it. An error's path is
/// the name of the argument that is to blame, if one is.
pub fn operate(
    name: &str,
    input: Outcome,
    arguments: &Map<String, Value>,
    settings: &Settings<'_>,
) -> Result<Outcome, EvalError> {
    let operation = find(name)?;
    let arguments = Arguments::check(operation, arguments)?;
    let value = match input {
        Outcome::Value(value) => value,
        Outcome::Missing if name == format::DEFAULT => Value::Null,
        Outcome::Missing => return Ok(Outcome::Missing),
    };
    if value.is_null() && !operation.takes_null {
        return Ok(Outcome::Value(value));
    }
    if !value.is_null() && !operation.takes.takes(&value) {
        return Err(operation.refuse(&value));
    }
    let mut run = Run { meter: Meter::new(&settings.limits), zone: settings.zone };
    // Bounds the depth of what follows, too.
    run.meter.charge(&value)?;
    let result = match operation.work {
        Work::Own(work) => work(value, &arguments, &mut run)?,
        Work::Formatter(name) => {
            format::apply(name, Cow::Owned(value), &arguments.positional(), &mut run.meter)?.map(Cow::into_owned)
        }
    };
    Ok(result.map_or(Outcome::Missing, Outcome::Value))
}

/// An operation whose part of this crate is left out of this build.
#[cfg(not(all(feature = "dates", feature = "documents", feature = "patterns")))]
pub(super) fn left_out(_: Value, _: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    Err(EvalError::limit("This operation has no preview here: test the step to see what it gives."))
}

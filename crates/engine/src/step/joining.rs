use expr::{ErrorKind, Note};
use model::{
    ids::ArmId,
    run::{Datum, StepError},
    step::Arm,
};
use serde_json::{Map, Value};

use super::At;
use crate::walk::{Flow, Walk};

/// Ends a step with the named results of the chosen arms: of one as they are, of several by arm id.
pub(super) fn join(walk: &mut Walk<'_>, at: At<'_, '_>, arms: &[Arm], by_arm: bool, chosen: &[ArmId]) -> Flow {
    let mut results = Map::new();
    let mut notes = Vec::new();
    for (index, arm) in arms.iter().enumerate().filter(|(_, arm)| chosen.contains(&arm.id)) {
        let mut named = Map::new();
        for (name, mapped) in &arm.output {
            match walk.field(mapped, &format!("arms.{index}.output.{name}")) {
                Ok(field) => {
                    notes.extend(field.notes);
                    if let Some(value) = field.value {
                        named.insert(name.clone(), value);
                    }
                }
                // A filter ended the arm before the step whose output it names.
                Err(error) if error.code == ErrorKind::NotRun.code() => notes.push(left_out(*error)),
                Err(error) => return walk.fail(at.id, at.path, at.step, error),
            }
        }
        if by_arm {
            results.insert(arm.id.0.clone(), Value::Object(named));
        } else {
            results.extend(named);
        }
    }
    walk.finish(at.id, at.path, Datum::new(Value::Object(results)), notes, None);
    Flow::Next
}

fn left_out(error: StepError) -> Note {
    Note { at: error.field.unwrap_or_default(), path: String::new(), message: error.message, suggestion: error.suggestion }
}

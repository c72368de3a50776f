use model::{
    run::{ErrorClass, StepError},
    step::Store,
};

use super::At;
use crate::{
    KvChange, StoreWork,
    walk::{Flow, Walk},
};
use serde_json::Value;

/// Not carried out by this release: the step fails.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, _: &'a Store) -> Flow {
    let error = StepError::new(ErrorClass::System, "step.unsupported", "This Patchbay cannot carry out such a step yet.");
    walk.fail(at.id, at.path, at.step, error)
}

/// What a store step does to the entry of its key, and what it gives. `present`: the value that stands there.
pub fn store_step(_: &StoreWork, _: Option<&Value>) -> Result<(Option<KvChange>, Value), StepError> {
    Err(StepError::new(ErrorClass::System, "step.unsupported", "This Patchbay cannot carry out such a step yet."))
}

use model::{
    run::{ErrorClass, StepError},
    step::Transform,
};

use super::At;
use crate::walk::{Flow, Walk};

/// Not carried out by this release: the step fails.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, _: &'a Transform) -> Flow {
    let error = StepError::new(ErrorClass::System, "step.unsupported", "This Patchbay cannot carry out such a step yet.");
    walk.fail(at.id, at.path, at.step, error)
}

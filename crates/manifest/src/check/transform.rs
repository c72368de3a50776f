use expr::operation;
use model::ids::StepId;
use model::step::{Transform, TransformOp};

use super::known::Known;
use super::report::{Report, step_field};

/// The engine carries out no more.
const MOST_OPERATIONS: usize = 50;

pub(super) fn check(id: &StepId, transform: &Transform, report: &mut Report) {
    if let Known::Missing = Known::of(Some(&transform.input)) {
        report.error(step_field(id, "input"), "required", "Choose the value to reshape");
    }
    if transform.operations.is_empty() {
        report.warning(step_field(id, "operations"), "no_operations", "This step changes nothing yet; add an operation");
    } else if transform.operations.len() > MOST_OPERATIONS {
        let message = format!("The step has more than {MOST_OPERATIONS} operations; divide them between two steps");
        report.error(step_field(id, "operations"), "too_many_operations", message);
        return;
    }
    for (index, op) in transform.operations.iter().enumerate() {
        check_operation(id, index, op, report);
    }
}

fn check_operation(id: &StepId, index: usize, op: &TransformOp, report: &mut Report) {
    let place = |argument: Option<&str>| {
        let argument = argument.map(|name| format!(".{name}")).unwrap_or_default();
        step_field(id, format!("operations.{index}{argument}"))
    };
    let known = match operation::find(&op.op) {
        Ok(known) => known,
        Err(error) => {
            report.error(place(None), "unknown_operation", sentence(&error.message)).suggestion = error.suggestion;
            return;
        }
    };
    // A null of an argument is one left out, as when it is carried out.
    let is_given = |name: &str| {
        let takes_all = known.argument(name).is_some_and(|argument| argument.kind == operation::ArgumentKind::Any);
        match Known::of(op.with.get(name)) {
            Known::Missing => false,
            Known::Value(value) => takes_all || !value.is_null(),
            Known::Dynamic => true,
        }
    };
    if let Err(error) =
        known.check_names(op.with.keys().map(String::as_str).filter(|name| known.argument(name).is_none() || is_given(name)))
    {
        report.error(place(error.path.as_deref()), "operation_argument", sentence(&error.message)).suggestion = error.suggestion;
    }
    for (name, value) in &op.with {
        let Some(argument) = known.argument(name).filter(|_| is_given(name)) else { continue };
        if let Known::Value(value) = Known::of(Some(value))
            && let Err(error) = argument.check(&value)
        {
            report.error(place(Some(name)), "operation_argument", sentence(&error.message)).suggestion = error.suggestion;
        }
    }
}

/// Messages of problems end without a full stop.
fn sentence(message: &str) -> &str {
    message.strip_suffix('.').unwrap_or(message)
}

use model::{
    run::{Datum, ErrorClass, Hold, RunEventKind, RunKind, StepError, StepStatus},
    step::SubWorkflow,
};
use serde_json::{Map, Value};

use super::At;
use crate::{
    ChildCall, LocalWork,
    walk::{Flow, Walk},
};

/// Output: `{run}`, and where it waits `{output}`.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, other: &'a SubWorkflow) -> Flow {
    match walk.status(at.path) {
        StepStatus::Pending => {
            if !walk.loaded(at.path, at.step) {
                return Flow::Blocked;
            }
            let depth = depth(&walk.state.kind) + 1;
            if depth >= SubWorkflow::MAX_DEPTH {
                let message = format!(
                    "Workflows start one another more than {} deep; the last one was not started.",
                    SubWorkflow::MAX_DEPTH
                );
                let error = StepError::new(ErrorClass::Permanent, "sub_workflow.too_deep", message);
                return walk.fail(at.id, at.path, at.step, error);
            }
            let mut input = Map::new();
            let mut notes = Vec::new();
            for (key, mapped) in &other.input {
                let field = match walk.field(mapped, &format!("input.{key}")) {
                    Ok(field) => field,
                    Err(error) => return walk.fail(at.id, at.path, at.step, error),
                };
                input.extend(field.value.map(|value| (key.clone(), value)));
                notes.extend(field.notes);
            }
            let input = Datum::new(Value::Object(input));
            walk.emit(RunEventKind::StepReady { path: at.path.clone(), input, notes });
            start(walk, at, other)
        }
        StepStatus::Ready => start(walk, at, other),
        // Until the other run has ended.
        StepStatus::Waiting => walk.wait(at.path, None, None),
        _ => walk.wait(at.path, None, Some(Hold::System)),
    }
}

fn start(walk: &mut Walk<'_>, at: At<'_, '_>, other: &SubWorkflow) -> Flow {
    let input = walk.step_state(at.path).and_then(|step| step.input.clone()).unwrap_or_else(|| Datum::new(Value::Null));
    let Some(input) = walk.value(at.path, &input) else { return Flow::Blocked };
    let depth = depth(&walk.state.kind) + 1;
    let call = ChildCall { workflow: other.workflow, input: input.as_ref().clone(), waits: other.wait, depth };
    walk.local(at.id, at.path, LocalWork::Child(call))
}

/// Runs above this one.
fn depth(kind: &RunKind) -> u32 {
    match kind {
        RunKind::Child { depth, .. } => *depth,
        RunKind::Live | RunKind::Test { .. } | RunKind::Replay { .. } | RunKind::Collected { .. } => 0,
    }
}

//! Work inside Patchbay: a script, a stored value, another run, a batch. No intent is journaled: it is asked for by every decision
//! until its outcome is applied, and whoever drives the run carries each path out once at a time.

use std::sync::Arc;

use model::{
    ids::{RunId, StepId, StepPath, WorkflowId},
    run::{Datum, ErrorClass, RunEventKind, RunState, RunStatus, StepError, StepStatus},
    step::{StepKind, StoreScope},
};
use serde_json::{Number, Value, json};

use crate::{Context, outcome::step_failed, values};

#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    pub path: StepPath,
    pub step: StepId,
    pub work: LocalWork,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LocalWork {
    /// JavaScript: the body of a function of `input` and `run`. Outcome: what it returns.
    Script { source: String, input: Arc<Value>, timeout_ms: u64 },
    /// Outcome: see [`store_step`](crate::store_step).
    Store(StoreCall),
    /// Recorded by [`child_started`], in the commit that writes the other run; where there is none to start, by [`local_ended`].
    Child(ChildCall),
    /// Outcome: `{batch, position}`.
    Collect(CollectCall),
}

/// A step's look at a stored value, or its change of one.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreCall {
    pub scope: StoreScope,
    /// Of a list: what the keys begin with.
    pub key: String,
    pub work: StoreWork,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StoreWork {
    Get,
    Set {
        value: Value,
    },
    Increment {
        by: Number,
    },
    AppendIfAbsent {
        value: Value,
    },
    /// At most so many entries.
    List {
        limit: u32,
    },
    Delete,
    /// `expected` absent: where there is no value.
    CompareAndSet {
        expected: Option<Value>,
        value: Value,
    },
}

/// What a store step does to the entry of its key.
#[derive(Debug, Clone, PartialEq)]
pub enum KvChange {
    Put(Value),
    Delete,
}

/// A run of another workflow that is to be started.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildCall {
    pub workflow: WorkflowId,
    /// By the field keys of its workflow trigger: an object.
    pub input: Value,
    /// The step goes on when the other run has ended.
    pub waits: bool,
    /// Runs above the new one.
    pub depth: u32,
}

/// An item that joins the open batch of its step and key.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectCall {
    pub step: StepId,
    pub item: Value,
    /// Empty: the only batch.
    pub key: String,
    /// See [`model::step::Collect`].
    pub count: Option<u32>,
    pub after_ms: Option<u64>,
    pub schedule: Option<String>,
    /// IANA name, of `schedule`.
    pub time_zone: String,
}

/// The facts that follow from the end of local work. None: the run has left the step meanwhile, and nothing the work was to change may
/// be changed.
pub fn local_ended(ctx: &Context<'_>, state: &RunState, path: &StepPath, outcome: Result<Value, StepError>) -> Vec<RunEventKind> {
    if !is_wanted(state, path) {
        return Vec::new();
    }
    vec![match outcome {
        Ok(output) => finished(ctx, path, output),
        Err(error) => step_failed(&ctx.policy(path), path, error),
    }]
}

/// Ends a step with what it gives, if that can be kept.
fn finished(ctx: &Context<'_>, path: &StepPath, output: Value) -> RunEventKind {
    match values::bounded(output, path) {
        Ok(output) => {
            RunEventKind::StepFinished { path: path.clone(), output: Datum::new(output), notes: Vec::new(), detail: None }
        }
        Err(error) => step_failed(&ctx.policy(path), path, *error),
    }
}

/// The facts of a run that was started. None: the run has left the step meanwhile, and no other may be started.
pub fn child_started(ctx: &Context<'_>, state: &RunState, path: &StepPath, run: RunId, waits: bool) -> Vec<RunEventKind> {
    let is_start = ctx.step_at(path).is_some_and(|step| matches!(step.kind, StepKind::SubWorkflow(_)));
    if !is_wanted(state, path) || !is_start {
        return Vec::new();
    }
    let mut events = vec![RunEventKind::ChildStarted { path: path.clone(), run, waits }];
    if !waits {
        let output = Datum::new(json!({ "run": run }));
        events.push(RunEventKind::StepFinished { path: path.clone(), output, notes: Vec::new(), detail: None });
    }
    events
}

/// Whether the step still waits for its local work.
fn is_wanted(state: &RunState, path: &StepPath) -> bool {
    !state.status.is_final()
        && state.ending.is_none()
        && state.steps.get(path).is_some_and(|step| step.status == StepStatus::Ready && step.attempts.is_empty())
}

/// What a step gives or fails with when the run it waits for has ended. `body`: see [`SignalKind::ChildEnded`].
///
/// [`SignalKind::ChildEnded`]: model::run::SignalKind::ChildEnded
pub(crate) fn child_ended(ctx: &Context<'_>, state: &RunState, path: &StepPath, body: &Value) -> Vec<RunEventKind> {
    let waiting = state.steps.get(path).filter(|step| step.status == StepStatus::Waiting && !state.status.is_final());
    let Some(run) = waiting.and_then(|step| step.child) else { return Vec::new() };
    // Of another run, which the step does not know.
    if serde_json::from_value::<RunId>(body["run"].clone()).is_ok_and(|of| of != run) {
        return Vec::new();
    }
    let status = serde_json::from_value::<RunStatus>(body["status"].clone()).ok().filter(|status| status.is_final());
    let error = match status {
        Some(RunStatus::Succeeded | RunStatus::Filtered) => None,
        Some(RunStatus::Cancelled) => {
            let message = "The run this step had started was cancelled.";
            Some(StepError::new(ErrorClass::Permanent, "sub_workflow.cancelled", message))
        }
        Some(_) => Some(failure(&body["error"])),
        None => {
            let message = "What the other run ended with cannot be read; look at that run.";
            Some(StepError::new(ErrorClass::System, "sub_workflow.unreadable", message))
        }
    };
    let status = status.unwrap_or(RunStatus::Failed);
    let then = match error {
        Some(error) => step_failed(&ctx.policy(path), path, error),
        None => finished(ctx, path, json!({ "run": run, "output": body["output"] })),
    };
    vec![RunEventKind::ChildFinished { path: path.clone(), run, status }, then]
}

/// The error of a run, as that of the step that started it.
fn failure(error: &Value) -> StepError {
    match serde_json::from_value::<model::run::RunError>(error.clone()) {
        Ok(error) => StepError::new(error.class, error.code, error.message),
        Err(_) => StepError::new(ErrorClass::Permanent, "sub_workflow.failed", "The run this step had started failed."),
    }
}

use model::{
    Timestamp,
    ids::{RunId, WorkflowId},
};
use serde_json::Value;

/// The header on a run's calls by which an event they lead to is recognised.
pub const HEADER: &str = "Patchbay-Trace";

/// Says where a run comes from, and notices workflows that keep starting themselves. The application connects it.
pub trait Traces: Send + Sync {
    /// The value of [`HEADER`] for the calls of a run of `workflow` that `event` led to; none: they carry none.
    fn next(&self, event: &Value, run: RunId, workflow: WorkflowId, now: Timestamp) -> Option<String>;

    /// Why a run of this event is not to begin by itself, in words.
    fn looped(&self, event: &Value, workflow: WorkflowId, now: Timestamp) -> Option<String>;
}

/// Calls carry no trace.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTraces;

impl Traces for NoTraces {
    fn next(&self, _: &Value, _: RunId, _: WorkflowId, _: Timestamp) -> Option<String> {
        None
    }

    fn looped(&self, _: &Value, _: WorkflowId, _: Timestamp) -> Option<String> {
        None
    }
}

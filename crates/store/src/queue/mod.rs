//! The queue: runs and other jobs, who holds them, and messages to runs.

mod answer;
mod batches;
mod cancel;
mod claim;
mod jobs;
mod lease;
mod signal;
mod system;

use std::sync::Arc;

use model::{
    Timestamp,
    ids::{JobId, SignalId, StepPath, WorkflowId, WorkspaceId},
    run::{RunEvent, SignalKind},
};
use serde_json::Value;

use crate::{Lease, Snapshot};

pub use answer::Answered;
pub(crate) use cancel::cancel_runs;
pub(crate) use jobs::put_job;
pub(crate) use signal::settle_in;

/// Parts of `job.blocked`: the run is behind another one of its lane; its workflow is paused.
pub(crate) const BEHIND: i64 = 1;
pub(crate) const PAUSED: i64 = 2;

/// The job kind of failed runs others want to hear of; its key is the run, its body `{run, workflow}`.
pub const FAILURE: &str = "failure";
/// The job kind of batches that close by time; its key is the batch. See [`crate::Store::close_batch`].
pub const COLLECT: &str = "collect";
/// The job kind of bulk actions; its key is the action's id. See [`crate::Store::bulk_next`].
pub const BULK: &str = "bulk";
/// The kind of job that deletes everything about a person.
pub const ERASURE: &str = "erasure";

/// A run claimed more often than this without a new journal row takes its worker down, or cannot be read: it is held.
pub const MOST_CLAIMS: u32 = 3;

/// A run that is the caller's until its lease ends.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub lease: Lease,
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub version: u32,
    /// Null where there is none.
    pub event: Arc<Value>,
    /// Of a long run: what stands for the journal up to its `seq`.
    pub snapshot: Option<Snapshot>,
    /// All of it, or what comes after the snapshot.
    pub journal: Vec<RunEvent>,
    pub signals: Vec<Signal>,
    /// See [`Inbox::newer`].
    pub newer: u32,
    /// Claims, this one included, since the last journal row.
    pub claims: u32,
}

/// What waits for a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inbox {
    /// Oldest first.
    pub signals: Vec<Signal>,
    /// Signals this release cannot read: they wait for a newer one, and must not wake the run for this one again and again.
    pub newer: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    pub id: SignalId,
    pub kind: SignalKind,
    pub path: Option<StepPath>,
    pub body: Value,
    pub by: Option<String>,
}

/// Work other than runs: schedules, retention. At most one per `(kind, key)`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub workspace: WorkspaceId,
    pub workflow: Option<WorkflowId>,
    pub kind: String,
    pub key: String,
    pub available_at: Timestamp,
    pub body: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    pub id: JobId,
    pub workspace: WorkspaceId,
    pub workflow: Option<WorkflowId>,
    pub kind: String,
    pub key: String,
    pub available_at: Timestamp,
    pub body: Value,
    pub epoch: i64,
    /// Claims so far, this one included.
    pub attempts: u32,
}

/// Tells that something may have become available; a hint, never the truth.
#[derive(Debug, Clone, Default)]
pub struct Work(Arc<tokio::sync::Notify>);

impl Work {
    /// Waits for the next hint; one given while nobody waited counts.
    pub async fn wait(&self) {
        self.0.notified().await;
    }

    /// Gives the hint.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

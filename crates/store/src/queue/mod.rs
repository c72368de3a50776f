//! The queue: runs and other jobs, who holds them, and messages to runs.

mod cancel;
mod claim;
mod jobs;
mod lease;
mod signal;

use std::sync::Arc;

use model::{
    Timestamp,
    ids::{JobId, SignalId, StepPath, WorkflowId, WorkspaceId},
    run::{RunEvent, SignalKind},
};
use serde_json::Value;

use crate::Lease;

pub(crate) use cancel::cancel_runs;
pub(crate) use jobs::put_job;

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
    pub journal: Vec<RunEvent>,
    pub signals: Vec<Signal>,
    /// Claims, this one included, since the last journal row.
    pub claims: u32,
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

    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

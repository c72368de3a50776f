use std::{collections::HashMap, sync::Arc};

use model::{
    Timestamp,
    ids::{JobId, RunId, SignalId, StepPath, WorkflowId, WorkspaceId},
    run::{RunEvent, SignalKind},
};
use serde_json::Value;

use crate::{Error, Lease, Scope, Store};

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

impl Store {
    /// Takes up to `max` runs, round the workflows. Each is the caller's for `lease_ms` from now.
    pub async fn claim_runs(&self, max: usize, lease_ms: i64) -> Result<Vec<Claimed>, Error> {
        todo!()
    }

    /// Takes jobs of these kinds.
    pub async fn claim_jobs(&self, kinds: &[&str], max: usize, lease_ms: i64) -> Result<Vec<ClaimedJob>, Error> {
        todo!()
    }

    /// Inserts a job or replaces the one of the same kind and key.
    pub async fn put_job(&self, job: NewJob) -> Result<JobId, Error> {
        todo!()
    }

    /// Ends a claimed job: deleted, or due again at `next_at`. `Error::Fenced` when somebody else claimed or replaced it.
    pub async fn finish_job(&self, id: JobId, epoch: i64, next_at: Option<Timestamp>, body: Option<Value>) -> Result<(), Error> {
        todo!()
    }

    /// Removes the job of this kind and key, if there is one.
    pub async fn delete_job(&self, kind: &str, key: &str) -> Result<(), Error> {
        todo!()
    }

    /// Extends leases to `lease_ms` from now. Gives back the runs that are lost.
    pub async fn renew(&self, leases: &[Lease], lease_ms: i64) -> Result<Vec<RunId>, Error> {
        todo!()
    }

    /// Hands runs back for others to take at once.
    pub async fn release(&self, leases: &[Lease]) -> Result<(), Error> {
        todo!()
    }

    /// The present epochs, to find runs lost to a cancel or another worker; ended and deleted ones are absent.
    pub async fn epochs(&self, runs: &[RunId]) -> Result<HashMap<RunId, i64>, Error> {
        todo!()
    }

    /// When the next job becomes available; absent: there is none.
    pub async fn next_available(&self) -> Result<Option<Timestamp>, Error> {
        todo!()
    }

    /// The hint that something became available in this process (PostgreSQL: in any).
    pub fn work(&self) -> Work {
        todo!()
    }

    /// Long values of a run's journal, by hash; also those of its event.
    pub async fn payloads(&self, run: RunId, hashes: &[String]) -> Result<HashMap<String, Arc<Value>>, Error> {
        todo!()
    }

    /// The signals that wait for a run, oldest first.
    pub async fn signals(&self, run: RunId) -> Result<Vec<Signal>, Error> {
        todo!()
    }

    /// Leaves a message for a run and wakes it. `Error::Ended` when there is no such live run.
    pub async fn signal(
        &self,
        run: RunId,
        kind: SignalKind,
        path: Option<StepPath>,
        body: Value,
        by: Option<String>,
    ) -> Result<SignalId, Error> {
        todo!()
    }

    /// Ends a run now: raises its epoch (whoever holds it loses it), writes the end, deletes the job.
    pub async fn cancel(&self, scope: &Scope, run: RunId) -> Result<(), Error> {
        todo!()
    }

    /// Wakes every run that waits for this connection.
    pub async fn connection_repaired(&self, connection: model::ids::ConnectionId) -> Result<u64, Error> {
        todo!()
    }
}

use std::{sync::Arc, time::Duration};

use model::{
    ids::{RunId, WorkflowId, WorkspaceId},
    run::{RunError, RunStatus},
};
use serde_json::Value;
use tokio::sync::broadcast;

use crate::{Error, Store};

/// A run was created or went on; sent after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunChange {
    pub run: RunId,
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub status: RunStatus,
    pub seq: i64,
}

/// What a sender that waits for a run gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Responded { status: u16, headers: Vec<(String, String)>, body: Arc<Value> },
    /// Ended without an answer of its own. `output`: of the step that finished last.
    Finished { status: RunStatus, output: Option<Arc<Value>>, error: Option<RunError> },
}

impl Store {
    /// Changes of runs from now on, this process's own; a slow reader is told how many it missed.
    pub fn watch(&self) -> broadcast::Receiver<RunChange> {
        todo!()
    }

    /// Waits until the run has answered or ended, durably; nothing when `timeout` passes first.
    pub async fn wait_for_response(&self, run: RunId, timeout: Duration) -> Result<Option<Reply>, Error> {
        todo!()
    }
}

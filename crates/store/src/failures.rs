//! Which live workflows want to hear of failed runs.

use std::sync::Arc;

use model::{
    definition::TriggerKind,
    ids::{TriggerId, WorkflowId, WorkspaceId},
};

use crate::{Error, Store, sql};

/// A failure trigger of a live version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureListener {
    pub workflow: WorkflowId,
    pub version: u32,
    pub trigger: TriggerId,
    /// Whose failures; empty: those of every other workflow.
    pub of: Vec<WorkflowId>,
}

impl FailureListener {
    /// A workflow never hears its own failures.
    pub fn hears(&self, failed: WorkflowId) -> bool {
        self.workflow != failed && (self.of.is_empty() || self.of.contains(&failed))
    }
}

impl Store {
    /// The failure triggers of a workspace's workflows that are on or paused; kept in memory until one changes.
    pub async fn failure_listeners(&self, workspace: WorkspaceId) -> Result<Arc<Vec<FailureListener>>, Error> {
        let cache = &self.shared.cache;
        if let Some(listeners) = cache.listeners(workspace) {
            return Ok(listeners);
        }
        let generation = cache.generation();
        let sql = "SELECT id, live_version FROM workflow
                   WHERE workspace_id = $1 AND listens = 1 AND state <> 'off' AND deleted_at IS NULL ORDER BY id";
        let mut listeners = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            let workflow = WorkflowId(sql::get(&row, 0)?);
            let version = sql::get::<Option<i64>>(&row, 1)?.and_then(|version| u32::try_from(version).ok());
            let Some(version) = version else { continue };
            for trigger in &self.definition(workflow, version).await?.triggers {
                if let TriggerKind::Failure(failure) = &trigger.kind {
                    let of = failure.workflows.clone();
                    listeners.push(FailureListener { workflow, version, trigger: trigger.id.clone(), of });
                }
            }
        }
        let listeners = Arc::new(listeners);
        cache.keep_listeners(generation, workspace, listeners.clone());
        Ok(listeners)
    }

    pub(crate) async fn failure_is_heard(&self, workspace: WorkspaceId, failed: WorkflowId) -> Result<bool, Error> {
        Ok(self.failure_listeners(workspace).await?.iter().any(|listener| listener.hears(failed)))
    }
}

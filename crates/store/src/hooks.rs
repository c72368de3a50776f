use std::sync::Arc;

use model::{
    WorkflowDefinition,
    api::WorkflowState,
    definition::Trigger,
    ids::{SecretId, TriggerId, WorkflowId, WorkspaceId},
};

use crate::{Error, Scope, Store};

/// What a webhook's key leads to.
#[derive(Debug, Clone)]
pub struct LiveHook {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub trigger: TriggerId,
    pub state: WorkflowState,
    /// The live version; absent: never published.
    pub version: Option<u32>,
    pub secret: Option<SecretId>,
    /// The live version's definition.
    pub live: Option<Arc<WorkflowDefinition>>,
    /// The draft's trigger, for captured test events.
    pub draft_trigger: Option<Trigger>,
}

impl LiveHook {
    /// The live version's trigger; absent: not published, or no longer part of it.
    pub fn live_trigger(&self) -> Option<&Trigger> {
        self.live.as_ref()?.trigger(&self.trigger)
    }
}

impl Store {
    /// Resolves a webhook key; kept in memory until the workflow changes.
    pub async fn live_hook(&self, key: &str) -> Result<Option<Arc<LiveHook>>, Error> {
        todo!()
    }

    /// The same for any trigger of a workflow (schedules, manual runs).
    pub async fn live_trigger(&self, workflow: WorkflowId, trigger: &TriggerId) -> Result<Option<Arc<LiveHook>>, Error> {
        todo!()
    }

    /// Sets or takes away the secret a webhook checks; gives back the one it replaces.
    pub async fn set_hook_secret(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
        secret: Option<SecretId>,
    ) -> Result<Option<SecretId>, Error> {
        todo!()
    }

    /// A published definition; kept in memory, since it never changes.
    pub async fn definition(&self, workflow: WorkflowId, version: u32) -> Result<Arc<WorkflowDefinition>, Error> {
        todo!()
    }
}

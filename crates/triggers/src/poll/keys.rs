//! What a trigger knows already, as its look asks for it.

use std::collections::HashMap;

use connect::{CallError, Known, Looked};
use model::{
    ids::{TriggerId, WorkflowId, WorkspaceId},
    run::ErrorClass,
};
use store::{LiveHook, Store};

use super::form::hash;

pub(super) struct Keys<'a> {
    store: &'a Store,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    trigger: &'a TriggerId,
    fingerprint: &'a str,
}

impl<'a> Keys<'a> {
    pub fn of(store: &'a Store, hook: &'a LiveHook, fingerprint: &'a str) -> Self {
        Keys { store, workspace: hook.workspace, workflow: hook.workflow, trigger: &hook.trigger, fingerprint }
    }
}

impl Known for Keys<'_> {
    fn known<'a>(&'a self, keys: &'a [String]) -> Looked<'a> {
        Box::pin(async move {
            let hashes: HashMap<[u8; 32], &String> = keys.iter().map(|key| (hash(self.fingerprint, key), key)).collect();
            let asked: Vec<[u8; 32]> = hashes.keys().copied().collect();
            let known = self.store.known_keys(self.workspace, self.workflow, self.trigger, &asked).await.map_err(|error| {
                tracing::warn!(workflow.id = %self.workflow, error = %error, "what a trigger knows cannot be read");
                CallError::new(ErrorClass::System, "store.unavailable", "What the trigger knows already cannot be read just now")
            })?;
            Ok(known.iter().filter_map(|hash| hashes.get(hash).map(|key| (*key).clone())).collect())
        })
    }
}

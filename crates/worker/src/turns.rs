//! Who changes a kept value now: runs of one process take turns instead of refusing each other's commits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::ids::{WorkflowId, WorkspaceId};
use tokio::sync::OwnedMutexGuard;

/// Workspace, workflow (none: shared by the workspace) and key.
pub(crate) type Key = (WorkspaceId, Option<WorkflowId>, String);

#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>);

/// Forgets turns nobody waits for once there are so many.
const MANY: usize = 1_000;

impl Turns {
    /// Waits for its turn; it ends when the guard is dropped.
    pub async fn take(&self, key: Key) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() >= MANY {
                turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            Arc::clone(turns.entry(key).or_default())
        };
        turn.lock_owned().await
    }
}

use model::{
    Timestamp, WorkflowDefinition,
    api::{Page, Published, Version, WorkflowState, WorkflowSummary, WorkflowsQuery},
    ids::{SecretId, TriggerId, WorkflowId},
};

use crate::{Error, Scope, Store};

#[derive(Debug, Clone)]
pub struct WorkflowRow {
    pub id: WorkflowId,
    pub name: String,
    pub state: WorkflowState,
    pub live_version: Option<u32>,
    pub draft: WorkflowDefinition,
    pub draft_rev: i64,
    /// The draft differs from the live version.
    pub draft_changed: bool,
    /// One per webhook trigger of the draft.
    pub hooks: Vec<HookRow>,
    pub held: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRow {
    pub trigger: TriggerId,
    /// Not guessable; the last part of the URL.
    pub key: String,
    pub secret: Option<SecretId>,
}

impl Store {
    /// Needs the maker's role. A first draft gets revision 1.
    pub async fn create_workflow(&self, scope: &Scope, name: &str, definition: &WorkflowDefinition) -> Result<WorkflowRow, Error> {
        todo!()
    }

    /// By name.
    pub async fn workflows(&self, scope: &Scope, query: &WorkflowsQuery) -> Result<Page<WorkflowSummary>, Error> {
        todo!()
    }

    pub async fn workflow(&self, scope: &Scope, id: WorkflowId) -> Result<WorkflowRow, Error> {
        todo!()
    }

    pub async fn rename_workflow(&self, scope: &Scope, id: WorkflowId, name: &str) -> Result<(), Error> {
        todo!()
    }

    /// `Error::Conflict` unless `rev` is the draft's present revision.
    pub async fn save_draft(&self, scope: &Scope, id: WorkflowId, rev: i64, definition: &WorkflowDefinition) -> Result<WorkflowRow, Error> {
        todo!()
    }

    /// Turns it off, cancels its live runs and hides it.
    pub async fn delete_workflow(&self, scope: &Scope, id: WorkflowId) -> Result<(), Error> {
        todo!()
    }

    /// Makes the draft of revision `rev` the live version, all or nothing: version, hooks, schedules, state.
    /// `schedules`: the first slot of every schedule trigger of the draft.
    pub async fn publish(
        &self,
        scope: &Scope,
        id: WorkflowId,
        rev: i64,
        note: &str,
        turn_on: bool,
        schedules: &[(TriggerId, Timestamp)],
    ) -> Result<Published, Error> {
        todo!()
    }

    /// On, off or paused. Going on releases held events, oldest first, into runs of the version that is live then.
    /// `schedules`: as in [`Store::publish`], for going on.
    pub async fn set_state(
        &self,
        scope: &Scope,
        id: WorkflowId,
        state: WorkflowState,
        schedules: &[(TriggerId, Timestamp)],
    ) -> Result<(), Error> {
        todo!()
    }

    /// Newest first.
    pub async fn versions(&self, scope: &Scope, id: WorkflowId) -> Result<Vec<Version>, Error> {
        todo!()
    }

    pub async fn version(&self, scope: &Scope, id: WorkflowId, version: u32) -> Result<(Version, WorkflowDefinition), Error> {
        todo!()
    }
}

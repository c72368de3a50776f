use model::{
    api::{Samples, TriggerSample},
    ids::{SampleId, StepId, TriggerId, WorkflowId, WorkspaceId},
};
use serde_json::Value;

use crate::{Error, Scope, Store};

/// Where a trigger's sample comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Sent to the test URL.
    Captured,
    Live,
    Edited,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Captured => "captured",
            Origin::Live => "live",
            Origin::Edited => "edited",
        }
    }
}

impl Store {
    /// Keeps an event as a sample; the oldest unpinned ones beyond 20 per trigger go. Needs no role: the caller is a hook or has
    /// checked its own.
    pub async fn add_trigger_sample(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        trigger: &TriggerId,
        event: &Value,
        origin: Origin,
    ) -> Result<TriggerSample, Error> {
        todo!()
    }

    /// The last output of a tested step.
    pub async fn put_step_sample(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        step: &StepId,
        output: &Value,
    ) -> Result<SampleId, Error> {
        todo!()
    }

    pub async fn samples(&self, scope: &Scope, workflow: WorkflowId) -> Result<Samples, Error> {
        todo!()
    }

    pub async fn delete_sample(&self, scope: &Scope, workflow: WorkflowId, id: SampleId) -> Result<(), Error> {
        todo!()
    }

    /// A pinned sample is not forgotten.
    pub async fn pin_sample(&self, scope: &Scope, workflow: WorkflowId, id: SampleId, pinned: bool) -> Result<(), Error> {
        todo!()
    }
}

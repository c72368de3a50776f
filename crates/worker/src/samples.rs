//! What a test's steps gave is kept as the editor's samples.

use std::sync::Arc;

use model::{
    ids::{RunId, WorkflowId, WorkspaceId},
    run::{Datum, RunState, StepStatus},
};
use serde_json::Value;

use crate::worker::Inner;

impl Inner {
    pub(crate) async fn keep_samples(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        run: RunId,
        state: &RunState,
        payloads: &engine::Payloads,
    ) {
        for (path, step) in &state.steps {
            if step.status != StepStatus::Succeeded {
                continue;
            }
            let value: Option<Arc<Value>> = match &step.output {
                Some(Datum::Inline(value)) => Some(Arc::clone(value)),
                // Written before a restart, and not looked at since.
                Some(Datum::Stored { hash, .. }) if !payloads.contains_key(hash) => {
                    self.store.payloads(run, std::slice::from_ref(hash)).await.ok().and_then(|mut loaded| loaded.remove(hash))
                }
                Some(Datum::Stored { hash, .. }) => payloads.get(hash).cloned(),
                None => None,
            };
            let Some(value) = value else { continue };
            if let Err(error) = self.store.put_step_sample(workspace, workflow, &path.step(), &value).await {
                tracing::warn!(workflow.id = %workflow, step.path = %path, error = %error, "a test's output could not be kept as a sample");
            }
        }
    }
}

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
        let done = state.steps.iter().filter(|(_, step)| step.status == StepStatus::Succeeded);
        let outputs = done.filter_map(|(path, step)| Some((path.step(), step.output.as_ref()?)));
        let of_loops = state.gave.iter().map(|(step, output)| (step.clone(), output));
        for (step, output) in of_loops.chain(outputs) {
            let value: Option<Arc<Value>> = match output {
                Datum::Inline(value) => Some(Arc::clone(value)),
                // Written before a restart, and not looked at since.
                Datum::Stored { hash, .. } if !payloads.contains_key(hash) => {
                    self.store.payloads(run, std::slice::from_ref(hash)).await.ok().and_then(|mut loaded| loaded.remove(hash))
                }
                Datum::Stored { hash, .. } => payloads.get(hash).cloned(),
            };
            let Some(value) = value else { continue };
            if let Err(error) = self.store.put_step_sample(workspace, workflow, &step, &value).await {
                tracing::warn!(workflow.id = %workflow, step.id = %step, error = %error, "a test's output could not be kept as a sample");
            }
        }
    }
}

use model::api::*;
use store::Origin;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListSamples>) -> Result<Samples, ApiError> {
    Ok(app.store.samples(&caller.scope, input.path.0).await?)
}

pub(crate) async fn add(app: App, caller: Member, input: Input<AddSample>) -> Result<TriggerSample, ApiError> {
    let NewSample { trigger, event } = input.body;
    // The workflow must be one of the caller's.
    let workflow = app.store.workflow(&caller.scope, input.path.0).await?;
    if workflow.draft.trigger(&trigger).is_none() {
        return Err(ApiError::field("trigger", "The draft has no such trigger."));
    }
    let workspace = caller.scope.workspace;
    let sample = app.store.add_trigger_sample(workspace, workflow.id, &trigger, &event, Origin::Edited).await?;
    app.live.publish(workspace, &StreamEvent::Sample { workflow: workflow.id, trigger });
    Ok(sample)
}

pub(crate) async fn delete(app: App, caller: Member, input: Input<DeleteSample>) -> Result<Empty, ApiError> {
    let (workflow, sample) = input.path;
    app.store.delete_sample(&caller.scope, workflow, sample).await?;
    Ok(Empty {})
}

pub(crate) async fn pin(app: App, caller: Member, input: Input<PinOutput>) -> Result<Pin, ApiError> {
    let ((workflow, step), NewPin { output, setup }) = (input.path, input.body);
    if setup.len() > NewPin::LONGEST_SETUP {
        return Err(ApiError::field("setup", "At most 100 bytes."));
    }
    if app.store.workflow(&caller.scope, workflow).await?.draft.step(&step).is_none() {
        return Err(ApiError::field("step", "The draft has no such step."));
    }
    Ok(app.store.pin_output(&caller.scope, workflow, &step, &output, setup).await?)
}

pub(crate) async fn unpin(app: App, caller: Member, input: Input<UnpinOutput>) -> Result<Empty, ApiError> {
    let (workflow, step) = input.path;
    app.store.unpin_output(&caller.scope, workflow, &step).await?;
    Ok(Empty {})
}

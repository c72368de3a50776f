//! How a trigger is reached, and the last requests that came.

use model::{api::*, definition::TriggerKind, ids::TriggerId};
use store::WorkflowRow;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn subscription(app: App, caller: Member, input: Input<GetSubscription>) -> Result<Subscription, ApiError> {
    let (workflow, trigger) = input.path;
    Ok(app.ingest.subscription(&caller.scope, workflow, &trigger).await?)
}

pub(crate) async fn retry(app: App, caller: Member, input: Input<RetrySubscription>) -> Result<Subscription, ApiError> {
    let (workflow, trigger) = input.path;
    let row = app.store.workflow(&caller.scope, workflow).await?;
    if !is_of_connector(&row, &trigger) {
        return Err(ApiError::field("trigger", "Nothing is set up at a vendor for this trigger."));
    }
    app.store.retry_subscriptions(caller.scope.workspace, workflow, &trigger).await?;
    Ok(app.ingest.subscription(&caller.scope, workflow, &trigger).await?)
}

fn is_of_connector(row: &WorkflowRow, trigger: &TriggerId) -> bool {
    row.draft.trigger(trigger).is_some_and(|trigger| matches!(trigger.kind, TriggerKind::App(_)))
}

pub(crate) async fn requests(app: App, caller: Member, input: Input<ListHookRequests>) -> Result<HookRequests, ApiError> {
    let (workflow, trigger) = input.path;
    Ok(HookRequests { items: app.ingest.requests(&caller.scope, workflow, &trigger).await? })
}

pub(crate) async fn sample(app: App, caller: Member, input: Input<SampleHookRequest>) -> Result<TriggerSample, ApiError> {
    let (workflow, trigger, request) = input.path;
    let sample = app.ingest.use_request(&caller.scope, workflow, &trigger, request).await?;
    app.live.publish(caller.scope.workspace, &StreamEvent::Sample { workflow, trigger });
    Ok(sample)
}

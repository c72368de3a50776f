use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn list(app: App, caller: Member, _: Input<ListTags>) -> Result<Tags, ApiError> {
    Ok(Tags { items: app.store.tags(&caller.scope).await? })
}

pub(crate) async fn put(app: App, caller: Member, input: Input<TagWorkflow>) -> Result<NewTags, ApiError> {
    let tags = input.body.checked().map_err(|reason| ApiError::field("tags", reason))?;
    app.store.tag_workflow(&caller.scope, input.path.0, &tags).await?;
    app.live.publish(caller.scope.workspace, &StreamEvent::Workflow { workflow: input.path.0 });
    Ok(NewTags { tags })
}

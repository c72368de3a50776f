use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListEvents>) -> Result<Page<EventSummary>, ApiError> {
    Ok(app.store.events(&caller.scope, &input.query).await?)
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetEvent>) -> Result<EventDetail, ApiError> {
    let row = app.store.event(&caller.scope, input.path.0).await?;
    Ok(EventDetail { event: row.event, data: row.payload.as_ref().clone() })
}

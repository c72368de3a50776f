use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn batches(app: App, caller: Member, input: Input<ListBatches>) -> Result<Batches, ApiError> {
    Ok(Batches { items: app.store.open_batches(&caller.scope, input.path.0).await? })
}

pub(crate) async fn blocked(app: App, caller: Member, input: Input<ListLanes>) -> Result<Lanes, ApiError> {
    Ok(Lanes { items: app.store.blocked_lanes(&caller.scope, input.path.0).await? })
}

pub(crate) async fn backlogs(app: App, caller: Member, _: Input<ListBacklogs>) -> Result<Backlogs, ApiError> {
    Ok(Backlogs { items: app.store.backlogs(&caller.scope).await? })
}

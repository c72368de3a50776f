use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListRunGroups>) -> Result<RunGroups, ApiError> {
    Ok(app.store.run_groups(&caller.scope, &input.query).await?)
}

use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListActivity>) -> Result<Page<Activity>, ApiError> {
    Ok(app.store.activity(&caller.scope, &input.query).await?)
}

//! Making something happen in a sandbox.

use model::api::{GetHappening, Happened, Happening, MakeHappen};

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn get(app: App, caller: Member, input: Input<GetHappening>) -> Result<Happening, ApiError> {
    let (workflow, trigger) = input.path;
    Ok(app.ingest.happening(&caller.scope, workflow, &trigger).await?)
}

pub(crate) async fn make(app: App, caller: Member, input: Input<MakeHappen>) -> Result<Happened, ApiError> {
    let (workflow, trigger) = input.path;
    Ok(Box::pin(app.ingest.happen(&caller.scope, workflow, &trigger, input.body)).await?)
}

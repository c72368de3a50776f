use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn list(app: App, caller: Member, _: Input<ListErasures>) -> Result<Erasures, ApiError> {
    Ok(app.store.erasures(&caller.scope).await?)
}

pub(crate) async fn start(app: App, caller: Member, input: Input<StartErasure>) -> Result<Erasure, ApiError> {
    Ok(app.store.start_erasure(&caller.scope, &input.body.value).await?)
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetErasure>) -> Result<Erasure, ApiError> {
    Ok(app.store.erasure(&caller.scope, input.path.0).await?)
}

pub(crate) async fn carry_out(app: App, caller: Member, input: Input<CarryOutErasure>) -> Result<Erasure, ApiError> {
    Ok(app.store.carry_out_erasure(&caller.scope, input.path.0, input.body.kept_values).await?)
}

pub(crate) async fn stop(app: App, caller: Member, input: Input<StopErasure>) -> Result<Erasure, ApiError> {
    Ok(app.store.stop_erasure(&caller.scope, input.path.0).await?)
}

use model::api::*;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListValues>) -> Result<Page<StoredValue>, ApiError> {
    Ok(app.store.values(&caller.scope, &input.query).await?)
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetValue>) -> Result<StoredValue, ApiError> {
    Ok(app.store.value(&caller.scope, input.query.workflow, &input.query.key).await?)
}

pub(crate) async fn set(app: App, caller: Member, input: Input<SetValue>) -> Result<StoredValue, ApiError> {
    let ValueQuery { key, workflow } = input.query;
    let NewValue { value, version } = input.body;
    Ok(app.store.set_value(&caller.scope, workflow, &key, &value, version).await?)
}

pub(crate) async fn delete(app: App, caller: Member, input: Input<DeleteValue>) -> Result<Empty, ApiError> {
    app.store.delete_value(&caller.scope, input.query.workflow, &input.query.key).await?;
    Ok(Empty {})
}

use model::api::*;

use crate::{
    app::App,
    auth::{self, Member},
    endpoint::Input,
    error::ApiError,
};

pub(crate) async fn list(app: App, caller: Member, _: Input<ListTokens>) -> Result<Tokens, ApiError> {
    Ok(Tokens { items: app.store.tokens(&caller.scope).await? })
}

pub(crate) async fn create(app: App, caller: Member, input: Input<CreateToken>) -> Result<CreatedToken, ApiError> {
    let NewToken { name, role, expires_at } = input.body;
    let name = super::setup::named("name", &name)?;
    caller.require(role)?;
    if expires_at.is_some_and(|at| at <= app.store.now()) {
        return Err(ApiError::field("expires_at", "The end lies in the past."));
    }
    let secret = auth::new_secret()?;
    let token = app.store.create_token(&caller.scope, caller.user, &name, role, secret.hash, &secret.prefix, expires_at).await?;
    Ok(CreatedToken { token, secret: secret.secret })
}

pub(crate) async fn revoke(app: App, caller: Member, input: Input<RevokeToken>) -> Result<Empty, ApiError> {
    app.store.revoke_token(&caller.scope, input.path.0).await?;
    app.revoked();
    Ok(Empty {})
}

use model::api::*;
use store::NewOwner as StoredOwner;

use crate::{
    app::App,
    auth::{self, Anyone},
    endpoint::Input,
    error::ApiError,
};

const LONGEST_NAME: usize = 200;

pub(crate) async fn state(app: App, _: Anyone, _: Input<GetSetup>) -> Result<SetupState, ApiError> {
    Ok(SetupState { needs_owner: !app.has_owner().await? })
}

pub(crate) async fn create_owner(app: App, caller: Anyone, input: Input<CreateOwner>) -> Result<Me, ApiError> {
    let NewOwner { token, email, name, password, workspace } = input.body;
    if app.has_owner().await? {
        return Err(store::Error::Exists("the owner").into());
    }
    app.throttles.address.take(&caller.client.throttle_key(), app.store.now().ms())?;
    if !auth::setup_token_matches(app.options.setup_token.as_deref(), &token) {
        return Err(ApiError::field("token", "This is not the token the server printed when it started.").status_forbidden());
    }
    let email = email.trim().to_owned();
    check_email(&email)?;
    let name = named("name", &name)?;
    let workspace = named("workspace", &workspace)?;
    auth::check_new("password", &password)?;
    let password_hash = app.passwords.hash(password).await?;
    let owner = StoredOwner { email, name, password_hash, workspace, time_zone: "UTC".into() };
    let (user, _) = app.store.create_owner(owner).await?;
    tracing::info!(user.id = %user.id, "the owner was created");
    let signed_in = auth::begin(&app, &caller.session, &caller.client, user).await?;
    Ok(super::account::me_of(&app, &signed_in))
}

/// A name without the blanks around it.
pub(crate) fn named(path: &str, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ApiError::field(path, "It needs a name."));
    }
    if text.chars().count() > LONGEST_NAME {
        return Err(ApiError::field(path, format!("The name may have at most {LONGEST_NAME} characters.")));
    }
    Ok(text.to_owned())
}

pub(crate) fn check_email(email: &str) -> Result<(), ApiError> {
    let plain = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    let parts = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if plain && parts && email.len() <= 254 { Ok(()) } else { Err(ApiError::field("email", "This is no e-mail address.")) }
}

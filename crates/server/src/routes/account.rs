use model::api::*;
use tower_sessions::session::Id;

use crate::{
    app::App,
    auth::{self, Anyone, Member, Person, SignedIn},
    endpoint::Input,
    error::ApiError,
};

pub(crate) fn me_of(app: &App, signed_in: &SignedIn) -> Me {
    Me {
        user: Some(signed_in.user.clone()),
        workspace: signed_in.workspace.clone(),
        role: signed_in.role,
        public_url: app.base_url.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

pub(crate) async fn sign_in(app: App, caller: Anyone, input: Input<SignIn>) -> Result<Me, ApiError> {
    let Credentials { email, password } = input.body;
    let email: String = email.trim().to_lowercase().chars().take(254).collect();
    let ip = caller.client.throttle_key();
    app.throttles.address.take(&ip, app.store.now().ms())?;
    let Some(user) = auth::prove(&app, &caller.client, &email, password).await? else {
        return Err(ApiError::unauthorized("The e-mail address or the password is wrong."));
    };
    app.throttles.address.give_back(&ip);
    let signed_in = auth::begin(&app, &caller.session, &caller.client, user).await?;
    Ok(me_of(&app, &signed_in))
}

pub(crate) async fn sign_out(app: App, caller: Person, _: Input<SignOut>) -> Result<Empty, ApiError> {
    caller.signed_in.session.flush().await?;
    app.revoked();
    Ok(Empty {})
}

pub(crate) async fn me(app: App, caller: Member, _: Input<GetMe>) -> Result<Me, ApiError> {
    Ok(match &caller.person {
        Some(signed_in) => me_of(&app, signed_in),
        None => Me {
            user: None,
            workspace: caller.workspace,
            role: caller.scope.role,
            public_url: app.base_url.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    })
}

pub(crate) async fn change_password(app: App, caller: Person, input: Input<ChangePassword>) -> Result<Empty, ApiError> {
    let PasswordChange { current, new } = input.body;
    let SignedIn { user, session, .. } = caller.signed_in;
    let email = user.email.to_lowercase();
    app.throttles.account.take(&email, app.store.now().ms())?;
    auth::check_new("new", &new)?;
    let known = app.store.user(user.id).await?;
    if !app.passwords.verify(current, known.map(|credentials| credentials.password_hash)).await? {
        return Err(ApiError::field("current", "The current password is wrong."));
    }
    app.throttles.account.give_back(&email);
    let hash = app.passwords.hash(new).await?;
    app.store.set_password(user.id, &hash).await?;
    app.store.end_sessions(user.id, session.id().as_ref()).await?;
    app.revoked();
    Ok(Empty {})
}

pub(crate) async fn sessions(app: App, caller: Person, _: Input<ListSessions>) -> Result<Sessions, ApiError> {
    let SignedIn { user, session, .. } = caller.signed_in;
    Ok(Sessions { items: app.store.sessions_of(user.id, session.id().as_ref()).await? })
}

pub(crate) async fn end_session(app: App, caller: Person, input: Input<EndSession>) -> Result<Empty, ApiError> {
    let SignedIn { user, session, .. } = caller.signed_in;
    let current: Option<Id> = session.id();
    let ends_itself = app.store.sessions_of(user.id, current.as_ref()).await?.iter().any(|s| s.current && s.id == input.path.0);
    app.store.end_session(user.id, &input.path.0).await?;
    if ends_itself {
        session.flush().await?;
    }
    app.revoked();
    Ok(Empty {})
}

pub(crate) async fn end_all_sessions(app: App, caller: Person, _: Input<EndAllSessions>) -> Result<Empty, ApiError> {
    let SignedIn { user, session, .. } = caller.signed_in;
    app.store.end_sessions(user.id, None).await?;
    session.flush().await?;
    app.revoked();
    Ok(Empty {})
}

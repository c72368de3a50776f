//! Members of the workspace, and the links by which one becomes one.

use model::api::*;
use store::Joins;

use crate::{
    app::App,
    auth::{self, Anyone, Member as Caller},
    endpoint::Input,
    error::ApiError,
    routes::{account::me_of, setup},
};

const DAY_MS: i64 = 24 * 3_600_000;
/// Days an invitation may be open.
const LONGEST_DAYS: u32 = 30;

pub(crate) async fn list(app: App, caller: Caller, _: Input<ListMembers>) -> Result<Members, ApiError> {
    Ok(Members { items: app.store.members(&caller.scope).await? })
}

pub(crate) async fn change(app: App, caller: Caller, input: Input<ChangeMember>) -> Result<Member, ApiError> {
    let member = app.store.set_role(&caller.scope, input.path.0, input.body.role).await?;
    app.revoked();
    Ok(member)
}

pub(crate) async fn remove(app: App, caller: Caller, input: Input<RemoveMember>) -> Result<Removed, ApiError> {
    let user = input.path.0;
    let to = match input.query.to {
        Some(to) => to,
        // An owner who goes has to say who takes over.
        None if caller.user == user => {
            return Err(ApiError::field("to", "Say who takes over what you own."));
        }
        None => caller.user,
    };
    let removed = app.store.remove_member(&caller.scope, user, to).await?;
    app.revoked();
    Ok(removed)
}

pub(crate) async fn invites(app: App, caller: Caller, _: Input<ListInvites>) -> Result<Invites, ApiError> {
    Ok(Invites { items: app.store.invites(&caller.scope).await? })
}

pub(crate) async fn invite(app: App, caller: Caller, input: Input<CreateInvite>) -> Result<CreatedInvite, ApiError> {
    let NewInvite { role, email, days } = input.body;
    if !(1..=LONGEST_DAYS).contains(&days) {
        return Err(ApiError::field("days", format!("An invitation is open for 1 to {LONGEST_DAYS} days.")));
    }
    let email = email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    if let Some(email) = &email {
        setup::check_email(email)?;
    }
    let secret = auth::new_link_secret()?;
    let ends = app.store.now().plus_ms(i64::from(days) * DAY_MS);
    let invite = app.store.create_invite(&caller.scope, role, email.as_deref(), auth::secret_hash(&secret), ends).await?;
    // Behind `#` it is never sent to a server by itself, nor written into a log on the way.
    Ok(CreatedInvite { invite, url: format!("{}/join#{secret}", app.base_url) })
}

pub(crate) async fn revoke(app: App, caller: Caller, input: Input<RevokeInvite>) -> Result<Empty, ApiError> {
    app.store.revoke_invite(&caller.scope, input.path.0).await?;
    Ok(Empty {})
}

pub(crate) async fn look(app: App, caller: Anyone, input: Input<LookAtInvite>) -> Result<InviteLook, ApiError> {
    app.throttles.address.take(&caller.client.throttle_key(), app.store.now().ms())?;
    let look = app.store.look_at_invite(auth::secret_hash(&input.body.token)).await.map_err(closed)?;
    app.throttles.address.give_back(&caller.client.throttle_key());
    Ok(look)
}

pub(crate) async fn accept(app: App, caller: Anyone, input: Input<AcceptInvite>) -> Result<Me, ApiError> {
    let Acceptance { token, email, name, password } = input.body;
    let hash = auth::secret_hash(&token);
    let ip = caller.client.throttle_key();
    app.throttles.address.take(&ip, app.store.now().ms())?;
    let look = app.store.look_at_invite(hash).await.map_err(closed)?;
    let email = email.trim().to_lowercase();
    setup::check_email(&email)?;
    if look.email.as_ref().is_some_and(|invited| *invited != email) {
        return Err(ApiError::field("email", "The invitation is for another e-mail address."));
    }
    let joins = if app.store.user_by_email(&email).await?.is_some() {
        let proven = auth::prove(&app, &caller.client, &email, password).await?;
        let wrong = || ApiError::field("password", "There is an account with this e-mail address; enter its password.");
        Joins::Known(proven.ok_or_else(wrong)?.id)
    } else {
        let name = setup::named("name", &name)?;
        auth::check_new("password", &password)?;
        Joins::New { name, email, password_hash: app.passwords.hash(password).await? }
    };
    let (user, workspace) = app.store.accept_invite(hash, &joins).await.map_err(closed)?;
    app.throttles.address.give_back(&ip);
    tracing::info!(user.id = %user.id, "an invitation was accepted");
    let signed_in = auth::begin_in(&app, &caller.session, &caller.client, user, Some(workspace.id)).await?;
    Ok(me_of(&app, &signed_in))
}

/// Whether it was never there, was used, taken back or has ended is not told apart.
fn closed(error: store::Error) -> ApiError {
    match error {
        store::Error::NotFound("the invitation") => ApiError::new(
            axum::http::StatusCode::NOT_FOUND,
            "invite.closed",
            "This invitation is not open any more: it was used, taken back, or has ended. Ask for a new one.",
        ),
        error => error.into(),
    }
}

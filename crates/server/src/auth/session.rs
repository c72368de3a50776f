//! Cookie sessions of people.

use model::{
    Role,
    api::{User, Workspace},
    ids::{UserId, WorkspaceId},
};
use store::SessionHandle;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer,
    cookie::{SameSite, time::Duration},
};

use super::Client;
use crate::{app::App, error::ApiError};

const COOKIE: &str = "patchbay";
/// A session ends when it was not used for so long.
const IDLE_DAYS: i64 = 14;
/// How often a session's use is written down.
const SEEN_EVERY_MS: i64 = 10 * 60 * 1000;

const USER: &str = "user";
const WORKSPACE: &str = "workspace";
const SEEN: &str = "seen";

/// Loads and saves the session of a request. Not for hooks: their senders have none.
pub(crate) fn layer(app: &App) -> SessionManagerLayer<SessionHandle> {
    SessionManagerLayer::new(app.store.sessions())
        .with_name(COOKIE)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(app.options.is_https())
        .with_expiry(Expiry::OnInactivity(Duration::days(IDLE_DAYS)))
}

/// A person and the workspace they look at.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub user: User,
    pub workspace: Workspace,
    pub role: Role,
    pub session: Session,
}

/// Whose session it is; nothing when nobody is signed in with it.
pub(super) async fn signed_in(app: &App, session: &Session) -> Result<Option<SignedIn>, ApiError> {
    let Some(id) = session.get::<UserId>(USER).await? else { return Ok(None) };
    let chosen = session.get::<WorkspaceId>(WORKSPACE).await?;
    let Some((user, workspace, role)) = membership(app, id, chosen).await? else { return Ok(None) };
    // A changed value makes the layer save the session, which also moves its end.
    session.insert(SEEN, app.store.now().ms() / SEEN_EVERY_MS).await?;
    Ok(Some(SignedIn { user, workspace, role, session: session.clone() }))
}

/// A person's role in the workspace they chose, or in their first one.
pub(super) async fn membership(
    app: &App,
    user: UserId,
    workspace: Option<WorkspaceId>,
) -> Result<Option<(User, Workspace, Role)>, ApiError> {
    let Some(credentials) = app.store.user(user).await? else { return Ok(None) };
    let memberships = app.store.memberships(user).await?;
    let at = memberships.iter().position(|(w, _)| Some(w.id) == workspace).unwrap_or(0);
    Ok(memberships.into_iter().nth(at).map(|(workspace, role)| (credentials.user, workspace, role)))
}

/// Signs a person in under a fresh session id: whoever knew the one before knows nothing.
pub(crate) async fn begin(app: &App, session: &Session, client: &Client, user: User) -> Result<SignedIn, ApiError> {
    begin_in(app, session, client, user, None).await
}

/// The same, looking at one of their workspaces; without one at the first.
pub(crate) async fn begin_in(
    app: &App,
    session: &Session,
    client: &Client,
    user: User,
    workspace: Option<WorkspaceId>,
) -> Result<SignedIn, ApiError> {
    let mut memberships = app.store.memberships(user.id).await?;
    memberships.sort_by_key(|(found, _)| Some(found.id) != workspace);
    let Some((workspace, role)) = memberships.into_iter().next() else {
        return Err(ApiError::unauthorized("This account belongs to no workspace."));
    };
    session.clear().await;
    session.cycle_id().await?;
    session.insert(USER, user.id).await?;
    session.insert(WORKSPACE, workspace.id).await?;
    session.save().await?;
    let id = session.id().ok_or_else(|| ApiError::internal(&"a session that was saved has no id"))?;
    app.store.bind_session(&id, user.id, &client.user_agent, &client.ip_text()).await?;
    Ok(SignedIn { user, workspace, role, session: session.clone() })
}

//! The callers a handler can ask for. Each is checked against its endpoint's access when the program is built: a handler that asks
//! for less than its endpoint says does not compile.

use axum::http::{StatusCode, request::Parts};
use model::{
    Role,
    api::{Access, Endpoint, User, Workspace},
    ids::{UserId, WorkspaceId},
};
use store::{Actor, IssuedToken, Scope};
use tower_sessions::{Session, SessionStore, session::Id};

use super::{Client, SignedIn, bearer, origin, session};
use crate::{app::App, error::ApiError};

/// Somebody who may call an endpoint.
pub(crate) trait Caller: Sized + Send {
    fn identify<E: Endpoint>(app: &App, parts: &mut Parts) -> impl Future<Output = Result<Self, ApiError>> + Send;
}

/// Anyone: endpoints that are public.
pub(crate) struct Anyone {
    pub session: Session,
    pub client: Client,
}

/// Somebody signed in, in their own name.
pub(crate) struct Person {
    pub signed_in: SignedIn,
}

/// A member of the workspace, or one of its tokens, with at least the endpoint's role.
pub(crate) struct Member {
    pub scope: Scope,
    pub workspace: Workspace,
    /// The person, or whoever made the token.
    pub user: UserId,
    pub person: Option<SignedIn>,
    pub grant: Grant,
}

impl Member {
    /// For the part of an operation that needs more than its endpoint.
    pub fn require(&self, role: Role) -> Result<(), ApiError> {
        if self.scope.role >= role { Ok(()) } else { Err(ApiError::forbidden(role)) }
    }
}

/// What a long connection rests on; looked at again while it lasts.
#[derive(Clone)]
pub(crate) enum Grant {
    Session { id: Option<Id>, user: UserId, workspace: WorkspaceId },
    Token { hash: [u8; 32] },
}

/// Whether the session or token still exists and still has at least the viewer's role.
pub(crate) async fn still_granted(app: &App, grant: &Grant) -> Result<bool, ApiError> {
    match grant {
        Grant::Token { hash } => Ok(app.store.token_by_hash(*hash).await?.is_some()),
        Grant::Session { id: None, .. } => Ok(false),
        Grant::Session { id: Some(id), user, workspace } => {
            let record = app.store.sessions().load(id).await.map_err(tower_sessions::session::Error::Store)?;
            let member = session::membership(app, *user, Some(*workspace)).await?;
            Ok(record.is_some() && member.is_some_and(|(_, w, _)| w.id == *workspace))
        }
    }
}

/// Who looks at a page of the server's own, where its route has the session layer.
pub(crate) async fn visitor(app: &App, parts: &Parts) -> Result<Option<User>, ApiError> {
    Ok(session::signed_in(app, &session_of(parts)?).await?.map(|signed_in| signed_in.user))
}

/// The same with their session, for what is bound to it.
pub(crate) async fn signed_in_of(app: &App, parts: &Parts) -> Result<Option<SignedIn>, ApiError> {
    session::signed_in(app, &session_of(parts)?).await
}

/// What somebody may do in one workspace, whichever they look at; nothing where they are no member.
pub(crate) async fn scope_in(app: &App, person: &SignedIn, workspace: WorkspaceId) -> Result<Option<Scope>, ApiError> {
    let member = session::membership(app, person.user.id, Some(workspace)).await?;
    let member = member.filter(|(_, found, _)| found.id == workspace);
    Ok(member.map(|(user, _, role)| Scope { workspace, actor: Actor::User { id: user.id, email: user.email }, role }))
}

enum Identity {
    Person(SignedIn),
    Token { issued: IssuedToken, hash: [u8; 32] },
}

fn session_of(parts: &Parts) -> Result<Session, ApiError> {
    parts.extensions.get::<Session>().cloned().ok_or_else(|| ApiError::internal(&"the route has no session layer"))
}

async fn identity(app: &App, parts: &Parts) -> Result<Identity, ApiError> {
    if let Some((issued, hash)) = bearer::token(app, &parts.headers).await? {
        return Ok(Identity::Token { issued, hash });
    }
    origin::check(&parts.method, &parts.headers, &app.base_url)?;
    match session::signed_in(app, &session_of(parts)?).await? {
        Some(signed_in) => Ok(Identity::Person(signed_in)),
        None => Err(ApiError::unauthorized("Sign in first, or send an API token.")),
    }
}

impl Caller for Anyone {
    async fn identify<E: Endpoint>(app: &App, parts: &mut Parts) -> Result<Self, ApiError> {
        const { assert!(matches!(E::ACCESS, Access::Public), "this endpoint is not for anyone") };
        origin::check(&parts.method, &parts.headers, &app.base_url)?;
        Ok(Anyone { session: session_of(parts)?, client: Client::of(parts, &app.options.trusted_proxies) })
    }
}

impl Caller for Person {
    async fn identify<E: Endpoint>(app: &App, parts: &mut Parts) -> Result<Self, ApiError> {
        const { assert!(matches!(E::ACCESS, Access::Person), "this endpoint is not for a person in their own name") };
        match identity(app, parts).await? {
            Identity::Person(signed_in) => Ok(Person { signed_in }),
            Identity::Token { .. } => {
                let message = "This is for a person who is signed in; an API token cannot do it.";
                Err(ApiError::new(StatusCode::FORBIDDEN, "person_only", message))
            }
        }
    }
}

impl Caller for Member {
    async fn identify<E: Endpoint>(app: &App, parts: &mut Parts) -> Result<Self, ApiError> {
        const { assert!(matches!(E::ACCESS, Access::Role(_)), "this endpoint does not ask for a role") };
        let member = match identity(app, parts).await? {
            Identity::Person(signed_in) => {
                let SignedIn { user, workspace, role, session } = signed_in.clone();
                let actor = Actor::User { id: user.id, email: user.email };
                let grant = Grant::Session { id: session.id(), user: user.id, workspace: workspace.id };
                let scope = Scope { workspace: workspace.id, actor, role };
                Member { scope, workspace, user: user.id, person: Some(signed_in), grant }
            }
            Identity::Token { issued: IssuedToken { token, workspace, user }, hash } => {
                let actor = Actor::Token { id: token.id, name: token.name };
                let scope = Scope { workspace: workspace.id, actor, role: token.role };
                Member { scope, workspace, user, person: None, grant: Grant::Token { hash } }
            }
        };
        if let Access::Role(role) = E::ACCESS {
            member.require(role)?;
        }
        Ok(member)
    }
}

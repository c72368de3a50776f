use async_trait::async_trait;
use model::{
    Role, Timestamp,
    api::{Session, Token, User, Workspace},
    ids::{TokenId, UserId, WorkspaceId},
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::{Error, Scope, Store};

/// The first account. `password_hash`: in PHC format, made by the caller.
#[derive(Clone)]
pub struct NewOwner {
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub workspace: String,
    pub time_zone: String,
}

/// A person with the hash of their password.
#[derive(Clone)]
pub struct Credentials {
    pub user: User,
    pub password_hash: String,
}

/// A token and what it allows.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    pub token: Token,
    pub workspace: Workspace,
    pub user: UserId,
}

/// The session store of the web server, backed by the `session` table. Cookie ids are stored hashed.
#[derive(Clone)]
pub struct SessionHandle(pub(crate) Store);

impl std::fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionHandle")
    }
}

impl Store {
    pub async fn needs_owner(&self) -> Result<bool, Error> {
        todo!()
    }

    /// Creates the first user with their workspace; `Error::Exists` once there is one.
    pub async fn create_owner(&self, owner: NewOwner) -> Result<(User, Workspace), Error> {
        todo!()
    }

    /// The e-mail's case does not matter.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<Credentials>, Error> {
        todo!()
    }

    pub async fn user(&self, id: UserId) -> Result<Option<Credentials>, Error> {
        todo!()
    }

    pub async fn set_password(&self, id: UserId, password_hash: &str) -> Result<(), Error> {
        todo!()
    }

    /// A person's workspaces with their role, oldest first.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<(Workspace, Role)>, Error> {
        todo!()
    }

    /// Every workspace, for job handlers.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Error> {
        todo!()
    }

    /// `hash`: SHA-256 of the secret, which the caller made and shows once. `prefix`: its first characters.
    pub async fn create_token(
        &self,
        scope: &Scope,
        user: UserId,
        name: &str,
        role: Role,
        hash: [u8; 32],
        prefix: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<Token, Error> {
        todo!()
    }

    pub async fn tokens(&self, scope: &Scope) -> Result<Vec<Token>, Error> {
        todo!()
    }

    pub async fn revoke_token(&self, scope: &Scope, id: TokenId) -> Result<(), Error> {
        todo!()
    }

    /// A token that is neither revoked nor expired. Notes its use, at most once a minute.
    pub async fn token_by_hash(&self, hash: [u8; 32]) -> Result<Option<IssuedToken>, Error> {
        todo!()
    }

    pub fn sessions(&self) -> SessionHandle {
        SessionHandle(self.clone())
    }

    /// Says whose a session is and from where, after signing in.
    pub async fn bind_session(&self, id: &Id, user: UserId, user_agent: &str, ip: &str) -> Result<(), Error> {
        todo!()
    }

    /// A person's live sessions, newest first. `current`: the one that asks.
    pub async fn sessions_of(&self, user: UserId, current: Option<&Id>) -> Result<Vec<Session>, Error> {
        todo!()
    }

    /// Ends one of a person's sessions, by the id that [`Store::sessions_of`] shows.
    pub async fn end_session(&self, user: UserId, id: &str) -> Result<(), Error> {
        todo!()
    }

    /// Ends all of a person's sessions, but for `keep`.
    pub async fn end_sessions(&self, user: UserId, keep: Option<&Id>) -> Result<u64, Error> {
        todo!()
    }
}

#[async_trait]
impl SessionStore for SessionHandle {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        todo!()
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        todo!()
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        todo!()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        todo!()
    }
}

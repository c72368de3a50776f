//! People, their workspaces, their sessions and the tokens of scripts.

mod invites;
mod members;
mod sessions;
mod tokens;
mod users;

use model::{
    api::{Token, User, Workspace},
    ids::UserId,
};

pub use invites::Joins;
pub use sessions::SessionHandle;

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

use serde::{Deserialize, Serialize};

use super::{Empty, endpoint::*};
use crate::{
    Role, Timestamp,
    ids::{TokenId, UserId, WorkspaceId},
};

endpoints! {
    GetSetup: Get "/setup" PUBLIC, "Whether this server still needs its owner", (), Empty, Empty => SetupState;
    CreateOwner: Post "/setup" PUBLIC, "Create the owner with the one-time token printed at start; signs in", (), Empty, NewOwner => Me;
    SignIn: Post "/sign-in" PUBLIC, "Sign in with a session cookie", (), Empty, Credentials => Me;
    SignOut: Post "/sign-out" PERSON, "End this session", (), Empty, Empty => Empty;
    GetMe: Get "/me" VIEWER, "Who is asking, in which workspace, with which role", (), Empty, Empty => Me;
    ChangePassword: Post "/password" PERSON, "Change one's own password; ends every other session", (), Empty, PasswordChange => Empty;
    ListSessions: Get "/sessions" PERSON, "One's own sessions", (), Empty, Empty => Sessions;
    EndSession: Delete "/sessions/{id}" PERSON, "End one of one's own sessions", (String,), Empty, Empty => Empty;
    EndAllSessions: Delete "/sessions" PERSON, "Sign out everywhere, this session included", (), Empty, Empty => Empty;
    ListTokens: Get "/tokens" OWNER, "The workspace's API tokens", (), Empty, Empty => Tokens;
    CreateToken: Post "/tokens" OWNER, "Create an API token; its secret is shown once", (), Empty, NewToken => CreatedToken;
    RevokeToken: Delete "/tokens/{id}" OWNER, "Revoke an API token", (TokenId,), Empty, Empty => Empty;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetupState {
    pub needs_owner: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// Printed by the server at start.
    pub token: String,
    pub email: String,
    pub name: String,
    /// At least 10 characters.
    pub password: String,
    pub workspace: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    pub email: String,
    pub password: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    pub current: String,
    pub new: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// Absent for a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    pub workspace: Workspace,
    pub role: Role,
    /// Where hooks and links begin, e.g. `https://patchbay.example.com`.
    pub public_url: String,
    /// The server's version.
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    pub time_zone: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sessions {
    pub items: Vec<Session>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Session {
    /// Names the session; of no use for signing in.
    pub id: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub user_agent: String,
    /// The one that asks.
    pub current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tokens {
    pub items: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    pub role: Role,
    /// The first characters of its secret.
    pub prefix: String,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    pub name: String,
    pub role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedToken {
    pub token: Token,
    /// Send as `Authorization: Bearer <secret>`. Not shown again.
    pub secret: String,
}

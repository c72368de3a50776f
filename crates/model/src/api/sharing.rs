//! Who may use a connection.

use serde::{Deserialize, Serialize};

use super::{Empty, User, endpoint::*};
use crate::ids::{ConnectionId, UserId};

endpoints! {
    ShareConnection: Patch "/connections/{id}/access" MAKER, "Say who may use a connection: everybody who makes workflows, or only people who are named. For its owner and the workspace's owners", (ConnectionId,), Empty, AccessChange => ConnectionAccess;
}

/// Who may build with a connection. Its owner and the workspace's owners always may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionAccess {
    /// Only people who are named; else everybody who makes workflows.
    pub restricted: bool,
    /// Who is named, by name. They stay named while everybody may use it.
    pub people: Vec<User>,
    /// Whoever asks may change it: its owner, or an owner of the workspace.
    pub may_change: bool,
}

/// What is left out stays. At once: who is added may use it from the moment on in which others no longer may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AccessChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restricted: Option<bool>,
    /// Members who make workflows; naming somebody twice is no error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<UserId>,
    /// Whoever is not named is passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<UserId>,
}

impl AccessChange {
    /// People that one change may name.
    pub const MOST: usize = 1_000;
}

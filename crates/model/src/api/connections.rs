use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConnectionDeleted, Empty, User, endpoint::*};
use crate::{
    Timestamp,
    ids::{ConnectionId, UserId},
};

endpoints! {
    ListConnections: Get "/connections" VIEWER, "The workspace's connections, without their secrets", (), Empty, Empty => Connections;
    CreateConnection: Post "/connections" MAKER, "Add a connection; its secret values are stored sealed", (), Empty, NewConnection => Connection;
    UpdateConnection: Put "/connections/{id}" MAKER, "Rename a connection or replace its secret values; runs that wait for it go on", (ConnectionId,), Empty, ConnectionUpdate => Connection;
    DeleteConnection: Delete "/connections/{id}" MAKER, "Delete a connection that no workflow uses, and tell the vendor that its access ends", (ConnectionId,), Empty, Empty => ConnectionDeleted;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    Active,
    /// Its credentials were refused: runs wait until its owner replaces them.
    NeedsReauth,
    /// Not ready: something has to be chosen first, see `/connections/{id}/question`.
    Disabled,
}

impl ConnectionStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            ConnectionStatus::Active => "active",
            ConnectionStatus::NeedsReauth => "needs_reauth",
            ConnectionStatus::Disabled => "disabled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [ConnectionStatus::Active, ConnectionStatus::NeedsReauth, ConnectionStatus::Disabled]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Connections {
    pub items: Vec<Connection>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Connection {
    pub id: ConnectionId,
    pub connector: String,
    /// One of the connector's ways to sign in; `basic`, `bearer` or `header` of the HTTP connector.
    pub method: String,
    pub label: String,
    pub status: ConnectionStatus,
    /// Hosts the credentials may be sent to.
    pub hosts: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Workflows whose draft or live version uses it.
    pub used_by: u64,
    /// Its calls go to a simulated account, never to the vendor. Cannot be changed.
    #[serde(default)]
    pub sandbox: bool,
    /// The account is one of the vendor's for trying things out, as its values tell: a test key, a sandbox.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test_account: bool,
    /// Who it is at the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What was granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What the steps that use it need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_scopes: Vec<String>,
    /// When the access token ends; it is renewed before, where the vendor allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it ends for good, as its tokens cannot be renewed: somebody has to connect it again before. Absent where they are renewed by
    /// themselves, or nothing is known of an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// When the tokens were renewed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refreshed_at: Option<Timestamp>,
    /// Who it belongs to: whoever connected it, or took it over. Absent: nobody but the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<User>,
    /// Only its owner, the workspace's owners and people who are named may use it; else everybody who makes workflows.
    #[serde(default)]
    pub restricted: bool,
    /// Whoever asks may use it.
    #[serde(default = "yes")]
    pub usable: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    pub connector: String,
    pub method: String,
    pub label: String,
    /// Hosts the credentials may be sent to: `api.example.com`, `*.example.com`. Only the HTTP connector needs them: others name theirs.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// A simulated account instead of a real one: needs no values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// The fields of the method. `basic`: `username`, `password`; `bearer`: `token`; `header`: `name`, `value`.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Only these members may use it, beside its owner and the workspace's owners; absent: everybody who makes workflows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<UserId>>,
}

#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
    /// Replaces all secret values; of a sandbox connection `{}`, which makes it active again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<BTreeMap<String, String>>,
}

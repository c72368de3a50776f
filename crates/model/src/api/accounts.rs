//! Accounts at other systems: what connectors there are, the owner's apps at vendors, consents, and what is read from an account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Connection, ConnectionAccess, Empty, WorkflowState, endpoint::*};
use crate::{
    Timestamp,
    ids::{ConnectionId, UserId, WorkflowId},
};

endpoints! {
    ListConnectors: Get "/connectors" VIEWER, "What can be connected: forms, ways to sign in, scopes; the answer carries an ETag", (), Empty, Empty => Connectors;
    ListApps: Get "/apps" VIEWER, "The workspace's apps at vendors, without their secrets, and how to register one", (), Empty, Empty => Apps;
    GetApp: Get "/apps/{connector}" VIEWER, "One app at a vendor, and how to register it", (String,), Empty, Empty => AppAt;
    PutApp: Put "/apps/{connector}" OWNER, "Register the app at a vendor that people sign in through; its secret is stored sealed", (String,), Empty, NewApp => AppAt;
    DeleteApp: Delete "/apps/{connector}" OWNER, "Forget the app at a vendor; connections made through it can no longer be renewed", (String,), Empty, Empty => Empty;
    StartConsent: Post "/connections/consent" MAKER, "Begin to connect an account: says where to send the browser", (), Empty, NewConsent => Consent;
    GetConnection: Get "/connections/{id}" VIEWER, "A connection and the workflows that use it", (ConnectionId,), Empty, Empty => ConnectionDetail;
    GetConnectionCalls: Get "/connections/{id}/calls" VIEWER, "How often a connection was called, and how often it was told to slow down", (ConnectionId,), CallsQuery, Empty => ConnectionCalls;
    TestConnection: Post "/connections/{id}/test" MAKER, "Try whether the credentials of a connection work", (ConnectionId,), Empty, Empty => ConnectionTest;
    ListOptions: Post "/connections/{id}/options" MAKER, "What a field of a form offers to choose from, read from the account", (ConnectionId,), Empty, AccountQuestion => AccountOptions;
    ListFields: Post "/connections/{id}/fields" MAKER, "The names a field of a form takes, with their types, read from the account", (ConnectionId,), Empty, AccountQuestion => AccountFields;
}

/// Over which time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CallsQuery {
    /// Back from now: `1h`, `24h`, `7d` ... up to `90d`; `24h` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The time zone whose hours and days the buckets keep to (`Europe/Berlin`); the workspace's unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// The calls of runs through one connection. Tests are not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionCalls {
    pub buckets: Vec<CallBucket>,
    pub calls: u64,
    /// Answered with "too many requests".
    pub limited: u64,
    /// Of the last full minute.
    pub calls_last_minute: u64,
    /// The tightest of the vendor's limits, as calls a minute; absent where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_per_minute: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallBucket {
    pub at: Timestamp,
    pub until: Timestamp,
    pub calls: u64,
    pub limited: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Connectors {
    /// Manifests as `docs/connectors.md` describes them, without requests and everything else only calls need.
    pub items: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Apps {
    /// One for each connector that needs an app, registered or not.
    pub items: Vec<AppAt>,
}

/// The owner's app at a vendor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AppAt {
    pub connector: String,
    /// Absent: there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    pub has_secret: bool,
    /// Set by the environment of the server, which comes first: it cannot be changed here.
    pub from_environment: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// To be entered at the vendor, exactly so.
    pub redirect_uri: String,
    /// What to do at the vendor, in order.
    pub steps: Vec<String>,
    /// What the app may ask people for.
    pub scopes: Vec<AppScope>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AppScope {
    /// As the vendor spells it.
    pub id: String,
    pub why: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    pub client_id: String,
    /// Absent: as before; empty: a public client, which has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewConsent {
    pub connector: String,
    pub method: String,
    /// Empty: the account's own name.
    pub label: String,
    /// What the method asks for before: a subdomain, say.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// Scopes to ask for. What the steps that use the connection need is added. Empty, for a new one: all that the connector knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The connection that is renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// The renewed connection may become another account's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other_account: bool,
    /// Of a new one: only these members may use it, beside its owner and the workspace's owners; absent: everybody who makes workflows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<UserId>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Consent {
    /// Good for ten minutes, once, in this browser. Its finishing page tells the channel `patchbay-consent` of the same origin.
    pub url: String,
}

/// What the finishing page of a consent tells the other pages of the same browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEnd {
    /// Which consent: the `state` of its address.
    pub state: String,
    /// Absent: it did not work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// What happened, for a person.
    pub message: String,
    /// The stable name of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionDetail {
    pub connection: Connection,
    /// By name.
    pub workflows: Vec<ConnectionUse>,
    #[serde(default)]
    pub access: ConnectionAccess,
}

/// A workflow whose draft or live version uses a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionUse {
    pub id: WorkflowId,
    pub name: String,
    pub state: WorkflowState,
    /// The version that runs uses it, not the draft alone.
    pub live: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionTest {
    pub works: bool,
    /// The stable name of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it does not work, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// As it is after the test.
    pub connection: Connection,
}

/// Which field of which form is asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountQuestion {
    /// The id of an operation or trigger of the connection's connector.
    pub form: String,
    pub field: String,
    /// What is filled in so far, as plain values.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Asked anew, whatever was answered a moment ago.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountOptions {
    pub items: Vec<AccountOption>,
    /// There are more; search for them.
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountOption {
    pub value: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountFields {
    /// Fields as connectors describe them.
    pub items: Vec<Value>,
}

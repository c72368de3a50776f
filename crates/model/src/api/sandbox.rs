use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Empty, endpoint::*};
use crate::{Timestamp, ids::ConnectionId};

endpoints! {
    GetSandbox: Get "/connections/{id}/sandbox" MAKER, "What the simulated account of a sandbox connection holds, and its last calls", (ConnectionId,), Empty, Empty => SandboxAccount;
    SetSandbox: Put "/connections/{id}/sandbox" MAKER, "Have the simulated account misbehave for the next calls, or always; without a misbehaviour it behaves again", (ConnectionId,), Empty, SandboxBehaviour => SandboxAccount;
    EmptySandbox: Delete "/connections/{id}/sandbox" MAKER, "Empty the simulated account: what it holds, its calls and its misbehaviour", (ConnectionId,), Empty, Empty => Empty;
}

/// The simulated account behind a sandbox connection.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SandboxAccount {
    pub behaviour: SandboxBehaviour,
    /// It answers at any address, as a person wrote: `behaviour.answer` counts.
    pub scripted: bool,
    pub collections: Vec<SandboxCollection>,
    /// The last 50, newest first.
    pub calls: Vec<SandboxCall>,
}

/// What the account holds of one kind: contacts, messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SandboxCollection {
    /// `contacts`
    pub name: String,
    /// How many there are; `items` has at most 100 of them.
    pub count: u64,
    /// Newest first.
    pub items: Vec<SandboxItem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SandboxItem {
    pub id: String,
    /// When it was made or changed last.
    pub at: Timestamp,
    /// As the simulated system gives it.
    pub value: Value,
}

/// A call that the simulated system was asked to carry out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SandboxCall {
    pub at: Timestamp,
    pub method: String,
    /// The address without its query.
    pub url: String,
    /// Of the answer; absent: the connection was dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The misbehaviour that was asked for, or why the call was refused.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// How the simulated system treats the next calls.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SandboxBehaviour {
    /// Absent: it behaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misbehaviour: Option<Misbehaviour>,
    /// For so many calls, 1 to 1,000; absent: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<u32>,
    /// HTTP only: what every request is answered; absent: it is told back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ScriptedAnswer>,
}

/// An answer that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScriptedAnswer {
    /// 200 to 599.
    pub status: u16,
    /// At most 20.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// At most 96 KiB; a text is sent as it stands, everything else as JSON.
    #[serde(default)]
    pub body: Value,
}

/// What can be asked of a simulated system, so that a workflow is seen to bear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Misbehaviour {
    /// 401: the credentials are refused.
    Unauthorized,
    /// 403: a permission is missing.
    Forbidden,
    /// 429 with `Retry-After`.
    RateLimited {
        /// 0 to 3600, in seconds.
        #[serde(default = "one")]
        retry_after_s: u32,
    },
    /// 503: nothing is carried out.
    Unavailable,
    /// The answer comes late.
    Slow {
        /// 1 to 120,000, in milliseconds.
        ms: u32,
    },
    /// The call is carried out, and the connection ends before the answer: nobody can tell from it what happened.
    Dropped,
    /// Lists hold every item twice: events come twice.
    Duplicates,
}

fn one() -> u32 {
    1
}

impl Misbehaviour {
    /// As calls are marked with it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Misbehaviour::Unauthorized => "unauthorized",
            Misbehaviour::Forbidden => "forbidden",
            Misbehaviour::RateLimited { .. } => "rate_limited",
            Misbehaviour::Unavailable => "unavailable",
            Misbehaviour::Slow { .. } => "slow",
            Misbehaviour::Dropped => "dropped",
            Misbehaviour::Duplicates => "duplicates",
        }
    }
}

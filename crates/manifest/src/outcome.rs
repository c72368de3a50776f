//! What answers mean, and how many requests are allowed.

use serde::{Deserialize, Serialize};

use crate::auth::TimeUnit;

/// One rule; the first that fits decides, and after them what HTTP says of the status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRule {
    /// `404`, `5xx`; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// Expression over `status`, `headers` (lower-case names) and `body`. What is missing makes it false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    pub is: Meaning,
    /// For a person: text with `{body.error}`. Absent: what the connector's `message` finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// Stable name of the error: `slack.not_in_channel`. Absent: `connect.<meaning>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For `rate_limited`: expression over `headers` and `body`, when to come back. Absent: `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// For `permission`: text that names the scope that is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// For `already_done`: expression, the output's `id`. For `partial`: expression, the list of what was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// For `transient` with a 5xx: the other side surely did not act.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    Success,
    Transient,
    RateLimited,
    /// The credentials are not accepted: the connection needs its owner.
    Auth,
    /// They are fine but may not do this. Never makes a connection need its owner.
    Permission,
    Rejected,
    /// It exists or is done: a success, with the id of what is there.
    AlreadyDone,
    /// A part was refused.
    Partial,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until {
    pub path: String,
    pub unit: TimeUnit,
}

/// One window of a rate limit. Several hold at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub requests: u64,
    /// The window in seconds.
    pub per_s: u64,
    #[serde(default)]
    pub by: LimitKey,
    /// For `by = "field"`: the input field whose value is the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Operations it counts, together unless `by` is `operation`; empty: all, and looks of triggers unless it is by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// The header of an answer that says how many of this limit are left. Where a connector's limits name headers, those that most
    /// servers use say nothing: they may be about something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_header: Option<String>,
    /// When the count begins anew. Absent: after the length of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_header: Option<ResetHeader>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetHeader {
    pub name: String,
    pub unit: TimeUnit,
}

/// Who shares a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKey {
    /// The app that is registered at the vendor.
    App,
    #[default]
    Account,
    /// Each operation of an account by itself.
    Operation,
    Field,
}

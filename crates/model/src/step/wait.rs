use serde::{Deserialize, Serialize};

use super::SetField;
use crate::{Mapped, ids::StepId};

/// Waits until somebody outside answers under a link of its own. The link exists from the run's start (`links.<slug>` in expressions),
/// and an answer that comes early is kept.
///
/// A step sees the links of waits that stand in no loop it does not stand in itself.
///
/// Output: `{timed_out, at}` (RFC 3339) and, of a callback, `{method, query, headers, body}`, of an approval, `{approved, comment, by}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Wait {
    pub until: WaitFor,
    /// How long, in milliseconds, from when the step is reached.
    #[serde(default = "thirty_days")]
    pub timeout_ms: u64,
    /// Runs when nobody answered in time; absent: the step fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_body: Option<Vec<StepId>>,
}

impl Wait {
    /// A year.
    pub const MAX_TIMEOUT_MS: u64 = 366 * 24 * 60 * 60 * 1000;
}

fn thirty_days() -> u64 {
    30 * 24 * 60 * 60 * 1000
}

/// What answers a wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WaitFor {
    /// A request with POST or PUT from another system.
    Callback,
    Approval(Approval),
}

/// A page that asks a person. Opening it decides nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Approval {
    pub question: Mapped,
    /// Data shown beside the question, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<SetField>,
    /// E-mail addresses of members who may decide, after they have signed in; empty: whoever has the link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
}

use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Waits. Output: `{until}` (RFC 3339).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Delay {
    /// A fixed time in milliseconds.
    For { ms: u64 },
    /// Until a moment: RFC 3339 text, or milliseconds since 1970 as a number. One that has passed does not wait.
    Until(Mapped),
}

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
    /// Until the clock on the wall next shows a time on one of these days.
    Next(NextTime),
}

/// "The next weekday at 09:00". A wall time that does not exist is the first moment after the gap, one that occurs twice the first of
/// the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NextTime {
    /// 1 (Monday) to 7 (Sunday), at least one.
    pub days: Vec<u8>,
    /// `HH:MM`, 00:00 to 23:59.
    pub at: String,
    /// IANA name; absent: the workflow's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

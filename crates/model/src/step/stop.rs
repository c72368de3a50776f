use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Ends the run. Calls that are under way finish first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Stop {
    pub result: StopResult,
    /// Shown on the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Mapped>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StopResult {
    Success,
    Filtered,
    Failure,
}

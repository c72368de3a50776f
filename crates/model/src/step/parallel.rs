use serde::{Deserialize, Serialize};

use super::Arm;

/// Carries its arms out at the same time. Output: an object of the arms' named results by arm id (`all`), or the winner's (`first`).
/// An arm that fails fails the step: the other arms begin nothing more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Parallel {
    #[serde(default)]
    pub join: Join,
    /// Without conditions: every arm is taken.
    pub arms: Vec<Arm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Goes on when every arm has ended.
    #[default]
    All,
    /// Goes on when the first arm has come to its end; one that its own filter ended does not win. What the others have not begun is
    /// skipped; calls of theirs that are under way end by themselves, and the run ends after them.
    First,
}

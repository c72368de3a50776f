use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Condition, Mapped,
    ids::{ArmId, StepId},
};

/// Chooses between arms. Output: the named results of the arm that ran (`first`), or an object of them by arm id (`all`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Branch {
    pub mode: BranchMode,
    pub arms: Vec<Arm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BranchMode {
    /// The first arm whose condition holds.
    First,
    /// Every arm whose condition holds, one after the other.
    All,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Arm {
    pub id: ArmId,
    pub label: String,
    /// Absent: "everything else", taken when no arm with a condition was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    #[serde(default)]
    pub body: Vec<StepId>,
    /// The arm's named results.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub output: BTreeMap<String, Mapped>,
}

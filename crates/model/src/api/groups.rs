use serde::{Deserialize, Serialize};

use super::{Empty, RunsQuery, endpoint::*};
use crate::{
    Timestamp,
    ids::{RunId, StepId, WorkflowId},
    run::ErrorClass,
};

endpoints! {
    ListRunGroups: Get "/runs/groups" VIEWER, "Failed runs gathered by workflow, step, error code and the shape of the message, the most frequent first", (), RunsQuery, Empty => RunGroups;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunGroups {
    pub items: Vec<RunGroup>,
    /// Failed runs that were looked at, the newest ones.
    pub searched: u64,
    /// There are older ones that were not counted.
    pub more: bool,
}

/// Runs that failed alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunGroup {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    /// Absent: the run failed outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// As the newest run's version calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_label: Option<String>,
    pub class: ErrorClass,
    pub code: String,
    /// The message with numbers, ids, addresses and quoted texts left out.
    pub shape: String,
    /// The message of the newest one.
    pub message: String,
    pub count: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// The newest run.
    pub sample: RunId,
}

use serde::{Deserialize, Serialize};

use super::{Empty, RunSummary, endpoint::*};
use crate::{
    Timestamp,
    ids::{StepId, WorkflowId},
};

endpoints! {
    ListBatches: Get "/workflows/{id}/batches" VIEWER, "What the workflow's collect steps are gathering now", (WorkflowId,), Empty, Empty => Batches;
    ListLanes: Get "/workflows/{id}/lanes" VIEWER, "Order keys whose first run keeps others waiting, and why", (WorkflowId,), Empty, Empty => Lanes;
    ListBacklogs: Get "/backlogs" VIEWER, "Per workflow, how many runs and events wait to begin and since when, the longest wait first", (), Empty, Empty => Backlogs;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Batches {
    /// The oldest first, at most 200.
    pub items: Vec<Batch>,
}

/// A batch that is still open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Batch {
    pub step: StepId,
    /// Empty: the step has no key.
    pub key: String,
    pub count: u64,
    pub opened_at: Timestamp,
    /// Absent: it closes by its number of items alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lanes {
    /// The longest queue first, at most 200.
    pub items: Vec<Lane>,
}

/// Runs of one order key that wait behind the first of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lane {
    pub order_key: String,
    /// The run the others wait for: its status and hold say why.
    pub head: RunSummary,
    /// Runs behind it.
    pub waiting: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Backlogs {
    pub items: Vec<Backlog>,
}

/// What waits to begin in one workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Backlog {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    /// Runs that have not begun.
    pub runs: u64,
    /// Events held while the workflow is paused.
    pub held: u64,
    /// When the oldest of them came.
    pub oldest_at: Timestamp,
}

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Empty, RunsQuery, endpoint::*};
use crate::{
    Timestamp,
    ids::{JobId, StepId, TriggerId, WorkflowId},
    run::Choice,
};

endpoints! {
    CountRuns: Get "/runs/count" VIEWER, "How many runs fit a filter, counted up to 10,000", (), RunsQuery, Empty => RunCount;
    StartBulk: Post "/bulk" OPERATOR, "Replay, cancel, settle or delete all runs that fit a filter, one after the other in the background", (), Empty, NewBulk => Bulk;
    RunForMany: Post "/workflows/{id}/run-many" OPERATOR, "Start a run for each row of a table through a manual trigger, one after the other in the background", (WorkflowId,), Empty, NewRows => Bulk;
    GetBulk: Get "/bulk/{id}" VIEWER, "How far a bulk action has come", (JobId,), Empty, Empty => Bulk;
    StopBulk: Delete "/bulk/{id}" OPERATOR, "Stop a bulk action; what is done stays done", (JobId,), Empty, Empty => Bulk;
}

/// What an action on many runs would be carried out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunCount {
    pub count: u64,
    /// There are more; they were not counted.
    pub more: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// A new run of the same event for each.
    Replay,
    /// Those that have not ended.
    Cancel,
    /// Every step with an unknown outcome gets the same `choice`.
    Settle,
    /// Ended ones, with their data.
    Delete,
    /// A run for each row of a table; begun with `POST /workflows/{id}/run-many` alone.
    Run,
}

impl BulkAction {
    pub const ALL: [BulkAction; 5] =
        [BulkAction::Replay, BulkAction::Cancel, BulkAction::Settle, BulkAction::Delete, BulkAction::Run];

    pub fn as_str(self) -> &'static str {
        match self {
            BulkAction::Replay => "replay",
            BulkAction::Cancel => "cancel",
            BulkAction::Settle => "settle",
            BulkAction::Delete => "delete",
            BulkAction::Run => "run",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        BulkAction::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewBulk {
    pub action: BulkAction,
    /// Needs at least one condition; `cursor` and `limit` have no place in it. Runs that begin later are left out.
    pub filter: RunsQuery,
    /// Replays: from this step on, with the earlier ones' outputs; absent: from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_step: Option<StepId>,
    /// Replays: with the live version instead of each run's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newest: bool,
    /// Settling: what happened to the calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
}

/// A table, for a run of each row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRows {
    /// A manual trigger of the live version.
    pub trigger: TriggerId,
    /// The values of the trigger's form by field key, 1 to 5,000 times. All are checked before the first run begins.
    pub rows: Vec<Map<String, Value>>,
    /// Runs begun in a minute, 1 to 1,200.
    #[serde(default = "per_minute")]
    pub per_minute: u32,
}

impl NewRows {
    pub const MOST: usize = 5_000;
    pub const MOST_PER_MINUTE: u32 = 1_200;
}

fn per_minute() -> u32 {
    60
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkState {
    Running,
    Finished,
    /// By a person.
    Stopped,
    /// It could not go on; `error` says why.
    Failed,
}

impl BulkState {
    pub const ALL: [BulkState; 4] = [BulkState::Running, BulkState::Finished, BulkState::Stopped, BulkState::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            BulkState::Running => "running",
            BulkState::Finished => "finished",
            BulkState::Stopped => "stopped",
            BulkState::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        BulkState::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A bulk action and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Bulk {
    pub id: JobId,
    pub action: BulkAction,
    pub filter: RunsQuery,
    pub state: BulkState,
    /// Rows of a table; absent where it goes by a filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Runs it was carried out for.
    pub done: u64,
    /// Runs it does not apply to any more: ended in the meantime, the event no longer kept ...
    pub skipped: u64,
    /// Runs for which it was refused; `error` has the last reason.
    pub failed: u64,
    pub created_at: Timestamp,
    pub created_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

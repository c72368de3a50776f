use serde::{Deserialize, Serialize};

use super::{Empty, endpoint::*};
use crate::{
    Timestamp,
    ids::{ConnectionId, StepId, TriggerId, WorkflowId},
};

endpoints! {
    GetDashboard: Get "/dashboard" VIEWER, "How the workspace, or one workflow, fares: now, over a window, and against the window before", (), DashboardQuery, Empty => Dashboard;
}

/// Over which time. `window` counts back from now; `since` and `until` name any other time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DashboardQuery {
    /// `30m`, `1h`, `24h`, `7d` ... up to `90d`; `24h` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// At or after, in milliseconds; with it, `window` must not be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Before, in milliseconds; now unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Of this workflow alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    /// The time zone whose hours and days the buckets keep to (`Europe/Berlin`); the workspace's unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// Everything a dashboard shows, in one answer. Runs count when they end; tests never do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dashboard {
    /// When it was read.
    pub at: Timestamp,
    /// Where the first bucket begins; at or before what was asked for, at an edge of the zone's clock.
    pub since: Timestamp,
    pub until: Timestamp,
    pub zone: String,
    /// Of a bucket, in milliseconds; days in which the clock is changed are longer or shorter.
    pub step_ms: i64,
    pub buckets: Vec<DashboardBucket>,
    pub totals: DashboardTotals,
    /// Of the same time right before `since`.
    pub before: DashboardTotals,
    pub now: DashboardNow,
    /// Steps that failed most often, the worst first.
    pub failing: Vec<StepFigures>,
    /// Steps whose calls took longest on average, the slowest first.
    pub slowest: Vec<StepFigures>,
    /// Workflows with the most failures, then with the most runs.
    pub workflows: Vec<WorkflowFigures>,
    /// Accounts that were called in the window, the busiest first.
    pub connections: Vec<ConnectionFigures>,
    pub storage: DashboardStorage,
    /// Schedules that come next.
    pub next: Vec<ScheduleSlot>,
    /// Schedules whose time has passed, and nothing has begun.
    pub late: Vec<ScheduleSlot>,
    /// Workflows that are on, ran in the window before, and did not in this one.
    pub quiet: Vec<QuietWorkflow>,
}

/// What ended in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunCounts {
    pub succeeded: u64,
    pub failed: u64,
    /// Stopped by a filter.
    pub filtered: u64,
    pub cancelled: u64,
    /// Of the failed ones: those a later replay carried through.
    pub recovered: u64,
}

impl RunCounts {
    pub fn all(&self) -> u64 {
        self.succeeded + self.failed + self.filtered + self.cancelled
    }

    /// Of those that succeeded or failed, 0 to 1; nothing where none did.
    pub fn success_rate(&self) -> Option<f64> {
        let decided = self.succeeded + self.failed;
        (decided > 0).then(|| self.succeeded as f64 / decided as f64)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DashboardBucket {
    pub at: Timestamp,
    /// Where the next one begins.
    pub until: Timestamp,
    pub counts: RunCounts,
    /// Milliseconds from creation to end; absent where nothing ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DashboardTotals {
    pub counts: RunCounts,
    /// Attempts that were repeated.
    pub retries: u64,
    /// From creation to end; absent where nothing ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Percentiles>,
    /// From creation to the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_wait: Option<Percentiles>,
}

/// In milliseconds, within 5 % of the exact figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Percentiles {
    pub p50_ms: u64,
    pub p95_ms: u64,
    pub p99_ms: u64,
}

/// How things stand at the moment of asking. Counts of live runs stop at 20,000.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DashboardNow {
    pub queued: u64,
    pub running: u64,
    pub waiting: u64,
    /// Runs that could go on and wait for a free worker.
    pub backlog: u64,
    /// Milliseconds the first of them has waited.
    pub backlog_age_ms: i64,
    /// Calls nobody knows the end of.
    pub unknown: u64,
    /// Runs that wait for a connection.
    pub for_connection: u64,
    /// The connections somebody has to renew.
    pub reconnect: Vec<ConnectionName>,
    /// Runs that wait for a rate limit.
    pub for_budget: u64,
    /// Runs that wait behind another one of their order.
    pub in_order: u64,
    /// Runs of paused workflows.
    pub paused: u64,
    /// Runs the system has stopped.
    pub stopped: u64,
    /// Events of paused workflows that have no run yet.
    pub held_events: u64,
    pub failed_last_hour: u64,
    /// Triggers of workflows that are on, which do not hear of events as they should: at most 20.
    #[serde(default)]
    pub deaf: Vec<DeafTrigger>,
}

/// A trigger that does not hear of events as it should.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeafTrigger {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub trigger: TriggerId,
    /// Looks at its list, or calls about its webhook at the vendor, that failed one after the other.
    pub failures: u64,
    /// New items of its list that wait for a person's word.
    pub waiting: u64,
    /// Why it failed last; empty where nothing failed.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionName {
    pub id: ConnectionId,
    pub label: String,
    pub connector: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepFigures {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub step: StepId,
    /// As the workflow's draft names it; empty where it is gone.
    pub label: String,
    /// Calls that came to an end.
    pub calls: u64,
    /// Times the step failed for good.
    pub failures: u64,
    pub average_ms: u64,
    pub longest_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkflowFigures {
    pub workflow: WorkflowId,
    pub name: String,
    pub counts: RunCounts,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionFigures {
    pub connection: ConnectionName,
    pub calls: u64,
    /// Answered with "too many requests".
    pub limited: u64,
    /// Of the last full minute.
    pub calls_last_minute: u64,
    /// The tightest of the vendor's limits, as calls a minute; absent where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_per_minute: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DashboardStorage {
    /// Ended runs that are kept.
    pub runs: u64,
    /// Bytes of their events, journals and long values.
    pub run_bytes: u64,
    /// Bytes of the database; absent for one workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_bytes: Option<u64>,
}

/// A time at which a schedule starts a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScheduleSlot {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub trigger: TriggerId,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuietWorkflow {
    pub workflow: WorkflowId,
    pub name: String,
    /// Runs in the window before.
    pub before: u64,
    /// When one ended last, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

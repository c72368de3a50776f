use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cursor, Empty, Page, endpoint::*};
use crate::{
    Timestamp, WorkflowDefinition,
    ids::{ConnectionId, EventId, RunId, SampleId, StepId, StepPath, TriggerId, WorkflowId},
    run::{Choice, Control, ErrorClass, Hold, RunError, RunEvent, RunStatus, StepState, Tally},
};

endpoints! {
    ListRuns: Get "/runs" VIEWER, "Runs, newest first", (), RunsQuery, Empty => Page<RunSummary>;
    GetRun: Get "/runs/{id}" VIEWER, "A run with the input, output, attempts and error of each step", (RunId,), Empty, Empty => RunDetail;
    GetJournal: Get "/runs/{id}/journal" VIEWER, "The run's journal after a sequence number; as an event stream when `Accept: text/event-stream` asks for it", (RunId,), JournalQuery, Empty => Journal;
    CancelRun: Post "/runs/{id}/cancel" OPERATOR, "Cancel a run that has not ended", (RunId,), Empty, Empty => Empty;
    ResumeRun: Post "/runs/{id}/resume" OPERATOR, "Let a run go on that the system holds or that is paused", (RunId,), Empty, Empty => Empty;
    SettleRun: Post "/runs/{id}/settle" OPERATOR, "Say what happened to a call whose outcome is unknown", (RunId,), Empty, Settle => Empty;
    ReplayRun: Post "/runs/{id}/replay" OPERATOR, "Go through the run's event again as a new run", (RunId,), Empty, Replay => super::Receipt;
    MendRun: Post "/runs/{id}/mend" MAKER, "Keep a run's event, and what its steps gave, as the workflow's samples, to mend the draft with them", (RunId,), Empty, Empty => Mend;
}

/// Which runs. Every condition holds; the same names serve as query parameters, and as the filter of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RunsQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    /// Of workflows with this tag; upper and lower case are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Several with commas: `failed,waiting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Waiting for just this: `unknown`, `connection`, `budget`, `lane`, `paused` or `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// `true`: whatever it is that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<TriggerId>,
    /// Of versions with a step that uses this connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_class: Option<ErrorClass>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Failed at this step, in whichever iteration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_step: Option<StepId>,
    /// Failed with a message of this shape, as a group of failures has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_shape: Option<String>,
    /// `false`: neither it nor what it is a replay of was replayed after it. `true`: it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replayed: Option<bool>,
    /// Took, or takes, at least so many milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longer_than_ms: Option<i64>,
    /// Took, or has taken so far, less than so many milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shorter_than_ms: Option<i64>,
    /// Started by a step of this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// Replays of this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<RunId>,
    /// `live` (replays included, the default), `test` or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Created at or after, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Created before, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Ended at or after, in milliseconds; what a bar of the dashboard stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_since: Option<i64>,
    /// Ended before, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// 1 to 200; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunSummary {
    pub id: RunId,
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub version: u32,
    pub trigger: TriggerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// `live`, `test` or `replay`.
    pub kind: String,
    /// A replay's origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<RunId>,
    pub status: RunStatus,
    pub control: Control,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at: Option<Timestamp>,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    /// Optional fields that were missing and left out.
    pub notes: u32,
    pub retries: u32,
    /// Journal rows so far; rises with everything that happens to the run.
    pub seq: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunDetail {
    pub run: RunSummary,
    /// What started it; absent where it is no longer kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Value>,
    /// The definition the run keeps to; without triggers and steps where it cannot be read any more.
    pub definition: WorkflowDefinition,
    /// Who published that version; absent for a test of a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedBy>,
    /// Steps in the order they first appeared; inside loops, those of iterations that are not over.
    pub steps: Vec<RunStep>,
    /// Inside loops: how each step ended in the iterations that are over.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub past: BTreeMap<StepId, Tally>,
    /// Said by the Stop step that ended the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The answer the sender got from the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<RunResponse>,
}

/// Who published a version, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PublishedBy {
    /// A member's address, or the name of a token.
    pub by: String,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunStep {
    pub path: StepPath,
    pub step: StepId,
    pub label: String,
    /// `filter`, `http` ...: the step's kind, or its connector.
    pub kind: String,
    pub state: StepState,
    /// Where a step that waits is answered; for operators, whose word it may need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct JournalQuery {
    /// Rows with a higher sequence number only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
    /// Rows, 1 to 5,000; 1,000 unless given. An answer also ends after 8 MB of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Journal {
    pub rows: Vec<JournalRow>,
    /// There are rows after the last one: pass its `seq` as `after`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// One commit of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JournalRow {
    pub seq: i64,
    pub at: Timestamp,
    pub events: Vec<RunEvent>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Settle {
    pub path: StepPath,
    pub choice: Choice,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Replay {
    /// From this step on, with the earlier ones' outputs; absent: from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<StepId>,
    /// With the live version instead of the run's own.
    pub newest: bool,
}

/// What is needed to mend the workflow of a run that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mend {
    pub run: RunSummary,
    /// Where it failed, if the draft still has that step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// The sample made of its event; absent where the event is no longer kept, or the draft no longer has its trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleId>,
    /// Outputs that were too large to be kept as samples.
    pub left_out: u32,
    /// Which runs failed alike and were not replayed since: same workflow, step, class and shape of the message. Absent where the run
    /// did not fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alike: Option<RunsQuery>,
}

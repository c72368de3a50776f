//! Triggers of connectors that look at lists: where they stand, and what they would find.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Empty, endpoint::*};
use crate::{
    Timestamp,
    ids::{TriggerId, WorkflowId},
    run::ErrorClass,
};

endpoints! {
    GetTriggerStates: Get "/workflows/{id}/triggers/state" VIEWER, "Where the triggers that look at lists stand: last and next look, found, error, what is held", (WorkflowId,), Empty, Empty => TriggerStates;
    TryTrigger: Post "/workflows/{id}/triggers/{trigger}/try" MAKER, "What the draft's trigger would find now; nothing fires, and the last ten are kept as samples", (WorkflowId, TriggerId), Empty, Empty => TriedTrigger;
    DecideTrigger: Post "/workflows/{id}/triggers/{trigger}/held" OPERATOR, "Take or skip what a trigger found so much of at once that it waits for a person's word", (WorkflowId, TriggerId), Empty, HeldDecision => TriggerStates;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriggerStates {
    /// Of the live version's triggers that have looked at least once.
    pub items: Vec<TriggerState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriggerState {
    pub trigger: TriggerId,
    pub phase: TriggerPhase,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Absent while it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// New items of the last look.
    pub found: u64,
    /// New items that wait for a person's word.
    pub waiting: u64,
    /// Items that could not be read, all in all: they made no event.
    pub left_out: u64,
    /// Why the last of them could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out_why: Option<String>,
    /// Why the last look failed; absent: it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TriggerError>,
    /// Looks that failed in a row.
    pub failures: u32,
    /// What a person should know, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_at: Option<Timestamp>,
}

/// What a trigger does with what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TriggerPhase {
    /// It goes through what was there before; none of it makes an event.
    First,
    Live,
    /// It found so much at once that it waits for a person's word.
    Held,
    /// It takes all there is, as a person said.
    GoingOn,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriggerError {
    pub class: ErrorClass,
    /// The stable name of the error.
    pub code: String,
    /// For a person.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriedTrigger {
    /// Events as a run would see them, newest last; at most 10. They are among the trigger's samples, too.
    pub events: Vec<Value>,
    /// Items that could not be read, and would make no event.
    pub left_out: u64,
    /// There are more.
    pub more: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HeldDecision {
    pub choice: HeldChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HeldChoice {
    /// All of it makes events.
    Take,
    /// It counts as known, and so does what came since.
    Skip,
}

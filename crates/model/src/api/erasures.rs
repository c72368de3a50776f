use serde::{Deserialize, Serialize};

use super::{Empty, endpoint::*};
use crate::{
    Timestamp,
    ids::{JobId, WorkflowId},
};

endpoints! {
    ListErasures: Get "/erasures" OWNER, "The last erasures, newest first; none of them says what was looked for", (), Empty, Empty => Erasures;
    StartErasure: Post "/erasures" OWNER, "Look for everything that holds a value, such as a person's e-mail address, and count it; nothing is deleted", (), Empty, NewErasure => Erasure;
    GetErasure: Get "/erasures/{id}" OWNER, "How far an erasure has come", (JobId,), Empty, Empty => Erasure;
    CarryOutErasure: Post "/erasures/{id}/carry-out" OWNER, "Delete what was counted, in the background; it cannot be undone", (JobId,), Empty, CarryOut => Erasure;
    StopErasure: Delete "/erasures/{id}" OWNER, "Stop an erasure and forget what was looked for; what is deleted stays deleted", (JobId,), Empty, Empty => Erasure;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewErasure {
    /// 5 to 200 characters: an e-mail address, a telephone number, a customer's number. Found where it stands by itself, in any capitals.
    pub value: String,
}

impl NewErasure {
    /// Characters: a shorter value would find what belongs to others.
    pub const SHORTEST: usize = 5;
    pub const LONGEST: usize = 200;

    /// Whether a value is neither too short nor too long to be looked for. Spaces around it do not count.
    pub fn fits(value: &str) -> bool {
        (Self::SHORTEST..=Self::LONGEST).contains(&value.trim().chars().count())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CarryOut {
    /// Also values that steps keep: workflows may need them.
    pub kept_values: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    Counting,
    /// Waits for a person's word, an hour at most.
    Counted,
    Erasing,
    Finished,
    /// By a person, or because nobody said to go on.
    Stopped,
}

impl ErasureState {
    pub const ALL: [ErasureState; 5] =
        [ErasureState::Counting, ErasureState::Counted, ErasureState::Erasing, ErasureState::Finished, ErasureState::Stopped];

    pub fn as_str(self) -> &'static str {
        match self {
            ErasureState::Counting => "counting",
            ErasureState::Counted => "counted",
            ErasureState::Erasing => "erasing",
            ErasureState::Finished => "finished",
            ErasureState::Stopped => "stopped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        ErasureState::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Something is done in the background.
    pub fn is_under_way(self) -> bool {
        matches!(self, ErasureState::Counting | ErasureState::Erasing)
    }
}

/// What of one workflow holds the value, or held it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ErasureCount {
    /// Absent: of the workspace as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    /// As it is called now; absent where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Ended ones, which go with their events, journals, long values and files.
    pub runs: u64,
    /// Those that have not ended stay, and so do rows of a table that is being run: cancel them or wait, and look again.
    pub live_runs: u64,
    /// Their journals are damaged or of a newer version: they may hold the value, and they stay.
    pub unreadable_runs: u64,
    /// That led to no run.
    pub events: u64,
    /// That wait for their workflow to be turned on; they stay.
    pub held_events: u64,
    /// Samples, and simulated accounts of sandboxes, in which the value is replaced.
    pub samples: u64,
    /// Requests and deliveries kept for the list of a webhook.
    pub requests: u64,
    pub kept_values: u64,
    /// Texts of alerts, and why a look, a webhook or a message failed, in which the value is replaced.
    pub alerts: u64,
    /// Its steps or settings name it: that is for its maker to change.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_definition: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Erasure {
    pub id: JobId,
    pub state: ErasureState,
    /// Looked through so far in this pass: runs, and after them the rest.
    pub looked_through: u64,
    /// While counting and after it: what was found; while erasing and after it: what was deleted.
    pub counts: Vec<ErasureCount>,
    pub created_by: String,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Erasures {
    pub items: Vec<Erasure>,
}

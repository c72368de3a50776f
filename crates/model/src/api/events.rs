use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cursor, Empty, Page, endpoint::*};
use crate::{
    Timestamp,
    ids::{EventId, RunId, TriggerId, WorkflowId},
};

endpoints! {
    ListEvents: Get "/events" VIEWER, "Events that came in: accepted, held, filtered, refused and duplicate, newest first", (), EventsQuery, Empty => Page<EventSummary>;
    GetEvent: Get "/events/{id}" VIEWER, "An event with its data", (EventId,), Empty, Empty => EventDetail;
    GetEventFile: Get "/events/{id}/files/{sha256}" VIEWER, "The content of a file that came with an event, as an attachment", (EventId, String), Empty, Empty => Empty;
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    Accepted,
    /// Waits until its workflow goes on.
    Held,
    /// The trigger's filter did not let it pass.
    Filtered,
    Refused,
    Duplicate,
}

impl EventState {
    pub const ALL: [EventState; 5] =
        [EventState::Accepted, EventState::Held, EventState::Filtered, EventState::Refused, EventState::Duplicate];

    pub fn as_str(self) -> &'static str {
        match self {
            EventState::Accepted => "accepted",
            EventState::Held => "held",
            EventState::Filtered => "filtered",
            EventState::Refused => "refused",
            EventState::Duplicate => "duplicate",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        EventState::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct EventsQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<EventState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<TriggerId>,
    /// Part of the reason why it was held, filtered, refused or a duplicate; upper and lower case are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Received at or after, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Received before, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// 1 to 200; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventSummary {
    pub id: EventId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    pub state: EventState,
    /// Why it was held, filtered, refused or a duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub received_at: Timestamp,
    /// Of the stored data.
    pub bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventDetail {
    pub event: EventSummary,
    pub data: Value,
}

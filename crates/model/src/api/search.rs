use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Empty, EventSummary, RunSummary, endpoint::*};
use crate::{Timestamp, ids::WorkflowId};

endpoints! {
    SearchRuns: Get "/runs/search" VIEWER, "Find runs and events by id, duplicate key or any value of the last 7 days; one `SearchLine` as JSON per line while it is found", (), SearchQuery, Empty => SearchLine;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchQuery {
    /// A run's or event's id, a duplicate key, or part of a value: 2 to 200 characters. Upper and lower case are the same.
    pub q: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
}

impl SearchQuery {
    /// Characters of what is searched for, without the space around it.
    pub const SHORTEST: usize = 2;
    pub const LONGEST: usize = 200;
}

/// One line of a search. Closing the connection stops it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SearchLine {
    /// Its id is what was searched for.
    Run {
        run: Box<RunSummary>,
    },
    /// Found by its id, its duplicate key or a value.
    Event {
        event: EventSummary,
        by: FoundBy,
        places: Vec<FoundPlace>,
    },
    /// How far it has come: events looked at, back to when.
    Progress {
        searched: u64,
        back_to: Timestamp,
    },
    Done {
        searched: u64,
        reason: SearchEnd,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    Id,
    DuplicateKey,
    Value,
}

/// Where in an event the text was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundPlace {
    /// Keys and indexes from the event down to the value.
    pub path: Vec<Value>,
    /// At most 120 characters around what was found.
    pub excerpt: String,
}

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SearchEnd {
    /// Everything of the last 7 days was looked at.
    Complete,
    /// 50,000 events were looked at.
    MostEvents,
    /// 200 events were found.
    MostFound,
    /// It could not go on; try again.
    Failed,
}

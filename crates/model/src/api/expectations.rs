//! What the past of a workflow suggests to expect of it.

use serde::{Deserialize, Serialize};

use super::{Empty, endpoint::*};
use crate::{definition::Expectation, ids::WorkflowId};

endpoints! {
    SuggestExpectation: Get "/workflows/{id}/expectation" VIEWER, "What has come regularly in the past eight weeks, as an expectation that can be set", (WorkflowId,), ExpectationQuery, Empty => SuggestedExpectation;
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExpectationQuery {
    /// IANA name of the zone whose days count; that of the draft unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SuggestedExpectation {
    /// Absent: there is too little history, or no rhythm in it, or only schedules and people start the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<ExpectationSuggestion>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExpectationSuggestion {
    pub expects: Expectation,
    /// Days from the first event it is made of until now.
    pub days: u32,
    /// From one of its times to the next, so many spans were looked at ...
    pub spans: u32,
    /// ... and in so many of them fewer events came: at most in one of twenty.
    pub missed: u32,
}

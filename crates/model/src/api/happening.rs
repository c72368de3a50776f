//! Making something happen in a sandbox, so that a live trigger is seen to notice.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Empty, HookOutcome, endpoint::*};
use crate::ids::{RunId, TriggerId, WorkflowId};

endpoints! {
    GetHappening: Get "/workflows/{id}/triggers/{trigger}/happening" MAKER, "What would happen in the sandbox of a live trigger, and in which ways it can; nothing happens yet", (WorkflowId, TriggerId), Empty, Empty => Happening;
    MakeHappen: Post "/workflows/{id}/triggers/{trigger}/happening" OPERATOR, "Make it happen: the simulated vendor sends a signed delivery or has something new in its list; other triggers start with their sample, where every connection is a sandbox", (WorkflowId, TriggerId), Empty, WantedHappening => Happened;
}

/// How a trigger is told of what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Noticed {
    /// The simulated vendor sends a delivery, which is checked as a real one.
    Delivery,
    /// The simulated vendor's list has it, and the trigger looks at once.
    Look,
    /// The workflow starts with the trigger's newest sample.
    Start,
}

/// In which way it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HappeningWay {
    #[default]
    Usual,
    /// The same comes twice.
    Doubled,
    /// It was signed, or happened, long before it comes.
    Late,
    /// Its signature is somebody else's.
    Forged,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Happening {
    pub noticed: Noticed,
    /// Those that can be asked for.
    pub ways: Vec<HappeningWay>,
    /// What is sent, or put into the list: as the vendor has it.
    pub event: Value,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WantedHappening {
    pub way: HappeningWay,
    /// Instead of what the sandbox makes up, at most 96 KiB of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Value>,
}

/// What was made to happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Happened {
    pub noticed: Noticed,
    pub event: Value,
    /// What became of each delivery or start; empty where the trigger looks by itself.
    pub came: Vec<Came>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Came {
    pub outcome: HookOutcome,
    /// What the vendor was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it was refused or filtered; for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The run it started; a duplicate's is the first one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

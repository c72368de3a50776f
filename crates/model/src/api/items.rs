use serde::{Deserialize, Serialize};

use super::{Cursor, Empty, Page, RunSummary, endpoint::*};
use crate::{
    ids::{RunId, StepPath},
    run::{Datum, StepError},
};

endpoints! {
    ListItems: Get "/runs/{id}/items" VIEWER, "The iterations of one loop of a run, in order", (RunId,), ItemsQuery, Empty => Items;
    ListChildren: Get "/runs/{id}/children" VIEWER, "The runs that steps of this run have started, newest first", (RunId,), ChildrenQuery, Empty => Page<RunSummary>;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemsQuery {
    /// The loop: `each`, inside another one `each[3].inner`.
    pub path: StepPath,
    /// Iterations with a higher index only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// 1 to 200; 50 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only those in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ItemStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ChildrenQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// 1 to 200; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Items {
    /// Iterations that have begun, in the order of their index.
    pub items: Vec<Item>,
    /// Pass it as `after` to go on; absent: this was the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// It has begun and not ended.
    Open,
    Succeeded,
    /// It failed, and the loop's error body dealt with it.
    Recovered,
    /// Ended early, without a result: a filter, Continue, or nothing in it ran.
    Passed,
    /// It failed, and the loop went on.
    Skipped,
    /// It failed, and the loop with it.
    Failed,
    /// The loop ended with it.
    Last,
}

/// One iteration of a loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    /// Counts from 0.
    pub index: u32,
    pub status: ItemStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<StepError>>,
    /// What it gave; long values as references.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Datum>,
}

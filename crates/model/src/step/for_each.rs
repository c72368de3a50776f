use serde::{Deserialize, Serialize};

use crate::{Mapped, ids::StepId};

/// Goes through a list: its body is carried out once for each element, `concurrency` of them at a time, begun in order.
///
/// Output: `{items, failed, errors}`. `items`: what each element gave, in the list's order; null for one that a filter or Continue
/// ended, that failed and was skipped, or that a Break left unfinished; after a Break those that were never begun are not in it.
/// `failed`: how many failed. `errors`: the first 100 of those: `{index, class, code, message}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ForEach {
    /// An array, or an object, whose elements are its entries `{key, value}`.
    pub over: Mapped,
    /// The name under which the body sees the element. Beside it stands `loop`: `index`, from 0, and `count`.
    #[serde(default = "item_name")]
    pub item: String,
    #[serde(default)]
    pub body: Vec<StepId>,
    /// 1 to 50.
    #[serde(default = "one")]
    pub concurrency: u32,
    #[serde(default)]
    pub on_item_error: OnItemError,
    /// Carried out for an element that failed, where `on_item_error` is [`OnItemError::Body`]; it sees what the body saw and `error`:
    /// `{step, class, code, message}`. What its last step gives, the element gives. Where it fails too, the loop does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_body: Option<Vec<StepId>>,
    /// What each element gives; absent: the output of the last step of its body that ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Mapped>,
}

impl ForEach {
    /// No loop goes over more elements.
    pub const MAX_ITEMS: usize = 100_000;
    pub const MAX_CONCURRENCY: u32 = 50;
}

fn item_name() -> String {
    "item".into()
}

fn one() -> u32 {
    1
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnItemError {
    /// The loop fails; calls under way for other elements still end.
    #[default]
    Stop,
    /// The element gives null, and the loop goes on.
    Skip,
    /// The element goes through the error body, and the loop goes on.
    Body,
}

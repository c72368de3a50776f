//! The kinds of step, one file each.

mod action;
mod branch;
mod delay;
mod filter;
mod policy;
mod respond;
mod set;
mod stop;

use serde::{Deserialize, Serialize};

use crate::ids::StepId;

pub use action::Action;
pub use branch::{Arm, Branch, BranchMode};
pub use delay::Delay;
pub use filter::Filter;
pub use policy::{OnError, OnUnknown, Policy, Retry};
pub use respond::Respond;
pub use set::{Set, SetField};
pub use stop::{Stop, StopResult};

/// One step of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The name expressions use: `a-z`, `0-9`, `_`, not starting with a digit, unique.
    pub slug: String,
    pub label: String,
    pub kind: StepKind,
    #[serde(default, skip_serializing_if = "Policy::is_default")]
    pub policy: Policy,
    /// Switched off: passed over, as if it were not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StepKind {
    Action(Action),
    Filter(Filter),
    Branch(Branch),
    Delay(Delay),
    Set(Set),
    Respond(Respond),
    Stop(Stop),
}

impl StepKind {
    /// The tag of the kind, as stored.
    pub fn name(&self) -> &'static str {
        match self {
            StepKind::Action(_) => "action",
            StepKind::Filter(_) => "filter",
            StepKind::Branch(_) => "branch",
            StepKind::Delay(_) => "delay",
            StepKind::Set(_) => "set",
            StepKind::Respond(_) => "respond",
            StepKind::Stop(_) => "stop",
        }
    }

    /// The bodies a step of this kind holds.
    pub fn bodies(&self) -> impl Iterator<Item = &Vec<StepId>> {
        let arms = match self {
            StepKind::Branch(branch) => branch.arms.as_slice(),
            _ => &[],
        };
        arms.iter().map(|arm| &arm.body)
    }
}

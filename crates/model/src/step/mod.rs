//! The kinds of step, one file each.

mod action;
mod bodies;
mod branch;
mod code;
mod collect;
mod delay;
mod filter;
mod for_each;
mod leave;
mod lookup;
mod parallel;
mod policy;
mod repeat;
mod respond;
mod section;
mod set;
mod slots;
mod stop;
mod store;
mod sub_workflow;
mod transform;
mod wait;

use serde::{Deserialize, Serialize};

pub use action::Action;
pub use branch::{Arm, Branch, BranchMode};
pub use code::Code;
pub use collect::Collect;
pub use delay::{Delay, NextTime};
pub use filter::Filter;
pub use for_each::{ForEach, OnItemError};
pub use leave::{Break, Continue};
pub use lookup::{Lookup, LookupRow};
pub use parallel::{Join, Parallel};
pub use policy::{OnError, OnUnknown, Policy, Retry};
pub use repeat::RepeatUntil;
pub use respond::Respond;
pub use section::Section;
pub use set::{Set, SetField};
pub use slots::{Content, ContentMut, Slot};
pub use stop::{Stop, StopResult};
pub use store::{Store, StoreOp, StoreScope};
pub use sub_workflow::SubWorkflow;
pub use transform::{Transform, TransformOp};
pub use wait::{Approval, Wait, WaitFor};

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
    ForEach(ForEach),
    Parallel(Parallel),
    Section(Section),
    RepeatUntil(RepeatUntil),
    Break(Break),
    Continue(Continue),
    Wait(Wait),
    SubWorkflow(SubWorkflow),
    Collect(Collect),
    Code(Code),
    Transform(Transform),
    Store(Store),
    Lookup(Lookup),
}

/// The body of a step that has one only, and the first of a section.
pub const BODY: &str = "body";
/// The error body of a section.
pub const ERROR_BODY: &str = "error";
/// The body a wait goes into when nobody answers in time.
pub const TIMEOUT_BODY: &str = "timeout";

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
            StepKind::ForEach(_) => "for_each",
            StepKind::Parallel(_) => "parallel",
            StepKind::Section(_) => "section",
            StepKind::RepeatUntil(_) => "repeat_until",
            StepKind::Break(_) => "break",
            StepKind::Continue(_) => "continue",
            StepKind::Wait(_) => "wait",
            StepKind::SubWorkflow(_) => "sub_workflow",
            StepKind::Collect(_) => "collect",
            StepKind::Code(_) => "code",
            StepKind::Transform(_) => "transform",
            StepKind::Store(_) => "store",
            StepKind::Lookup(_) => "lookup",
        }
    }

    /// The arms of a kind whose arms come and go.
    pub fn arms(&self) -> Option<&[Arm]> {
        match self {
            StepKind::Branch(Branch { arms, .. }) | StepKind::Parallel(Parallel { arms, .. }) => Some(arms),
            _ => None,
        }
    }

    pub fn arms_mut(&mut self) -> Option<&mut Vec<Arm>> {
        match self {
            StepKind::Branch(Branch { arms, .. }) | StepKind::Parallel(Parallel { arms, .. }) => Some(arms),
            _ => None,
        }
    }

    /// Whether the steps of its body run more than once, each time under a path of its own.
    pub fn is_loop(&self) -> bool {
        matches!(self, StepKind::ForEach(_) | StepKind::RepeatUntil(_))
    }
}

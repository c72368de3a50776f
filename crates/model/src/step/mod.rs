//! The kinds of step, one file each.

mod action;
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

use crate::ids::{ArmId, StepId};

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

    /// The table of the bodies each kind holds, in reading order: an arm's by its id, others by [`BODY`] and [`ERROR_BODY`].
    pub fn named_bodies(&self) -> Vec<(ArmId, &Vec<StepId>)> {
        match self {
            StepKind::Branch(Branch { arms, .. }) | StepKind::Parallel(Parallel { arms, .. }) => {
                arms.iter().map(|arm| (arm.id.clone(), &arm.body)).collect()
            }
            StepKind::RepeatUntil(RepeatUntil { body, .. }) => vec![(BODY.into(), body)],
            StepKind::ForEach(ForEach { body, error_body, .. }) | StepKind::Section(Section { body, error_body }) => {
                let error = error_body.iter().map(|body| (ERROR_BODY.into(), body));
                std::iter::once((BODY.into(), body)).chain(error).collect()
            }
            StepKind::Wait(Wait { timeout_body, .. }) => timeout_body.iter().map(|body| (TIMEOUT_BODY.into(), body)).collect(),
            StepKind::Action(_)
            | StepKind::Filter(_)
            | StepKind::Delay(_)
            | StepKind::Set(_)
            | StepKind::Respond(_)
            | StepKind::Stop(_)
            | StepKind::Break(_)
            | StepKind::Continue(_)
            | StepKind::SubWorkflow(_)
            | StepKind::Collect(_)
            | StepKind::Code(_)
            | StepKind::Transform(_)
            | StepKind::Store(_)
            | StepKind::Lookup(_) => Vec::new(),
        }
    }

    /// One of [`named_bodies`](Self::named_bodies), to be changed.
    pub fn body_mut(&mut self, id: &ArmId) -> Option<&mut Vec<StepId>> {
        match self {
            StepKind::Branch(Branch { arms, .. }) | StepKind::Parallel(Parallel { arms, .. }) => {
                arms.iter_mut().find(|arm| &arm.id == id).map(|arm| &mut arm.body)
            }
            StepKind::ForEach(ForEach { body, .. })
            | StepKind::RepeatUntil(RepeatUntil { body, .. })
            | StepKind::Section(Section { body, .. })
                if id.0 == BODY =>
            {
                Some(body)
            }
            StepKind::Section(Section { error_body, .. }) if id.0 == ERROR_BODY => error_body.as_mut(),
            StepKind::ForEach(ForEach { error_body, .. }) if id.0 == ERROR_BODY => error_body.as_mut(),
            StepKind::Wait(Wait { timeout_body, .. }) if id.0 == TIMEOUT_BODY => timeout_body.as_mut(),
            _ => None,
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

    /// The same with nothing in its bodies: what it does, apart from the steps in it.
    pub fn without_bodies(&self) -> StepKind {
        let mut bare = self.clone();
        for (id, _) in self.named_bodies() {
            if let Some(body) = bare.body_mut(&id) {
                body.clear();
            }
        }
        bare
    }

    /// The bodies a step of this kind holds.
    pub fn bodies(&self) -> impl Iterator<Item = &Vec<StepId>> {
        self.named_bodies().into_iter().map(|(_, body)| body)
    }

    /// Whether the steps of its body run more than once, each time under a path of its own.
    pub fn is_loop(&self) -> bool {
        matches!(self, StepKind::ForEach(_) | StepKind::RepeatUntil(_))
    }
}

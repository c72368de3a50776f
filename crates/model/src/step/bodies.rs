//! Every body that a step holds: one table, for reading and for changing.

use super::{BODY, Branch, ERROR_BODY, ForEach, Parallel, RepeatUntil, Section, StepKind, TIMEOUT_BODY, Wait};
use crate::ids::{ArmId, StepId};

macro_rules! bodies {
    ($(#[$doc:meta])* $name:ident, $iter:ident $(, $mutable:tt)?) => {
        $(#[$doc])*
        pub fn $name(&$($mutable)? self) -> Vec<(ArmId, &$($mutable)? Vec<StepId>)> {
            match self {
                StepKind::Branch(Branch { arms, .. }) | StepKind::Parallel(Parallel { arms, .. }) => {
                    arms.$iter().map(|arm| (arm.id.clone(), &$($mutable)? arm.body)).collect()
                }
                StepKind::RepeatUntil(RepeatUntil { body, .. }) => vec![(BODY.into(), body)],
                StepKind::ForEach(ForEach { body, error_body, .. }) | StepKind::Section(Section { body, error_body }) => {
                    let error = error_body.$iter().map(|body| (ERROR_BODY.into(), body));
                    std::iter::once((BODY.into(), body)).chain(error).collect()
                }
                StepKind::Wait(Wait { timeout_body, .. }) => {
                    timeout_body.$iter().map(|body| (TIMEOUT_BODY.into(), body)).collect()
                }
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
    };
}

impl StepKind {
    bodies! {
        /// The bodies each kind holds, in reading order: an arm's by its id, others by [`BODY`], [`ERROR_BODY`] and [`TIMEOUT_BODY`].
        named_bodies, iter
    }
    bodies! {
        /// The same, to be changed.
        named_bodies_mut, iter_mut, mut
    }

    /// One of [`named_bodies`](Self::named_bodies), to be changed.
    pub fn body_mut(&mut self, id: &ArmId) -> Option<&mut Vec<StepId>> {
        self.named_bodies_mut().into_iter().find(|(arm, _)| arm == id).map(|(_, body)| body)
    }

    /// The bodies a step of this kind holds.
    pub fn bodies(&self) -> impl Iterator<Item = &Vec<StepId>> {
        self.named_bodies().into_iter().map(|(_, body)| body)
    }

    /// The same with nothing in its bodies: what it does, apart from the steps in it.
    pub fn without_bodies(&self) -> StepKind {
        let mut bare = self.clone();
        bare.named_bodies_mut().into_iter().for_each(|(_, body)| body.clear());
        bare
    }
}

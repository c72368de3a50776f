//! Every place of a step that holds a mapped value or a condition, and what it may refer to.

use model::ids::ArmId;
use model::step::{Delay, Step, StepKind};
use model::{Condition, Mapped};

pub(super) enum Content<'a> {
    Mapped(&'a Mapped),
    Condition(&'a Condition),
}

pub(super) struct Slot<'a> {
    /// `input.url`
    pub field: String,
    pub content: Content<'a>,
    /// The slot is evaluated after this arm of the step, not before the step.
    pub after_arm: Option<&'a ArmId>,
}

impl<'a> Slot<'a> {
    fn mapped(field: String, mapped: &'a Mapped) -> Self {
        Self { field, content: Content::Mapped(mapped), after_arm: None }
    }

    fn condition(field: String, condition: &'a Condition) -> Self {
        Self { field, content: Content::Condition(condition), after_arm: None }
    }
}

pub(super) fn slots(step: &Step) -> Vec<Slot<'_>> {
    match &step.kind {
        StepKind::Action(action) => {
            action.input.iter().map(|(key, mapped)| Slot::mapped(format!("input.{key}"), mapped)).collect()
        }
        StepKind::Filter(filter) => vec![Slot::condition("condition".into(), &filter.condition)],
        StepKind::Branch(branch) => {
            let of_arm = |arm: &'_ model::step::Arm| format!("arms.{}", arm.id);
            let mut slots = Vec::new();
            for arm in &branch.arms {
                slots.extend(
                    arm.condition.iter().map(|condition| Slot::condition(format!("{}.condition", of_arm(arm)), condition)),
                );
                slots.extend(arm.output.iter().map(|(name, mapped)| Slot {
                    after_arm: Some(&arm.id),
                    ..Slot::mapped(format!("{}.output.{name}", of_arm(arm)), mapped)
                }));
            }
            slots
        }
        StepKind::Delay(Delay::Until(until)) => vec![Slot::mapped("until".into(), until)],
        StepKind::Delay(Delay::For { .. }) => Vec::new(),
        StepKind::Set(set) => {
            set.fields.iter().map(|field| Slot::mapped(format!("fields.{}", field.name), &field.value)).collect()
        }
        StepKind::Respond(respond) => {
            let headers = respond.headers.iter().map(|(name, mapped)| Slot::mapped(format!("headers.{name}"), mapped));
            std::iter::once(Slot::mapped("body".into(), &respond.body)).chain(headers).collect()
        }
        StepKind::Stop(stop) => stop.message.iter().map(|message| Slot::mapped("message".into(), message)).collect(),
    }
}

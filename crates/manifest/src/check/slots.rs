//! Every place of a step that holds a mapped value or a condition, and what it may refer to.

use model::ids::ArmId;
use model::step::{Arm, BODY, Delay, Step, StepKind};
use model::{Condition, Mapped};

pub(super) enum Content<'a> {
    Mapped(&'a Mapped),
    Condition(&'a Condition),
}

pub(super) struct Slot<'a> {
    /// `input.url`
    pub field: String,
    pub content: Content<'a>,
    /// The slot is evaluated after this body of the step, not before the step.
    pub after_body: Option<ArmId>,
}

impl<'a> Slot<'a> {
    fn mapped(field: String, mapped: &'a Mapped) -> Self {
        Self { field, content: Content::Mapped(mapped), after_body: None }
    }

    fn after(self, body: ArmId) -> Self {
        Self { after_body: Some(body), ..self }
    }

    fn condition(field: String, condition: &'a Condition) -> Self {
        Self { field, content: Content::Condition(condition), after_body: None }
    }
}

fn arms(arms: &[Arm]) -> Vec<Slot<'_>> {
    let mut slots = Vec::new();
    for arm in arms {
        let of_arm = format!("arms.{}", arm.id);
        slots.extend(arm.condition.iter().map(|condition| Slot::condition(format!("{of_arm}.condition"), condition)));
        let outputs = arm.output.iter();
        slots.extend(outputs.map(|(name, mapped)| Slot::mapped(format!("{of_arm}.output.{name}"), mapped).after(arm.id.clone())));
    }
    slots
}

pub(super) fn slots(step: &Step) -> Vec<Slot<'_>> {
    match &step.kind {
        StepKind::Action(action) => {
            action.input.iter().map(|(key, mapped)| Slot::mapped(format!("input.{key}"), mapped)).collect()
        }
        StepKind::Filter(filter) => vec![Slot::condition("condition".into(), &filter.condition)],
        StepKind::Branch(branch) => arms(&branch.arms),
        StepKind::Parallel(parallel) => arms(&parallel.arms),
        StepKind::ForEach(each) => {
            let output = each.output.iter().map(|output| Slot::mapped("output".into(), output).after(BODY.into()));
            std::iter::once(Slot::mapped("over".into(), &each.over)).chain(output).collect()
        }
        StepKind::RepeatUntil(repeat) => vec![Slot::condition("until".into(), &repeat.until).after(BODY.into())],
        StepKind::Section(_) | StepKind::Break(_) | StepKind::Continue(_) => Vec::new(),
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

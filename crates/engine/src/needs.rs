//! Which steps' outputs a step looks at.

use std::collections::BTreeSet;

use expr::{Mapped, Names, Source, condition_references, references};
use model::step::{Arm, Delay, Step, StepKind};

/// The ids of the steps that expressions of `step` refer to.
pub(crate) fn steps_seen(step: &Step, names: &Names) -> BTreeSet<String> {
    let mut found = Vec::new();
    let mut mapped = |mapped: &Mapped| found.extend(references(mapped, names));
    match &step.kind {
        StepKind::Action(action) => action.input.values().for_each(mapped),
        StepKind::Filter(filter) => found.extend(condition_references(&filter.condition, names)),
        StepKind::Branch(branch) => {
            outputs(&branch.arms).for_each(&mut mapped);
            branch
                .arms
                .iter()
                .filter_map(|arm| arm.condition.as_ref())
                .for_each(|condition| found.extend(condition_references(condition, names)));
        }
        StepKind::Parallel(parallel) => outputs(&parallel.arms).for_each(mapped),
        StepKind::ForEach(each) => std::iter::once(&each.over).chain(&each.output).for_each(mapped),
        StepKind::RepeatUntil(repeat) => found.extend(condition_references(&repeat.until, names)),
        StepKind::Section(_) | StepKind::Break(_) | StepKind::Continue(_) => {}
        StepKind::Delay(Delay::For { .. }) => {}
        StepKind::Delay(Delay::Until(moment)) => mapped(moment),
        StepKind::Set(set) => set.fields.iter().for_each(|field| mapped(&field.value)),
        StepKind::Respond(respond) => {
            mapped(&respond.body);
            respond.headers.values().for_each(mapped);
        }
        StepKind::Stop(stop) => stop.message.iter().for_each(mapped),
    }
    let step_of = |source| match source {
        Source::Step(id) => Some(id),
        _ => None,
    };
    found.into_iter().filter_map(|reference| step_of(reference.source)).collect()
}

fn outputs(arms: &[Arm]) -> impl Iterator<Item = &Mapped> {
    arms.iter().flat_map(|arm| arm.output.values())
}

use super::WorkflowDefinition;
use crate::{
    Mapped,
    step::{Arm, Delay, StepKind},
};

/// Rewrites every raw expression that uses `old` as a step's name.
pub(super) fn rename_slug(def: &mut WorkflowDefinition, old: &str, new: &str) {
    for step in def.steps.values_mut() {
        let rename = |mapped: &mut Mapped| expr::rename_slug(mapped, old, new);
        match &mut step.kind {
            StepKind::Action(action) => action.input.values_mut().for_each(rename),
            StepKind::Set(set) => set.fields.iter_mut().map(|field| &mut field.value).for_each(rename),
            StepKind::Respond(respond) => {
                rename(&mut respond.body);
                respond.headers.values_mut().for_each(rename);
            }
            StepKind::Stop(stop) => stop.message.iter_mut().for_each(rename),
            StepKind::Delay(Delay::Until(until)) => rename(until),
            StepKind::Delay(Delay::For { .. }) => {}
            StepKind::Filter(filter) => expr::rename_slug_condition(&mut filter.condition, old, new),
            StepKind::Branch(branch) => rename_arms(&mut branch.arms, old, new),
            StepKind::Parallel(parallel) => rename_arms(&mut parallel.arms, old, new),
            StepKind::ForEach(each) => {
                rename(&mut each.over);
                each.output.iter_mut().for_each(rename);
            }
            StepKind::RepeatUntil(repeat) => expr::rename_slug_condition(&mut repeat.until, old, new),
            StepKind::Section(_) | StepKind::Break(_) | StepKind::Continue(_) => {}
        }
    }
}

fn rename_arms(arms: &mut [Arm], old: &str, new: &str) {
    for arm in arms {
        if let Some(condition) = &mut arm.condition {
            expr::rename_slug_condition(condition, old, new);
        }
        arm.output.values_mut().for_each(|mapped| expr::rename_slug(mapped, old, new));
    }
}

use super::WorkflowDefinition;
use crate::{
    Mapped,
    step::{Delay, StepKind},
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
            StepKind::Branch(branch) => {
                for arm in &mut branch.arms {
                    if let Some(condition) = &mut arm.condition {
                        expr::rename_slug_condition(condition, old, new);
                    }
                    arm.output.values_mut().for_each(|mapped| expr::rename_slug(mapped, old, new));
                }
            }
        }
    }
}

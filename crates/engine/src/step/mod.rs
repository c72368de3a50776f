//! The kinds of step, one file each, behind one table.

mod action;
mod branch;
mod comparisons;
mod delay;
mod filter;
mod respond;
mod set;
mod stop;

use model::{
    ids::{StepId, StepPath},
    run::{SkipReason, StepStatus},
    step::{Step, StepKind},
};

use crate::{
    decide::stopped_at,
    walk::{Flow, Walk},
};

/// A step that is being carried out.
#[derive(Clone, Copy)]
struct At<'s, 'a> {
    id: &'s StepId,
    path: &'s StepPath,
    step: &'a Step,
}

/// The table: what carrying out a step of each kind means.
fn carry_out<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>) -> Flow {
    match &at.step.kind {
        StepKind::Action(action) => action::advance(walk, at, action),
        StepKind::Filter(filter) => filter::advance(walk, at, filter),
        StepKind::Branch(branch) => branch::advance(walk, at, branch),
        StepKind::Delay(delay) => delay::advance(walk, at, delay),
        StepKind::Set(set) => set::advance(walk, at, set),
        StepKind::Respond(respond) => respond::advance(walk, at, respond),
        StepKind::Stop(stop) => stop::advance(walk, at, stop),
    }
}

/// Brings one step as far as it comes.
pub(crate) fn advance(walk: &mut Walk<'_>, id: &StepId) -> Flow {
    let path = StepPath::from(id);
    let ctx = walk.ctx;
    let Some(step) = ctx.def.steps.get(id) else {
        return walk.contradiction(&path, "definition.unknown_step", format!("The workflow has no step `{id}`."));
    };
    let at = At { id, path: &path, step };
    if let Some(flow) = ended(walk, at) {
        return flow;
    }
    if let Err(flow) = walk.may_enter(id, &path) {
        return flow;
    }
    if walk.step_state(&path).is_none() {
        if step.disabled {
            walk.skip(std::slice::from_ref(id), SkipReason::SwitchedOff);
            return Flow::Next;
        }
        if walk.state.given.contains_key(id) {
            return take_given(walk, at);
        }
    }
    carry_out(walk, at)
}

/// Carries out one step and nothing else, even one that is switched off.
pub(crate) fn advance_alone(walk: &mut Walk<'_>, id: &StepId) -> Flow {
    let path = StepPath::from(id);
    let ctx = walk.ctx;
    let Some(step) = ctx.def.steps.get(id) else {
        return walk.contradiction(&path, "definition.unknown_step", format!("The workflow has no step `{id}`."));
    };
    let at = At { id, path: &path, step };
    ended(walk, at).unwrap_or_else(|| carry_out(walk, at))
}

/// What follows after a step that has ended; `None`: it has not.
fn ended(walk: &mut Walk<'_>, at: At<'_, '_>) -> Option<Flow> {
    let state = walk.step_state(at.path)?;
    match state.status {
        StepStatus::Succeeded => {
            let output = state.output.as_ref().and_then(|output| output.inline());
            let stopped = matches!(at.step.kind, StepKind::Filter(_)) && output.is_some_and(|output| output["passed"] == false);
            Some(if stopped { Flow::EndBody } else { Flow::Next })
        }
        StepStatus::Skipped => Some(Flow::Next),
        StepStatus::Failed if state.continued => Some(Flow::Next),
        StepStatus::Failed => {
            let error = stopped_at(walk, at.path);
            Some(walk.end_failed(error))
        }
        _ => None,
    }
}

/// Ends a step with the output it was given instead of carrying it out, and so the given steps in its arms.
fn take_given(walk: &mut Walk<'_>, at: At<'_, '_>) -> Flow {
    let ctx = walk.ctx;
    let mut open = vec![at.id];
    while let Some(id) = open.pop() {
        let path = StepPath::from(id);
        if walk.step_state(&path).is_some() {
            continue;
        }
        let Some(output) = walk.state.given.get(id).cloned() else {
            walk.skip(std::slice::from_ref(id), SkipReason::ArmNotChosen);
            continue;
        };
        walk.finish(id, &path, output, Vec::new(), None);
        if let Some(step) = ctx.def.steps.get(id) {
            let inner: Vec<&StepId> = step.kind.bodies().flatten().collect();
            open.extend(inner.into_iter().rev());
        }
    }
    ended(walk, at).unwrap_or(Flow::Next)
}

//! The kinds of step, one file each, behind one table.

mod action;
mod alone;
mod branch;
mod code;
mod collect;
mod comparisons;
mod delay;
mod filter;
mod for_each;
mod joining;
mod leave;
mod lookup;
mod parallel;
mod repeat;
mod respond;
mod section;
mod set;
mod stop;
mod store;
mod sub_workflow;
mod transform;
mod wait;

use model::{
    ids::{StepId, StepPath},
    run::{ErrorClass, SkipReason, StepError, StepStatus},
    step::{Step, StepKind},
};

use crate::{
    cursor::Inner,
    walk::{Flow, Walk},
};

pub(crate) use action::call;
pub use store::store_step;
pub(crate) use wait::answered;

/// A step that is being carried out.
#[derive(Clone, Copy)]
pub(crate) struct At<'s, 'a> {
    pub id: &'s StepId,
    pub path: &'s StepPath,
    pub step: &'a Step,
}

/// Where the walk stands within a step that holds bodies.
type Position = Option<Box<Inner>>;

/// The table: what carrying out a step of each kind means.
fn carry_out<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, inner: &mut Position) -> Flow {
    match &at.step.kind {
        StepKind::Action(action) => action::advance(walk, at, action),
        StepKind::Filter(filter) => filter::advance(walk, at, filter),
        StepKind::Branch(branch) => branch::advance(walk, at, branch, inner),
        StepKind::Delay(delay) => delay::advance(walk, at, delay),
        StepKind::Set(set) => set::advance(walk, at, set),
        StepKind::Respond(respond) => respond::advance(walk, at, respond),
        StepKind::Stop(stop) => stop::advance(walk, at, stop),
        StepKind::ForEach(each) => for_each::advance(walk, at, each, inner),
        StepKind::Parallel(parallel) => parallel::advance(walk, at, parallel, inner),
        StepKind::Section(section) => section::advance(walk, at, section, inner),
        StepKind::RepeatUntil(repeat) => repeat::advance(walk, at, repeat, inner),
        StepKind::Break(_) => leave::advance(walk, at, Flow::Break),
        StepKind::Continue(_) => leave::advance(walk, at, Flow::Continue),
        StepKind::Wait(wait) => wait::advance(walk, at, wait, inner),
        StepKind::SubWorkflow(other) => sub_workflow::advance(walk, at, other),
        StepKind::Collect(collect) => collect::advance(walk, at, collect),
        StepKind::Code(code) => code::advance(walk, at, code),
        StepKind::Transform(transform) => transform::advance(walk, at, transform),
        StepKind::Store(store) => store::advance(walk, at, store),
        StepKind::Lookup(lookup) => lookup::advance(walk, at, lookup),
    }
}

/// Brings one step as far as it comes.
pub(crate) fn advance(walk: &mut Walk<'_>, id: &StepId, inner: &mut Position) -> Flow {
    let path = walk.path(id);
    walk.visit(&path);
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
        if walk.stands_before_batch(id) {
            walk.skip(std::slice::from_ref(id), SkipReason::ArmNotChosen);
            return Flow::Next;
        }
        if step.disabled {
            walk.skip(std::slice::from_ref(id), SkipReason::SwitchedOff);
            return Flow::Next;
        }
        if walk.loops == 0 && walk.state.given.contains_key(id) {
            return take_given(walk, at);
        }
    }
    carry_out(walk, at, inner)
}

/// Carries out one step and nothing else, even one that is switched off.
pub(crate) fn advance_alone(walk: &mut Walk<'_>, id: &StepId) -> Flow {
    let path = walk.path(id);
    walk.visit(&path);
    let ctx = walk.ctx;
    let Some(step) = ctx.def.steps.get(id) else {
        return walk.contradiction(&path, "definition.unknown_step", format!("The workflow has no step `{id}`."));
    };
    if !walk.cursor.in_place {
        if !alone::stand(walk, id) {
            return Flow::Blocked;
        }
        walk.cursor.in_place = true;
    }
    let at = At { id, path: &path, step };
    ended(walk, at).unwrap_or_else(|| carry_out(walk, at, &mut None))
}

/// What follows after a step that has ended; `None`: it has not.
fn ended(walk: &mut Walk<'_>, at: At<'_, '_>) -> Option<Flow> {
    let state = walk.step_state(at.path)?;
    let flow = match state.status {
        StepStatus::Succeeded => {
            let output = state.output.as_ref().and_then(|output| output.inline());
            match &at.step.kind {
                StepKind::Filter(_) if output.is_some_and(|output| output["passed"] == false) => Flow::EndBody,
                StepKind::Break(_) if !walk.alone => Flow::Break,
                StepKind::Continue(_) if !walk.alone => Flow::Continue,
                // The run was to end, and its process died before it had.
                StepKind::Stop(stop) if !walk.alone => {
                    let said = output.and_then(|output| output["message"].as_str()).map(str::to_owned);
                    return Some(stop::stop(walk, at, stop, said));
                }
                StepKind::Collect(_) => collect::gathered(walk, at).unwrap_or(Flow::Next),
                _ => Flow::Next,
            }
        }
        StepStatus::Skipped => Flow::Next,
        StepStatus::Failed if state.continued => Flow::Next,
        StepStatus::Failed => {
            let error = state.error.clone();
            let error = error.unwrap_or_else(|| StepError::new(ErrorClass::System, "step.failed", "The step failed."));
            return Some(walk.failed(at.path, error));
        }
        _ => return None,
    };
    walk.show_all(at.id, 0);
    Some(flow)
}

/// Ends a step with the output it was given instead of carrying it out, and so the given steps in its arms.
fn take_given(walk: &mut Walk<'_>, at: At<'_, '_>) -> Flow {
    let ctx = walk.ctx;
    let mut open = vec![at.id];
    while let Some(id) = open.pop() {
        let path = walk.path(id);
        if walk.step_state(&path).is_some() {
            continue;
        }
        let Some(output) = walk.state.given.get(id).cloned() else {
            walk.skip(std::slice::from_ref(id), SkipReason::ArmNotChosen);
            continue;
        };
        walk.finish(id, &path, output, Vec::new(), None);
        if let Some(step) = ctx.def.steps.get(id).filter(|step| !step.kind.is_loop()) {
            let inner: Vec<&StepId> = step.kind.bodies().flatten().collect();
            open.extend(inner.into_iter().rev());
        }
    }
    ended(walk, at).unwrap_or(Flow::Next)
}

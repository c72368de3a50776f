//! Leaving what has begun: another arm was first, a loop was broken, a step failed, the run is to end.

use std::collections::BTreeSet;

use model::{
    ids::{StepId, StepPath},
    run::{AttemptStatus, Hold, RunEventKind, SkipReason, StepState, StepStatus},
    step::StepKind,
};

use crate::{
    step,
    walk::{MOST_NESTED, Walk},
};

impl Walk<'_> {
    /// Leaves the steps of a body. What has not begun is skipped; calls under way become orphans and end by themselves.
    pub(crate) fn abandon(&mut self, body: &[StepId]) {
        let prefix = self.scope.prefix.clone();
        self.leave(body, &prefix, true, SkipReason::Abandoned, 0);
        body.iter().for_each(|id| self.show_all(id, 0));
    }

    /// Leaves an iteration; what it has not begun needs no word.
    pub(crate) fn abandon_iteration(&mut self, around: &StepPath, index: u32, body: &[StepId]) {
        self.leave(body, &around.iteration_prefix(index), false, SkipReason::Abandoned, 0);
    }

    /// Leaves everything that has begun.
    pub(crate) fn abandon_run(&mut self) {
        let ctx = self.ctx;
        let left = std::mem::take(&mut self.cursor.unreached);
        self.cursor.orphans.extend(left);
        self.leave(&ctx.def.body, "", false, SkipReason::RunEnded, 0);
        // Some may have ended since they were last looked at.
        let steps = &self.state.steps;
        self.cursor.orphans.retain(|path| steps.get(path).is_some_and(StepState::is_under_way));
    }

    /// A run that is to end has nothing but orphans.
    pub(crate) fn gather_orphans(&mut self) {
        let under_way = self.state.steps.iter().filter(|(_, step)| step.is_under_way());
        self.cursor.orphans = under_way.map(|(path, _)| path.clone()).collect();
    }

    /// No call is under way, and none has to be made again.
    pub(crate) fn is_idle(&self) -> bool {
        self.needed.is_empty() && self.state.running == 0 && self.cursor.orphans.is_empty()
    }

    fn leave(&mut self, body: &[StepId], prefix: &str, spelled: bool, reason: SkipReason, depth: usize) {
        let ctx = self.ctx;
        if depth > MOST_NESTED {
            return;
        }
        for id in body {
            let path = StepPath(format!("{prefix}{id}"));
            let Some(state) = self.state.steps.get(&path) else {
                if spelled {
                    self.skip(std::slice::from_ref(id), reason);
                }
                continue;
            };
            let (status, under_way) = (state.status, state.is_under_way());
            if status.is_final() {
                continue;
            }
            // What this very decision asked for is not to be begun any more.
            self.effects.retain(|effect| effect.path() != &path);
            if under_way {
                self.cursor.orphans.insert(path);
                continue;
            }
            let Some(step) = ctx.def.steps.get(id) else { continue };
            if step.kind.is_loop() {
                let indices = self.begun(&path);
                for index in indices {
                    step.kind.bodies().for_each(|body| self.leave(body, &path.iteration_prefix(index), false, reason, depth + 1));
                }
                self.cursor.dirty.remove(&path);
            } else {
                step.kind.bodies().for_each(|body| self.leave(body, prefix, spelled, reason, depth + 1));
            }
            // A branch that chose its arms stays as it is; so does what only holds others.
            if status != StepStatus::Pending {
                self.emit(RunEventKind::StepSkipped { path, reason });
            }
        }
    }

    /// The iterations of a loop that have steps.
    pub(crate) fn begun(&self, path: &StepPath) -> BTreeSet<u32> {
        let start = format!("{path}[");
        let steps = self.state.steps.range(StepPath(start.clone())..).map(|(path, _)| path);
        let inside = steps.take_while(|path| path.0.starts_with(&start));
        inside.filter_map(|path| path.0[start.len()..].split(']').next()?.parse().ok()).collect()
    }

    /// Lets calls end whose arm or iteration the run has left. One that surely did not happen is not tried again.
    pub(crate) fn visit_orphans(&mut self) {
        for path in self.cursor.orphans.clone() {
            self.cursor.visited += 1;
            self.cursor.forget_wait(&path);
            let Some(state) = self.state.steps.get(&path) else {
                self.cursor.orphans.remove(&path);
                continue;
            };
            let asked_again = state.lookup.is_some()
                || state.last_call().is_some_and(|last| last.status == AttemptStatus::Lost || last.round != state.round);
            match state.status {
                StepStatus::Running => {}
                StepStatus::Unknown => {
                    self.wait(&path, None, Some(Hold::Unknown));
                }
                StepStatus::Backoff | StepStatus::Ready if asked_again => match state.until.filter(|until| *until > self.ctx.now)
                {
                    Some(until) => {
                        self.wait(&path, Some(until), None);
                    }
                    None => self.call_again(&path),
                },
                status => {
                    self.cursor.orphans.remove(&path);
                    if !status.is_final() {
                        self.emit(RunEventKind::StepSkipped { path, reason: SkipReason::Abandoned });
                    }
                }
            }
        }
    }

    fn call_again(&mut self, path: &StepPath) {
        let ctx = self.ctx;
        let id = path.step();
        match ctx.def.steps.get_key_value(&id).map(|(id, step)| (id, step, &step.kind)) {
            Some((id, step, StepKind::Action(action))) => {
                step::call(self, step::At { id, path, step }, action);
            }
            _ => {
                self.cursor.orphans.remove(path);
            }
        }
    }
}

//! Runs that go on with a batch: what stands before the step that gathered it ran in others.

use model::{
    ids::{StepId, StepPath},
    run::RunKind,
    step::StepKind,
};

use crate::walk::{Flow, Walk};

impl Walk<'_> {
    /// A run that is to go on with a batch, but has no step that gathered it, cannot begin.
    pub(crate) fn lost_batch(&mut self) -> Option<Flow> {
        let RunKind::Collected { step } = &self.state.kind else { return None };
        if self.ctx.def.body.contains(step) {
            return None;
        }
        let (path, message) = (StepPath::from(step), format!("The workflow has no step `{step}` at its top level."));
        Some(self.contradiction(&path, "definition.unknown_step", message))
    }

    /// Whether a run that goes on with a batch, or goes again through what such a run did, leaves this step out: it stands at the top
    /// level before the step that gathered.
    pub(crate) fn stands_before_batch(&mut self, id: &StepId) -> bool {
        if !self.around.is_empty() || !matches!(self.state.kind, RunKind::Collected { .. } | RunKind::Replay { .. }) {
            return false;
        }
        let (ctx, state) = (self.ctx, &*self.state);
        let left_out = self.cursor.left_out.get_or_insert_with(|| {
            let gathers = |id: &StepId| {
                state.given.contains_key(id) && ctx.def.step(id).is_some_and(|step| matches!(step.kind, StepKind::Collect(_)))
            };
            let last = ctx.def.body.iter().rposition(gathers).unwrap_or_default();
            ctx.def.body[..last].iter().cloned().collect()
        });
        left_out.contains(id) && !self.state.given.contains_key(id)
    }
}

//! Other names and other ids for steps, wherever a definition names them.

use super::{BodyOwner, TriggerKind, WorkflowDefinition};
use crate::{ids::StepId, step::ContentMut};

/// Under which expressions see the links of waits, by the slug of each.
const LINKS: &str = "links";

/// Rewrites every raw expression that uses `old` as a step's name, or as the name of a wait's link.
pub(crate) fn rename_slug(def: &mut WorkflowDefinition, old: &str, new: &str) {
    for slot in def.steps.values_mut().flat_map(|step| step.kind.slots_mut()) {
        match slot.content {
            ContentMut::Mapped(mapped) => {
                expr::rename_slug(mapped, old, new);
                expr::rename_field(mapped, LINKS, old, new);
            }
            ContentMut::Condition(condition) => {
                expr::rename_slug_condition(condition, old, new);
                expr::rename_field_condition(condition, LINKS, old, new);
            }
        }
    }
    for trigger in &mut def.triggers {
        if let TriggerKind::Workflow(workflow) = &mut trigger.kind {
            workflow.returns.iter_mut().for_each(|field| expr::rename_slug(&mut field.value, old, new));
        }
    }
}

impl WorkflowDefinition {
    /// The same with other ids for some of its steps: in its map, in bodies, in pills, and where notes stand. `to`: the new id of an old one.
    #[must_use]
    pub fn with_ids(mut self, to: &dyn Fn(&str) -> Option<String>) -> Self {
        let place = |id: &mut StepId| {
            if let Some(new) = to(id.as_str()) {
                *id = StepId(new);
            }
        };
        for step in self.steps.values_mut() {
            for slot in step.kind.slots_mut() {
                match slot.content {
                    ContentMut::Mapped(mapped) => expr::repoint(mapped, to),
                    ContentMut::Condition(condition) => expr::repoint_condition(condition, to),
                }
            }
            step.kind.named_bodies_mut().into_iter().flat_map(|(_, body)| body).for_each(place);
        }
        for trigger in &mut self.triggers {
            if let TriggerKind::Workflow(workflow) = &mut trigger.kind {
                workflow.returns.iter_mut().for_each(|field| expr::repoint(&mut field.value, to));
            }
        }
        self.body.iter_mut().chain(&mut self.shelf).for_each(place);
        for note in self.notes.values_mut() {
            note.after.iter_mut().for_each(place);
            if let BodyOwner::Arm { step, .. } = &mut note.owner {
                place(step);
            }
        }
        let named = |(mut id, step)| {
            place(&mut id);
            (id, step)
        };
        self.steps = self.steps.into_iter().map(named).collect();
        self
    }
}

use super::{TriggerKind, WorkflowDefinition};
use crate::step::ContentMut;

/// Rewrites every raw expression that uses `old` as a step's name.
pub(super) fn rename_slug(def: &mut WorkflowDefinition, old: &str, new: &str) {
    for slot in def.steps.values_mut().flat_map(|step| step.kind.slots_mut()) {
        match slot.content {
            ContentMut::Mapped(mapped) => expr::rename_slug(mapped, old, new),
            ContentMut::Condition(condition) => expr::rename_slug_condition(condition, old, new),
        }
    }
    for trigger in &mut def.triggers {
        if let TriggerKind::Workflow(workflow) = &mut trigger.kind {
            workflow.returns.iter_mut().for_each(|field| expr::rename_slug(&mut field.value, old, new));
        }
    }
}

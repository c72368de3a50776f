use super::{TriggerKind, WorkflowDefinition};
use crate::step::ContentMut;

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

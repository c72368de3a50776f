use std::collections::BTreeSet;

use model::WorkflowDefinition;
use model::ids::WorkflowId;
use model::step::StepKind;

/// The other workflows this one starts, in the order of their ids, each once: also by steps that are switched off, which may be
/// switched on without anybody looking at the others.
pub fn sub_workflows(def: &WorkflowDefinition) -> Vec<WorkflowId> {
    let started = def.steps.values().filter_map(|step| match &step.kind {
        StepKind::SubWorkflow(other) => Some(other.workflow),
        _ => None,
    });
    started.collect::<BTreeSet<_>>().into_iter().collect()
}

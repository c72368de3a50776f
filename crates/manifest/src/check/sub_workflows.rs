use std::collections::BTreeSet;

use model::WorkflowDefinition;
use model::ids::{StepId, WorkflowId};
use model::step::{StepKind, SubWorkflow};

use super::report::{Report, step_field};

/// No row has this id: nothing is chosen yet.
const NOTHING: WorkflowId = WorkflowId(0);

pub(super) fn chosen(id: &StepId, other: &SubWorkflow, report: &mut Report) {
    if other.workflow == NOTHING {
        report.error(step_field(id, "workflow"), "required", "Choose the workflow that is to run");
    }
}

/// The other workflows this one starts, in the order of their ids, each once: also by steps that are switched off, which may be
/// switched on without anybody looking at the others; not by parked ones.
pub fn sub_workflows(def: &WorkflowDefinition) -> Vec<WorkflowId> {
    let started = def.running().filter_map(|(_, step)| match &step.kind {
        StepKind::SubWorkflow(other) if other.workflow != NOTHING => Some(other.workflow),
        _ => None,
    });
    started.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_workflow_has_to_be_chosen() {
        let def: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1, "body": ["s"],
            "steps": { "s": { "slug": "s", "label": "S", "kind": { "type": "sub_workflow", "workflow": NOTHING } } },
        }))
        .expect("a definition");
        let problems = crate::check(&def, crate::builtin());
        assert!(
            problems
                .iter()
                .any(|problem| problem.code == "definition.required" && problem.message.contains("Choose the workflow"))
        );
        assert!(sub_workflows(&def).is_empty());
    }
}

//! The workflows a definition starts, and those they start, as they are live now.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Place, Problem, Severity, WorkflowDefinition,
    api::WorkflowState,
    definition::TriggerKind,
    ids::{StepId, WorkflowId},
    step::StepKind,
};
use store::{Scope, Store};

use crate::error::ApiError;

/// Workflows looked at before the search for a circle gives up: what begins in a circle at run time is stopped by its depth.
const MOST: usize = 500;

/// `own`: the workflow whose definition it is; absent: it has no id yet, and nothing can start it.
pub(super) async fn check(
    store: &Store,
    scope: &Scope,
    own: Option<WorkflowId>,
    definition: &WorkflowDefinition,
) -> Result<Vec<Problem>, ApiError> {
    let mut problems = Vec::new();
    let mut known = Known { store, scope, live: BTreeMap::new() };
    for (step, started) in started(definition) {
        let label = &definition.steps[step].label;
        let problem = |code: &str, severity, message: String| Problem {
            code: format!("definition.{code}"),
            severity,
            place: Place { step: Some(step.clone()), field: Some("workflow".into()), trigger: None },
            message,
            suggestion: None,
        };
        match known.live(started).await? {
            Live::Gone => {
                let message = format!("The workflow that “{label}” starts does not exist any more. Choose another one.");
                problems.push(problem("sub_workflow_gone", Severity::Warning, message));
            }
            Live::Unpublished { name } => {
                let message = format!("“{name}” was never published, so “{label}” cannot start it yet.");
                problems.push(problem("sub_workflow_unpublished", Severity::Warning, message));
            }
            Live::There { name, off, starts_from_others, .. } => {
                if !starts_from_others {
                    let message = format!(
                        "“{name}” has no trigger for other workflows, so “{label}” will fail. Add one there and publish it."
                    );
                    problems.push(problem("sub_workflow_no_trigger", Severity::Warning, message));
                } else if *off {
                    let message = format!("“{name}” is off, so “{label}” will fail until it is turned on.");
                    problems.push(problem("sub_workflow_off", Severity::Warning, message));
                }
            }
        }
        if let Some(own) = own
            && let Some(way) = known.way(started, own).await?
        {
            let message = format!("“{label}” would go round in a circle: {way}, which starts this workflow again.");
            problems.push(problem("sub_workflow_cycle", Severity::Error, message));
        }
    }
    Ok(problems)
}

fn started(definition: &WorkflowDefinition) -> Vec<(&StepId, WorkflowId)> {
    let step = |(id, step): (_, &model::step::Step)| match &step.kind {
        StepKind::SubWorkflow(other) => Some((id, other.workflow)),
        _ => None,
    };
    definition.running().filter_map(step).collect()
}

/// How a workflow of the workspace is live.
enum Live {
    Gone,
    Unpublished { name: String },
    There { name: String, off: bool, starts_from_others: bool, starts: Vec<WorkflowId> },
}

/// What was read already.
struct Known<'a> {
    store: &'a Store,
    scope: &'a Scope,
    live: BTreeMap<WorkflowId, Live>,
}

impl Known<'_> {
    async fn live(&mut self, id: WorkflowId) -> Result<&Live, ApiError> {
        if !self.live.contains_key(&id) {
            let live = self.read(id).await?;
            self.live.insert(id, live);
        }
        Ok(&self.live[&id])
    }

    async fn read(&self, id: WorkflowId) -> Result<Live, ApiError> {
        let row = match self.store.workflow(self.scope, id).await {
            Ok(row) => row,
            Err(store::Error::NotFound(_)) => return Ok(Live::Gone),
            Err(error) => return Err(error.into()),
        };
        let Some(version) = row.live_version else { return Ok(Live::Unpublished { name: row.name }) };
        let definition = self.store.definition(id, version).await?;
        Ok(Live::There {
            name: row.name,
            off: row.state == WorkflowState::Off,
            starts_from_others: definition.triggers.iter().any(|trigger| matches!(trigger.kind, TriggerKind::Workflow(_))),
            starts: manifest::sub_workflows(&definition),
        })
    }

    /// The names of the workflows on the way from one to another, where there is a way: `“A”, which starts “B”`.
    async fn way(&mut self, from: WorkflowId, to: WorkflowId) -> Result<Option<String>, ApiError> {
        if from == to {
            return Ok(Some("it starts itself".into()));
        }
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![(from, Vec::new())];
        while let Some((at, mut way)) = open.pop() {
            if seen.len() > MOST {
                break;
            }
            let Live::There { name, starts, .. } = self.live(at).await? else { continue };
            way.push(format!("“{name}”"));
            if starts.contains(&to) {
                return Ok(Some(format!("it starts {}", way.join(", which starts "))));
            }
            for next in starts.clone() {
                if seen.insert(next) {
                    open.push((next, way.clone()));
                }
            }
        }
        Ok(None)
    }
}

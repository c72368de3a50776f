//! The names of what definitions hold ids of.

use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    compare::{Labels, Subject},
    definition::TriggerKind,
    ids::{StepId, WorkflowId},
    step::{Step, StepKind},
};

use crate::{
    connectors,
    editor::{others::Others, state::Editor, steps, triggers},
    text::editor as t,
};

/// Names of steps as they are called after a change, else before it.
pub struct Names {
    before: WorkflowDefinition,
    after: WorkflowDefinition,
    connections: Vec<(String, String)>,
    others: Others,
}

impl Names {
    pub fn new(editor: Editor, before: WorkflowDefinition, after: WorkflowDefinition) -> Self {
        let connections = editor.connections.with(|all| all.iter().map(|one| (one.id.to_string(), one.label.clone())).collect());
        Names { before, after, connections, others: editor.others }
    }

    pub fn before(&self) -> &WorkflowDefinition {
        &self.before
    }

    pub fn after(&self) -> &WorkflowDefinition {
        &self.after
    }

    fn of_step(&self, id: &StepId) -> Option<&Step> {
        self.after.step(id).or_else(|| self.before.step(id))
    }

    /// For its icon.
    pub fn kind(&self, subject: &Subject) -> String {
        let known = match subject {
            Subject::Workflow => None,
            Subject::Trigger(id) => {
                self.after.trigger(id).or_else(|| self.before.trigger(id)).map(|trigger| triggers::mark(&trigger.kind))
            }
            Subject::Step(id) => self.of_step(id).map(|step| steps::kind_name(&step.kind)),
        };
        known.unwrap_or_else(|| "workflow".into())
    }

    pub fn workflow_name(&self, id: WorkflowId) -> Option<String> {
        self.others.name(id)
    }
}

impl Labels for Names {
    fn step(&self, id: &StepId) -> Option<String> {
        self.of_step(id).map(|step| step.label.clone())
    }

    fn arm(&self, step: &StepId, arm: &str) -> Option<String> {
        let named = |def: &WorkflowDefinition| {
            let arms = def.step(step)?.kind.arms()?;
            arms.iter().find(|one| one.id.0 == arm).map(|arm| arm.label.clone())
        };
        named(&self.after).or_else(|| named(&self.before))
    }

    fn field(&self, subject: &Subject, key: &str) -> Option<String> {
        match subject {
            Subject::Step(id) => match &self.of_step(id)?.kind {
                StepKind::Action(action) => {
                    let operation = connectors::find(&action.connector)?.operation(&action.operation)?;
                    operation.field(key).map(|field| field.label.clone())
                }
                _ => None,
            },
            Subject::Trigger(id) => match &self.after.trigger(id).or_else(|| self.before.trigger(id))?.kind {
                TriggerKind::App(app) => {
                    let trigger = connectors::find(&app.connector)?.trigger(&app.trigger)?;
                    trigger.fields.iter().find(|field| field.key == key).map(|field| field.label.clone())
                }
                _ => None,
            },
            Subject::Workflow => None,
        }
    }

    fn connection(&self, id: &str) -> Option<String> {
        let found = self.connections.iter().find(|(known, _)| known == id).map(|(_, label)| label.clone());
        Some(found.unwrap_or_else(|| t::A_CONNECTION_THAT_IS_GONE.to_owned()))
    }

    fn workflow(&self, id: &str) -> Option<String> {
        id.parse().ok().and_then(|id| self.others.name(id))
    }
}

use std::collections::BTreeSet;

use super::TriggerKind;
use crate::{
    Place, WorkflowDefinition,
    ids::{ConnectionId, StepId},
    step::{Step, StepKind},
};

/// A step or trigger that acts through a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Through<'a> {
    /// The field that names the connection.
    pub place: Place,
    /// Of the step or trigger.
    pub label: &'a str,
    pub connector: &'a str,
    pub connection: ConnectionId,
}

impl WorkflowDefinition {
    /// Whatever acts through a connection, triggers first. What is parked acts through nothing.
    pub fn through(&self) -> Vec<Through<'_>> {
        let triggers = self.triggers.iter().filter_map(|trigger| match &trigger.kind {
            TriggerKind::App(app) => Some(Through {
                place: Place { step: None, field: field(), trigger: Some(trigger.id.clone()) },
                label: &trigger.label,
                connector: &app.connector,
                connection: app.connection?,
            }),
            _ => None,
        });
        triggers.chain(self.steps_through()).collect()
    }

    /// The same without triggers: what a test of the whole acts through.
    pub fn steps_through(&self) -> impl Iterator<Item = Through<'_>> {
        self.running().filter_map(|(id, step)| through(id, step))
    }

    /// What a test of one step acts through: the step, parked or not, and everything that stands in it.
    pub fn step_through(&self, id: &StepId) -> Vec<Through<'_>> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next = vec![id];
        while let Some((id, step)) = next.pop().and_then(|id| self.steps.get_key_value(id)) {
            if seen.insert(id) {
                found.extend(through(id, step));
                next.extend(step.kind.bodies().flatten());
            }
        }
        found
    }
}

fn field() -> Option<String> {
    Some("connection".to_owned())
}

fn through<'a>(id: &StepId, step: &'a Step) -> Option<Through<'a>> {
    match &step.kind {
        StepKind::Action(action) => Some(Through {
            place: Place { step: Some(id.clone()), field: field(), trigger: None },
            label: &step.label,
            connector: &action.connector,
            connection: action.connection?,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(found: impl IntoIterator<Item = Through<'static>>) -> Vec<i64> {
        found.into_iter().map(|one| one.connection.0).collect()
    }

    #[test]
    fn what_acts_is_found_and_what_is_parked_is_not() {
        let action = |id: i64| json!({ "type": "action", "connector": "slack", "version": 1, "operation": "x", "connection": ConnectionId(id) });
        let step = |kind: serde_json::Value| json!({ "slug": "s", "label": "S", "kind": kind });
        let each = json!({ "type": "for_each", "over": { "literal": [] }, "body": ["inner"] });
        let definition: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1,
            "triggers": [
                { "id": "t", "label": "T", "kind": { "type": "app", "connector": "slack", "version": 1, "trigger": "x", "connection": ConnectionId(1) } },
                { "id": "m", "label": "M", "kind": { "type": "manual" } },
            ],
            "steps": {
                "a": step(action(2)),
                "each": step(each),
                "inner": step(action(3)),
                "none": step(json!({ "type": "set", "fields": [] })),
                "parked": step(action(4)),
            },
            "body": ["a", "each", "none"],
            "shelf": ["parked"],
        }))
        .expect("a definition");
        let definition: &'static WorkflowDefinition = Box::leak(Box::new(definition));
        assert_eq!(ids(definition.through()), [1, 2, 3]);
        assert_eq!(ids(definition.steps_through()), [2, 3]);
        assert_eq!(ids(definition.step_through(&StepId::from("each"))), [3], "with what stands in it");
        assert_eq!(ids(definition.step_through(&StepId::from("parked"))), [4], "tested alone it acts");
        assert_eq!(ids(definition.step_through(&StepId::from("gone"))), [] as [i64; 0]);
        assert_eq!(definition.through()[0].place.trigger.as_ref().map(|id| id.as_str()), Some("t"));
    }
}

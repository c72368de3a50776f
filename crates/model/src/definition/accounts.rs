//! The accounts a definition acts through, for whoever has others: after an import, a paste from elsewhere, or a template.

use std::collections::{BTreeMap, BTreeSet};

use super::{TriggerKind, WorkflowDefinition};
use crate::{
    Place,
    ids::{ConnectionId, StepId},
    step::{Step, StepKind},
};

/// Steps and triggers of one service that share a connection, or that have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account<'a> {
    pub connector: &'a str,
    pub connection: Option<ConnectionId>,
    /// The labels of what acts through it, triggers first.
    pub used_by: Vec<&'a str>,
}

impl WorkflowDefinition {
    /// Every service with each of its connections, in reading order; what is parked comes last. One entry of a service stands for
    /// whatever has no connection: whether it needs one is the connector's to say.
    pub fn accounts(&self) -> Vec<Account<'_>> {
        let triggers = self.triggers.iter().filter_map(|trigger| match &trigger.kind {
            TriggerKind::App(app) => Some((app.connector.as_str(), app.connection, trigger.label.as_str())),
            _ => None,
        });
        let steps = self.each_once().into_iter().filter_map(|step| match &step.kind {
            StepKind::Action(action) => Some((action.connector.as_str(), action.connection, step.label.as_str())),
            _ => None,
        });
        let mut accounts: Vec<Account<'_>> = Vec::new();
        let mut places = BTreeMap::new();
        for (connector, connection, label) in triggers.chain(steps) {
            let at = *places.entry((connector, connection)).or_insert_with(|| {
                accounts.push(Account { connector, connection, used_by: Vec::new() });
                accounts.len() - 1
            });
            accounts[at].used_by.push(label);
        }
        accounts
    }

    /// Every step in reading order, also of a definition that nobody has checked: one whose bodies hold each other ends, too.
    fn each_once(&self) -> Vec<&Step> {
        let mut found = Vec::with_capacity(self.steps.len());
        let mut left: BTreeSet<&StepId> = self.steps.keys().collect();
        let mut next: Vec<&StepId> = self.shelf.iter().rev().chain(self.body.iter().rev()).collect();
        while let Some(id) = next.pop().or_else(|| left.first().copied()) {
            if left.remove(id)
                && let Some(step) = self.steps.get(id)
            {
                found.push(step);
                let inner: Vec<&StepId> = step.kind.bodies().flatten().collect();
                next.extend(inner.into_iter().rev());
            }
        }
        found
    }

    /// Gives every step and trigger of a connector the connection that `of` answers for its connector and the one it has.
    pub fn reconnect(&mut self, of: impl Fn(&str, Option<ConnectionId>) -> Option<ConnectionId>) {
        for trigger in &mut self.triggers {
            if let TriggerKind::App(app) = &mut trigger.kind {
                app.connection = of(&app.connector, app.connection);
            }
        }
        for step in self.steps.values_mut() {
            if let StepKind::Action(action) = &mut step.kind {
                action.connection = of(&action.connector, action.connection);
            }
        }
    }
}

impl WorkflowDefinition {
    /// Empties fields of actions and of connectors' triggers; a place that is none of these is passed over.
    pub fn empty_fields<'a>(&mut self, places: impl IntoIterator<Item = &'a Place>) {
        for place in places {
            let Some(field) = &place.field else { continue };
            if let Some(step) = place.step.as_ref().and_then(|id| self.steps.get_mut(id))
                && let StepKind::Action(action) = &mut step.kind
            {
                action.input.remove(field);
            }
            if let Some(id) = &place.trigger
                && let Some(trigger) = self.triggers.iter_mut().find(|trigger| trigger.id == *id)
                && let TriggerKind::App(app) = &mut trigger.kind
            {
                app.input.remove(field);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn definition() -> WorkflowDefinition {
        let action = |connector: &str, connection: Option<i64>| json!({ "type": "action", "connector": connector, "version": 1, "operation": "x", "connection": connection.map(ConnectionId) });
        let step = |label: &str, kind: Value| json!({ "slug": label.to_lowercase(), "label": label, "kind": kind });
        serde_json::from_value(json!({
            "schema": 1,
            "triggers": [
                { "id": "t", "label": "New lead", "kind": { "type": "app", "connector": "crm", "version": 1, "trigger": "x", "connection": ConnectionId(1) } },
                { "id": "m", "label": "By hand", "kind": { "type": "manual" } },
            ],
            "steps": {
                "a": step("Tell", action("slack", Some(7))),
                "b": step("Look", action("crm", Some(1))),
                "c": step("Other", action("slack", None)),
                "d": step("Each", json!({ "type": "for_each", "over": { "literal": [] }, "body": ["e"] })),
                "e": step("Again", action("slack", Some(7))),
                "f": step("Parked", action("mail", Some(9))),
            },
            "body": ["b", "a", "d", "c"],
            "shelf": ["f"],
        }))
        .unwrap()
    }

    #[test]
    fn accounts_are_told_by_service_and_connection() {
        let definition = definition();
        let told: Vec<_> = definition.accounts().into_iter().map(|one| (one.connector, one.connection, one.used_by)).collect();
        assert_eq!(
            told,
            [
                ("crm", Some(ConnectionId(1)), vec!["New lead", "Look"]),
                ("slack", Some(ConnectionId(7)), vec!["Tell", "Again"]),
                ("slack", None, vec!["Other"]),
                ("mail", Some(ConnectionId(9)), vec!["Parked"]),
            ]
        );
        assert!(WorkflowDefinition::default().accounts().is_empty());
    }

    #[test]
    fn only_the_named_fields_are_emptied() {
        let mut definition = definition();
        let place = |step: Option<&str>, trigger: Option<&str>, field: &str| Place {
            step: step.map(Into::into),
            field: Some(field.into()),
            trigger: trigger.map(Into::into),
        };
        if let StepKind::Action(action) = &mut definition.steps.get_mut(&StepId::from("a")).unwrap().kind {
            action.input = ["channel", "text"].map(|key| (key.to_owned(), expr::Mapped::text("x"))).into();
        }
        if let TriggerKind::App(app) = &mut definition.triggers[0].kind {
            app.input = [("form".to_owned(), expr::Mapped::text("x"))].into();
        }
        let places = [
            place(Some("a"), None, "channel"),
            place(None, Some("t"), "form"),
            place(Some("gone"), None, "x"),
            place(Some("d"), None, "over"),
        ];
        definition.empty_fields(&places);
        let left = |kind: &StepKind| match kind {
            StepKind::Action(action) => action.input.keys().cloned().collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!(left(&definition.steps[&StepId::from("a")].kind), ["text"]);
        assert!(matches!(&definition.triggers[0].kind, TriggerKind::App(app) if app.input.is_empty()));
    }

    #[test]
    fn bodies_that_hold_each_other_end() {
        let each = |slug: &str| json!({ "slug": slug, "label": slug, "kind": { "type": "for_each", "over": { "literal": [] }, "body": ["a", "b", "a", "b"] } });
        let tell = json!({ "slug": "c", "label": "Tell", "kind": { "type": "action", "connector": "slack", "version": 1, "operation": "x" } });
        let definition: WorkflowDefinition = serde_json::from_value(
            json!({ "schema": 1, "steps": { "a": each("a"), "b": each("b"), "c": tell }, "body": ["a", "gone"] }),
        )
        .unwrap();
        assert_eq!(definition.accounts(), [Account { connector: "slack", connection: None, used_by: vec!["Tell"] }]);
    }

    #[test]
    fn each_gets_the_answer_for_what_it_had() {
        let mut definition = definition();
        definition.reconnect(|connector, old| match (connector, old) {
            ("slack", Some(_)) => Some(ConnectionId(70)),
            ("slack", None) => Some(ConnectionId(71)),
            ("crm", old) => old,
            _ => None,
        });
        let now: Vec<_> = definition.accounts().into_iter().map(|one| (one.connector, one.connection.map(|id| id.0))).collect();
        assert_eq!(now, [("crm", Some(1)), ("slack", Some(70)), ("slack", Some(71)), ("mail", None)]);
    }
}

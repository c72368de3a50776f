//! What can be done with a call that a test would make, instead of making it.

use std::sync::Arc;

use leptos::prelude::*;
use model::{Mapped, WorkflowDefinition, ids::ConnectionId, ids::StepId, step::Action, step::StepKind};
use serde_json::Value;

use super::{data::Seen, extent, request::Request, state::Editor};
use crate::{connectors, text::editor as t};

/// What a test does with one call.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    Send,
    /// The same, but the field that says who receives it names the person who tests.
    ToMe {
        field: String,
        address: String,
    },
    /// The same, to a simulated account.
    Simulated {
        connection: ConnectionId,
        label: String,
    },
    /// No call: the step gives this.
    MadeUp(Arc<Value>),
}

impl Way {
    pub fn words(&self) -> String {
        match self {
            Way::Send => t::WAY_SEND.to_owned(),
            Way::ToMe { address, .. } => t::way_to_me(address),
            Way::Simulated { label, .. } => t::way_simulated(label),
            Way::MadeUp(_) => t::WAY_MADE_UP.to_owned(),
        }
    }
}

/// What is offered for a step's call; sending comes first.
pub fn offered(
    editor: Editor,
    def: &WorkflowDefinition,
    id: &StepId,
    action: &Action,
    request: &Request,
    seen: &Seen,
) -> Vec<Way> {
    let mut ways = vec![Way::Send];
    let operation = connectors::find(&action.connector).and_then(|connector| connector.operation(&action.operation));
    let field = operation.and_then(|operation| operation.recipient.clone());
    let is_address = request.recipient.as_ref().is_some_and(|(_, value)| value.contains('@'));
    if let (Some(field), Some(address)) = (field.filter(|_| is_address), editor.address.get_value()) {
        ways.push(Way::ToMe { field, address });
    }
    let simulated = editor.connections.with_untracked(|all| {
        let other = |one: &&model::api::Connection| one.sandbox && one.connector == action.connector;
        let none = !all.iter().any(|one| Some(one.id) == action.connection && one.sandbox);
        all.iter().find(other).filter(|_| none).map(|one| (one.id, one.label.clone()))
    });
    if let Some((connection, label)) = simulated {
        ways.push(Way::Simulated { connection, label });
    }
    // What is in a loop gives something for each round.
    if !extent::in_loop(def, id) {
        let last = seen.outputs.get(id).filter(|output| !output.made_up).map(|output| output.value.clone());
        let example = || {
            let output = operation.and_then(|operation| operation.output.as_ref()).filter(|output| !output.sample.is_null());
            output.map(|output| Arc::new(output.sample.clone()))
        };
        ways.extend(last.or_else(example).map(Way::MadeUp));
    }
    ways
}

/// The definition as a test with these ways runs it, and what steps give without being run.
pub fn applied(def: &mut WorkflowDefinition, ways: impl IntoIterator<Item = (StepId, Way)>) -> Vec<(StepId, Value)> {
    let mut given = Vec::new();
    for (id, way) in ways {
        let action = match def.steps.get_mut(&id).map(|step| &mut step.kind) {
            Some(StepKind::Action(action)) => action,
            _ => continue,
        };
        match way {
            Way::Send => {}
            Way::ToMe { field, address } => {
                action.input.insert(field, Mapped::Literal(Value::String(address)));
            }
            Way::Simulated { connection, .. } => action.connection = Some(connection),
            Way::MadeUp(value) => given.push((id, (*value).clone())),
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_test_does_with_each_call_what_was_chosen() {
        let mail = json!({ "type": "action", "connector": "gmail", "version": 1, "operation": "send_email", "input": { "to": { "literal": "all@example.com" } } });
        let step = |slug: &str| json!({ "slug": slug, "label": slug, "kind": mail });
        let mut def: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1, "body": ["a", "b", "c", "d"], "steps": { "a": step("a"), "b": step("b"), "c": step("c"), "d": step("d") },
        }))
        .unwrap();
        let before = def.clone();
        let connection = model::ids::ConnectionId(7);
        let ways = [
            ("a", Way::Send),
            ("b", Way::ToMe { field: "to".into(), address: "me@example.com".into() }),
            ("c", Way::Simulated { connection, label: String::new() }),
            ("d", Way::MadeUp(Arc::new(json!({ "id": 1 })))),
            ("gone", Way::MadeUp(Arc::new(json!(0)))),
        ];
        let given = applied(&mut def, ways.map(|(id, way)| (id.into(), way)));
        assert_eq!(given, [("d".into(), json!({ "id": 1 }))]);
        let action = |id: &str| match &def.steps[&id.into()].kind {
            StepKind::Action(action) => action.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(def.steps[&"a".into()], before.steps[&"a".into()]);
        assert_eq!(action("b").input["to"], Mapped::Literal(json!("me@example.com")));
        assert_eq!(action("c").connection, Some(connection));
        assert_eq!(def.steps[&"d".into()], before.steps[&"d".into()]);
    }
}

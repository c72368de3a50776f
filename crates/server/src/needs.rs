//! What the steps of a workspace need to be allowed to do.

use std::collections::BTreeSet;

use manifest::{Connector, Field, Operation, Trigger};
use model::{WorkflowDefinition, definition::TriggerKind, ids::ConnectionId, step::StepKind};

/// The scopes an operation needs, with those of the reads that fill its form.
pub(crate) fn of_operation<'a>(connector: &'a Connector, operation: &'a Operation) -> BTreeSet<&'a str> {
    of_form(connector, &operation.scopes, &operation.fields)
}

/// The same of a trigger.
pub(crate) fn of_trigger<'a>(connector: &'a Connector, trigger: &'a Trigger) -> BTreeSet<&'a str> {
    of_form(connector, &trigger.scopes, &trigger.fields)
}

fn of_form<'a>(connector: &'a Connector, scopes: &'a [String], fields: &'a [Field]) -> BTreeSet<&'a str> {
    let loads = |field: &'a Field| {
        let options = field.options_from.as_ref().map(|from| from.load.as_str());
        let fields = field.fields_from.as_ref().map(|from| from.load.as_str());
        options.into_iter().chain(fields).filter_map(|load| connector.loads.get(load)).flat_map(|load| &load.scopes)
    };
    scopes.iter().chain(fields.iter().flat_map(loads)).map(String::as_str).collect()
}

/// What the triggers and steps that use a connection need, in the vendor's spelling.
pub(crate) fn of_connection(connector: &Connector, connection: ConnectionId, definitions: &[WorkflowDefinition]) -> Vec<String> {
    let mut needed = BTreeSet::new();
    for trigger in definitions.iter().flat_map(|definition| &definition.triggers) {
        if let TriggerKind::App(app) = &trigger.kind
            && app.connection == Some(connection)
            && app.connector == connector.id
            && let Some(trigger) = connector.trigger(&app.trigger)
        {
            needed.extend(of_trigger(connector, trigger));
        }
    }
    for (_, step) in definitions.iter().flat_map(WorkflowDefinition::running) {
        if let StepKind::Action(action) = &step.kind
            && action.connection == Some(connection)
            && action.connector == connector.id
            && let Some(operation) = connector.operation(&action.operation)
        {
            needed.extend(of_operation(connector, operation));
        }
    }
    needed.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steps_need_is_what_their_operations_say() {
        let definition = |connection: &str| {
            let action = serde_json::json!({ "schema": 1, "steps": { "send": { "slug": "send", "label": "Send", "kind": {
                "type": "action", "connector": "slack", "version": 1, "operation": "send_message", "connection": connection, "input": {},
            } } }, "body": ["send"] });
            serde_json::from_value::<WorkflowDefinition>(action).unwrap_or_else(|error| panic!("{error}"))
        };
        let slack = manifest::find("slack").unwrap_or_else(|| panic!("there is no Slack"));
        let (ours, other) = (ConnectionId(7), ConnectionId(8));
        let definitions = [definition(&ours.to_string()), definition(&ours.to_string())];
        let needed = of_connection(slack, ours, &definitions);
        assert!(needed.iter().any(|scope| scope == "chat:write"), "{needed:?}");
        assert_eq!(needed.iter().collect::<BTreeSet<_>>().len(), needed.len());
        assert!(of_connection(slack, other, &definitions).is_empty());

        let trigger = serde_json::json!({ "schema": 1, "steps": {}, "body": [], "triggers": [{ "id": "t", "label": "New", "kind": {
            "type": "app", "connector": "slack", "version": 1, "trigger": slack.triggers[0].id, "connection": other.to_string(), "input": {},
        } }] });
        let definition = serde_json::from_value::<WorkflowDefinition>(trigger).unwrap_or_else(|error| panic!("{error}"));
        let needed = of_connection(slack, other, &[definition]);
        assert_eq!(needed, of_trigger(slack, &slack.triggers[0]).into_iter().collect::<Vec<_>>());
    }
}

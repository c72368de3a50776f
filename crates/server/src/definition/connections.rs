//! Whether the connections a definition names are there, and of one kind.

use std::collections::{BTreeMap, BTreeSet};

use manifest::Connector;
use model::{
    Place, Problem, Severity, WorkflowDefinition,
    api::Connection,
    definition::{Through, TriggerKind},
    step::StepKind,
};
use store::NotAllowed;

use crate::needs;

/// What whoever asks may not act through. Their draft may keep it, as somebody else may publish it; they can neither test nor publish.
pub(super) fn allowed(used: &[Through<'_>], known: &[Connection]) -> Vec<Problem> {
    let barred = |one: &Through<'_>| {
        let connection = known.iter().find(|known| known.id == one.connection && !known.usable)?;
        Some(Problem {
            code: "definition.connection_not_allowed".into(),
            severity: Severity::Error,
            place: one.place.clone(),
            message: format!("{}.", NotAllowed::to_use(connection, one)),
            suggestion: None,
        })
    };
    used.iter().filter_map(barred).collect()
}

/// `known`: the workspace's.
pub(super) fn check(used: &[Through<'_>], known: &[Connection]) -> Vec<Problem> {
    let problem = |code: &str, severity, place: &Place, message: String| Problem {
        code: format!("definition.{code}"),
        severity,
        place: place.clone(),
        message,
        suggestion: None,
    };
    let mut problems = Vec::new();
    let mut kinds: BTreeMap<&str, BTreeSet<bool>> = BTreeMap::new();
    for Through { place, connector, connection: id, .. } in used {
        match known.iter().find(|known| known.id == *id) {
            // A trigger looks on its own: nobody is there to see that it asks the wrong service.
            Some(known) if place.trigger.is_some() && known.connector != *connector => {
                let message = format!("“{}” is a connection of another service. Choose one that fits the trigger.", known.label);
                problems.push(problem("other_connection", Severity::Error, place, message));
            }
            Some(known) => _ = kinds.entry(connector).or_default().insert(known.sandbox),
            None => {
                let what = if place.trigger.is_some() { "trigger" } else { "step" };
                let message = format!("The connection of this {what} does not exist any more. Choose another one.");
                problems.push(problem("unknown_connection", Severity::Error, place, message));
            }
        }
    }
    for Through { place, connector, connection: id, .. } in used {
        let Some(sandbox) = known.iter().find(|known| known.id == *id && known.sandbox) else { continue };
        if kinds.get(connector).is_some_and(|kinds| kinds.len() > 1) {
            let message = format!(
                "This uses the sandbox “{}” while other parts of the workflow use a real connection of the same service: neither sees \
                 what the other does. Choose one kind for all.",
                sandbox.label
            );
            problems.push(problem("sandbox_mixed", Severity::Warning, place, message));
        }
    }
    problems
}

/// What a connection was not granted and its steps need. One that does not tell what it was granted is left alone, and so is one that
/// was not made by a consent: connecting it again would ask for nothing else.
pub(super) fn scopes(
    definition: &WorkflowDefinition,
    used: &[Through<'_>],
    connectors: &[Connector],
    known: &[Connection],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for Through { place, connector, connection: id, .. } in used {
        let Some(connection) = known.iter().find(|known| known.id == *id && !known.sandbox && !known.scopes.is_empty()) else {
            continue;
        };
        let Some(connector) = connectors.iter().find(|one| one.id == *connector) else { continue };
        if connector.auth_method(&connection.method).is_none_or(|method| method.oauth2.is_none()) {
            continue;
        }
        let needed = match (&place.step, &place.trigger) {
            (Some(step), _) => match &definition.steps[step].kind {
                StepKind::Action(action) => connector.operation(&action.operation).map(|one| needs::of_operation(connector, one)),
                _ => None,
            },
            (None, Some(trigger)) => match definition.trigger(trigger).map(|trigger| &trigger.kind) {
                Some(TriggerKind::App(app)) => connector.trigger(&app.trigger).map(|one| needs::of_trigger(connector, one)),
                _ => None,
            },
            (None, None) => None,
        };
        let lacking: Vec<&str> = needed
            .unwrap_or_default()
            .into_iter()
            .filter(|scope| !connection.scopes.iter().any(|granted| granted == scope))
            .collect();
        if !lacking.is_empty() {
            problems.push(Problem {
                code: "definition.scope_lacking".into(),
                severity: Severity::Warning,
                place: place.clone(),
                message: format!(
                    "“{}” was not allowed what this needs: {}. Connect it again to allow it.",
                    connection.label,
                    lacking.join(", ")
                ),
                suggestion: None,
            });
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use model::{
        api::User,
        ids::{ConnectionId, UserId},
    };
    use serde_json::json;

    use super::*;

    fn connection(id: i64, sandbox: bool) -> Connection {
        let value = json!({
            "id": ConnectionId(id), "connector": "slack", "method": "bot_token", "label": "Slack", "status": "active", "hosts": [],
            "created_at": 0, "updated_at": 0, "used_by": 0, "sandbox": sandbox,
        });
        serde_json::from_value(value).expect("a connection")
    }

    fn codes(ids: &[(&str, i64)], known: &[Connection]) -> Vec<(String, Severity)> {
        let steps: serde_json::Map<_, _> = ids
            .iter()
            .enumerate()
            .map(|(at, (connector, id))| {
                let action = json!({ "type": "action", "connector": connector, "version": 1, "operation": "x", "connection": ConnectionId(*id) });
                (format!("s{at}"), json!({ "slug": format!("s{at}"), "label": "S", "kind": action }))
            })
            .collect();
        let definition: WorkflowDefinition =
            serde_json::from_value(json!({ "schema": 1, "steps": steps, "body": [] })).expect("a definition");
        check(&definition.through(), known).into_iter().map(|problem| (problem.code, problem.severity)).collect()
    }

    #[test]
    fn one_service_is_real_or_simulated_not_both() {
        let known = [connection(1, false), connection(2, true), connection(3, true)];
        assert_eq!(codes(&[("slack", 1), ("slack", 1)], &known), []);
        assert_eq!(codes(&[("slack", 2), ("slack", 3)], &known), []);
        let mixed = ("definition.sandbox_mixed".to_owned(), Severity::Warning);
        assert_eq!(codes(&[("slack", 1), ("slack", 2)], &known), [mixed]);
        assert_eq!(codes(&[("slack", 1), ("hubspot", 2)], &known), [], "of different services");
        let gone = ("definition.unknown_connection".to_owned(), Severity::Error);
        assert_eq!(codes(&[("slack", 1), ("slack", 9)], &known), [gone]);
    }

    #[test]
    fn whoever_may_not_use_a_connection_is_told_whom_to_ask() {
        let action =
            json!({ "type": "action", "connector": "slack", "version": 1, "operation": "x", "connection": ConnectionId(1) });
        let definition = json!({ "schema": 1, "steps": { "send": { "slug": "s", "label": "Send <b>it</b>", "kind": action } }, "body": ["send"] });
        let definition: WorkflowDefinition = serde_json::from_value(definition).expect("a definition");
        let found = |known: Connection| allowed(&definition.through(), &[known]);
        assert_eq!(found(connection(1, false)), [], "for everybody");
        let barred = || Connection { restricted: true, usable: false, ..connection(1, false) };
        let words = |known: Connection| found(known).remove(0).message;
        let rule = "“Send <b>it</b>” uses the connection “Slack”, which only people who were chosen may use.";
        assert_eq!(words(barred()), format!("{rule} Ask an owner of the workspace."));
        let ann = |name: &str| Some(User { id: UserId(7), email: "ann@example.com".into(), name: name.into() });
        let ask = |who: &str| format!("{rule} Ask {who}, to whom it belongs, or an owner of the workspace.");
        assert_eq!(words(Connection { owner: ann("Ann"), ..barred() }), ask("Ann"));
        assert_eq!(words(Connection { owner: ann(""), ..barred() }), ask("ann@example.com"));
        let [problem] = &found(barred())[..] else { panic!("one problem") };
        assert_eq!((problem.code.as_str(), problem.severity), ("definition.connection_not_allowed", Severity::Error));
        assert_eq!(problem.place.field.as_deref(), Some("connection"));
    }

    #[test]
    fn a_trigger_has_a_connection_of_its_own_service() {
        let with = |connector: &str, id: i64| {
            let kind =
                json!({ "type": "app", "connector": connector, "version": 1, "trigger": "x", "connection": ConnectionId(id) });
            let definition = json!({ "schema": 1, "triggers": [{ "id": "t", "label": "T", "kind": kind }] });
            let definition: WorkflowDefinition = serde_json::from_value(definition).expect("a definition");
            let problems = check(&definition.through(), &[connection(1, false)]);
            problems.into_iter().map(|problem| problem.code).collect::<Vec<_>>()
        };
        assert!(with("slack", 1).is_empty());
        assert_eq!(with("hubspot", 1), ["definition.other_connection"]);
        assert_eq!(with("slack", 9), ["definition.unknown_connection"]);
    }

    #[test]
    fn what_a_connection_may_not_do_is_said() {
        let action = |operation: &str| json!({ "type": "action", "connector": "slack", "version": 1, "operation": operation, "connection": ConnectionId(1) });
        let definition = |operation: &str| -> WorkflowDefinition {
            let step = json!({ "slug": "send", "label": "Send", "kind": action(operation) });
            serde_json::from_value(json!({ "schema": 1, "steps": { "send": step }, "body": ["send"] })).expect("a definition")
        };
        let consented = || Connection { method: "oauth".into(), ..connection(1, false) };
        let granted = |scopes: &[&str]| Connection { scopes: scopes.iter().map(|&one| one.to_owned()).collect(), ..consented() };
        let found = |definition: &WorkflowDefinition, known: Connection| {
            scopes(definition, &definition.through(), manifest::builtin(), &[known])
        };
        let send = definition("send_message");
        let [problem] = &found(&send, granted(&["users:read"]))[..] else { panic!("one problem") };
        assert!(problem.message.contains("chat:write"), "{}", problem.message);
        let needed: Vec<String> =
            needs::of_connection(manifest::find("slack").expect("slack"), ConnectionId(1), std::slice::from_ref(&send));
        assert_eq!(found(&send, Connection { scopes: needed, ..consented() }), []);
        let typed = Connection { method: "bot_token".into(), ..granted(&["users:read"]) };
        assert_eq!(found(&send, typed), [], "connecting again would not help");
        assert_eq!(found(&send, granted(&[])), [], "it does not tell what it was granted");
        assert_eq!(found(&send, Connection { sandbox: true, ..granted(&["users:read"]) }), []);
        assert_eq!(found(&definition("ghost"), granted(&["users:read"])), []);
    }
}

//! Triggers of services that tell one webhook for each account only: a second one takes the first one's place.

use std::collections::HashSet;

use manifest::Connector;
use model::{
    Place, Problem, Severity, WorkflowDefinition,
    definition::{AppTrigger, Trigger, TriggerKind},
    ids::{TriggerId, WorkflowId},
};
use store::{Listener, Scope, Store};

use crate::error::ApiError;

/// `own`: the workflow whose definition it is; it takes nothing from itself.
pub(super) async fn check(
    store: &Store,
    scope: &Scope,
    connectors: &[Connector],
    own: Option<WorkflowId>,
    definition: &WorkflowDefinition,
) -> Result<Vec<Problem>, ApiError> {
    let mut problems = Vec::new();
    let mut listening = HashSet::new();
    for (trigger, app, connector) in only_ones(connectors, definition) {
        let Some(connection) = app.connection else { continue };
        if !listening.insert(connection) {
            let message = format!(
                "{} tells one trigger of an account only, and another trigger of this workflow has it already: one of them will not \
                 hear anything.",
                connector.name
            );
            problems.push(problem(trigger, message));
            continue;
        }
        let others = store.listeners(scope, &connector.id).await?;
        let other = |listener: &&Listener| listener.connection == connection && Some(listener.workflow) != own;
        if let Some(other) = others.iter().find(other) {
            let message = format!(
                "{} tells one trigger of an account only. Published, this one takes over from “{}”, which then hears nothing any more.",
                connector.name, other.name
            );
            problems.push(problem(trigger, message));
        }
    }
    Ok(problems)
}

fn only_ones<'a>(
    connectors: &'a [Connector],
    definition: &'a WorkflowDefinition,
) -> impl Iterator<Item = (&'a TriggerId, &'a AppTrigger, &'a Connector)> {
    definition.triggers.iter().filter_map(|Trigger { id, kind, .. }| {
        let TriggerKind::App(app) = kind else { return None };
        let connector = connectors.iter().find(|known| known.id == app.connector)?;
        let webhook = connector.trigger(&app.trigger)?.webhook.as_ref()?;
        webhook.is_only_one().then_some((id, app, connector))
    })
}

fn problem(trigger: &TriggerId, message: String) -> Problem {
    Problem {
        code: "definition.takes_over".into(),
        severity: Severity::Warning,
        place: Place { trigger: Some(trigger.clone()), field: Some("connection".into()), ..Place::default() },
        message,
        suggestion: None,
    }
}

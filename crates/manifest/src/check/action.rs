//! An action against its connector's manifest.

use model::ids::StepId;
use model::step::Action;

use super::form::{Form, hint};
use super::http;
use super::report::{Report, step_field};
use crate::{Connector, NeedsConnection, Operation};

pub(super) fn check(id: &StepId, action: &Action, connectors: &[Connector], report: &mut Report) {
    let Some(connector) = connectors.iter().find(|connector| connector.id == action.connector) else {
        let suggestion = expr::suggest(&action.connector, connectors.iter().map(|connector| &connector.id));
        let message = format!("There is no connector \"{}\"{}", action.connector.escape_debug(), hint(suggestion.as_deref()));
        report.error(step_field(id, "connector"), "unknown_connector", message).suggestion = suggestion;
        return;
    };
    if action.version == 0 || action.version > connector.version {
        let message = format!(
            "This step was made for version {} of {}; here is version {}",
            action.version, connector.name, connector.version
        );
        report.error(step_field(id, "version"), "connector_version", message);
    }
    let Some(operation) = connector.operation(&action.operation) else {
        let suggestion = expr::suggest(&action.operation, connector.operations.iter().map(|operation| &operation.id));
        let message =
            format!("{} cannot do \"{}\"{}", connector.name, action.operation.escape_debug(), hint(suggestion.as_deref()));
        report.error(step_field(id, "operation"), "unknown_operation", message).suggestion = suggestion;
        return;
    };
    if action.version != 0 && operation.has_changed_since(action.version) {
        let message = format!(
            "\"{}\" is not what it was when this step was made: it changed with version {} of {}. Look at its fields and at what later \
             steps use of it, then take over the new version",
            operation.label, operation.version, connector.name
        );
        report.error(step_field(id, "version"), "connector_changed", message);
    }
    if let Some(instead) = &operation.deprecated {
        let message = format!("\"{}\" is going away: {instead}", operation.label);
        report.warning(step_field(id, "operation"), "deprecated_operation", message);
    }
    check_connection(id, action, connector, operation, report);
    let form = Form { label: &operation.label, fields: &operation.fields, input: &action.input };
    form.check(&|field| step_field(id, field), report);
    if connector.id == "http" {
        http::check(id, action, report);
    }
}

fn check_connection(id: &StepId, action: &Action, connector: &Connector, operation: &Operation, report: &mut Report) {
    let place = || step_field(id, "connection");
    match (operation.connection, action.connection.is_some()) {
        (NeedsConnection::Required, false) => {
            report.error(place(), "no_connection", format!("Choose the {} connection this step uses", connector.name));
        }
        (NeedsConnection::Never, true) => {
            report.warning(place(), "needless_connection", "This step has no use for a connection");
        }
        _ => {}
    }
}

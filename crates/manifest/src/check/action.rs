//! An action against its connector's manifest.

use model::ids::StepId;
use model::step::Action;
use serde_json::Value;

use super::http;
use super::known::Known;
use super::report::{Report, step_field};
use crate::{Connector, Field, FieldKind, NeedsConnection, Operation};

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
    if let Some(instead) = &operation.deprecated {
        let message = format!("\"{}\" is going away: {instead}", operation.label);
        report.warning(step_field(id, "operation"), "deprecated_operation", message);
    }
    check_connection(id, action, connector, operation, report);
    for key in action.input.keys().filter(|key| operation.field(key).is_none()) {
        let suggestion = expr::suggest(key, operation.fields.iter().map(|field| &field.key));
        let message = format!("\"{}\" has no field \"{}\"{}", operation.label, key.escape_debug(), hint(suggestion.as_deref()));
        report.error(step_field(id, format!("input.{key}")), "unknown_field", message).suggestion = suggestion;
    }
    for field in &operation.fields {
        check_field(id, action, operation, field, report);
    }
    if connector.id == "http" {
        http::check(id, action, report);
    }
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
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

fn check_field(id: &StepId, action: &Action, operation: &Operation, field: &Field, report: &mut Report) {
    if is_shown(action, operation, field) == Some(false) {
        return;
    }
    let place = || step_field(id, format!("input.{}", field.key));
    let given = Known::of(action.input.get(&field.key));
    // A body may well be null or empty text; whether it is there is the question.
    let is_missing = match field.kind {
        FieldKind::Json | FieldKind::Body => matches!(given, Known::Missing),
        _ => given.is_empty(),
    };
    if is_missing {
        let is_needed = field.required || field.kind == FieldKind::Body;
        let is_asked_for = is_needed && is_shown(action, operation, field) == Some(true);
        if is_asked_for {
            report.error(place(), "required", format!("\"{}\" is empty; it is required", field.label));
        }
        return;
    }
    if let Known::Value(value) = given
        && let Some(wanted) = misfit(&field.kind, &value)
    {
        report.error(place(), "field_value", format!("\"{}\" must be {wanted}", field.label));
    }
}

/// Whether the form shows the field; nothing when that depends on data.
fn is_shown(action: &Action, operation: &Operation, field: &Field) -> Option<bool> {
    let Some(when) = &field.shown_when else { return Some(true) };
    let value = match Known::of(action.input.get(&when.field)) {
        Known::Dynamic => return None,
        Known::Value(value) if !value.is_null() => value.into_owned(),
        _ => operation.field(&when.field)?.default.clone()?,
    };
    Some(value.as_str().is_some_and(|value| when.is.iter().any(|one| one == value)))
}

/// What the value should be instead; nothing when it fits.
fn misfit(kind: &FieldKind, value: &Value) -> Option<String> {
    match kind {
        FieldKind::Text | FieldKind::LongText => (value.is_array() || value.is_object()).then(|| "text".to_owned()),
        FieldKind::Number { min, max } => {
            let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
            let Some(number) = number else { return Some("a whole number".to_owned()) };
            let (min, max) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
            (!(min..=max).contains(&number)).then(|| format!("between {min} and {max}"))
        }
        FieldKind::Switch => {
            let is_switch = value.is_boolean() || matches!(value.as_str().map(str::trim), Some("true" | "false"));
            (!is_switch).then(|| "yes or no".to_owned())
        }
        FieldKind::Choice { options } => {
            let fits = value.as_str().is_some_and(|value| options.iter().any(|option| option.value == value.trim()));
            (!fits).then(|| {
                let options: Vec<_> = options.iter().map(|option| option.value.as_str()).collect();
                format!("one of {}", options.join(", "))
            })
        }
        FieldKind::KeyValue { .. } => (!value.is_object()).then(|| "names with values".to_owned()),
        FieldKind::Json | FieldKind::Body => None,
    }
}

//! A connector's trigger against its manifest.

use model::Mapped;
use model::definition::{AppTrigger, Trigger};

use super::form::{Form, hint};
use super::report::{Report, trigger_field};
use crate::Connector;

/// No list is looked at less often than once a day, in seconds.
const LONGEST_S: u64 = 86_400;

pub(super) fn check(trigger: &Trigger, app: &AppTrigger, connectors: &[Connector], report: &mut Report) {
    let id = &trigger.id;
    let Some(connector) = connectors.iter().find(|connector| connector.id == app.connector) else {
        let suggestion = expr::suggest(&app.connector, connectors.iter().map(|connector| &connector.id));
        let message = format!("There is no connector \"{}\"{}", app.connector.escape_debug(), hint(suggestion.as_deref()));
        report.error(trigger_field(id, "connector"), "unknown_connector", message).suggestion = suggestion;
        return;
    };
    if app.version == 0 || app.version > connector.version {
        let message = format!(
            "This trigger was made for version {} of {}; here is version {}",
            app.version, connector.name, connector.version
        );
        report.error(trigger_field(id, "version"), "connector_version", message);
    }
    let Some(known) = connector.trigger(&app.trigger) else {
        let suggestion = expr::suggest(&app.trigger, connector.triggers.iter().map(|known| &known.id));
        let message =
            format!("{} has no trigger \"{}\"{}", connector.name, app.trigger.escape_debug(), hint(suggestion.as_deref()));
        report.error(trigger_field(id, "trigger"), "unknown_trigger", message).suggestion = suggestion;
        return;
    };
    if app.version != 0 && app.version < known.version {
        let message = format!(
            "\"{}\" is not what it was when this trigger was made: it changed with version {} of {}. Look at its fields and at what steps \
             use of its events, then take over the new version",
            known.label, known.version, connector.name
        );
        report.warning(trigger_field(id, "version"), "connector_changed", message);
    }
    if let Some(instead) = &known.deprecated {
        let message = format!("\"{}\" is going away: {instead}", known.label);
        report.warning(trigger_field(id, "trigger"), "deprecated_trigger", message);
    }
    if app.connection.is_none() {
        let message = format!("Choose the {} connection this trigger uses", connector.name);
        report.error(trigger_field(id, "connection"), "no_connection", message);
    }
    check_pause(trigger, app, known, report);
    for (key, mapped) in &app.input {
        if !is_fixed(mapped) {
            let label = known.fields.iter().find(|field| field.key == *key).map_or(key.as_str(), |field| field.label.as_str());
            let message = format!("\"{label}\" cannot refer to anything: when the trigger looks, nothing has happened yet");
            report.error(trigger_field(id, format!("input.{key}")), "reference_in_trigger", message);
        }
    }
    let form = Form { label: &known.label, fields: &known.fields, input: &app.input };
    form.check(&|field| trigger_field(id, field), report);
}

/// How often a list is looked at, and what knows its doubles.
fn check_pause(trigger: &Trigger, app: &AppTrigger, known: &crate::Trigger, report: &mut Report) {
    let id = &trigger.id;
    let Some(poll) = &known.poll else {
        if app.every_s.is_some() {
            let message =
                format!("\"{}\" is told at once what happens; it does not look, so how often does not count", known.label);
            report.warning(trigger_field(id, "every_s"), "needless_pause", message);
        }
        return;
    };
    let least = poll.every_s.min(LONGEST_S);
    if let Some(every) = app.every_s
        && !(least..=LONGEST_S).contains(&every)
    {
        let message = format!("\"{}\" looks every {least} to {LONGEST_S} seconds", known.label);
        report.error(trigger_field(id, "every_s"), "poll_pause", message);
    }
    if trigger.dedupe.is_some() {
        let message = format!("\"{}\" knows doubles by itself; this key is not looked at", known.label);
        report.warning(trigger_field(id, "dedupe"), "needless_key", message);
    }
}

/// Whether a value is what it is, whatever happens.
fn is_fixed(mapped: &Mapped) -> bool {
    match mapped {
        Mapped::Literal(_) | Mapped::Null | Mapped::Omit => true,
        Mapped::Template(parts) => parts.iter().all(|part| matches!(part, expr::Part::Text(_))),
        Mapped::List(items) => items.iter().all(is_fixed),
        Mapped::Object(entries) => entries.iter().all(|entry| is_fixed(&entry.key) && is_fixed(&entry.value)),
        Mapped::Expr(_) | Mapped::Each(_) => false,
    }
}

//! A connector's trigger against its manifest.

use model::definition::{AppTrigger, Trigger};

use super::report::{Report, trigger_field};
use crate::Connector;

pub(super) fn check(trigger: &Trigger, app: &AppTrigger, connectors: &[Connector], report: &mut Report) {
    let id = &trigger.id;
    let Some(connector) = connectors.iter().find(|connector| connector.id == app.connector) else {
        let message = format!("There is no connector \"{}\"", app.connector.escape_debug());
        let suggestion = expr::suggest(&app.connector, connectors.iter().map(|connector| &connector.id));
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
        let message = format!("{} has no trigger \"{}\"", connector.name, app.trigger.escape_debug());
        let suggestion = expr::suggest(&app.trigger, connector.triggers.iter().map(|known| &known.id));
        report.error(trigger_field(id, "trigger"), "unknown_trigger", message).suggestion = suggestion;
        return;
    };
    if let Some(instead) = &known.deprecated {
        let message = format!("\"{}\" is going away: {instead}", known.label);
        report.warning(trigger_field(id, "trigger"), "deprecated_trigger", message);
    }
    if app.connection.is_none() {
        let message = format!("Choose the {} connection this trigger uses", connector.name);
        report.error(trigger_field(id, "connection"), "no_connection", message);
    }
}

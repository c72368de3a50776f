//! Workflows to start from: `assets/templates`, one file each.

use std::sync::LazyLock;

use model::api::Template;
use serde_json::Value;

/// In the order they are offered.
const FILES: [(&str, &str); 13] = [
    ("lead_to_crm", include_str!("../../../assets/templates/lead_to_crm.json")),
    ("survey_to_subscriber", include_str!("../../../assets/templates/survey_to_subscriber.json")),
    ("pull_request_to_slack", include_str!("../../../assets/templates/pull_request_to_slack.json")),
    ("payments", include_str!("../../../assets/templates/payments.json")),
    ("call_summary", include_str!("../../../assets/templates/call_summary.json")),
    ("mail_to_drive", include_str!("../../../assets/templates/mail_to_drive.json")),
    ("linkedin_lead", include_str!("../../../assets/templates/linkedin_lead.json")),
    ("nightly_sync", include_str!("../../../assets/templates/nightly_sync.json")),
    ("support_escalation", include_str!("../../../assets/templates/support_escalation.json")),
    ("appointment_reminder", include_str!("../../../assets/templates/appointment_reminder.json")),
    ("text_message", include_str!("../../../assets/templates/text_message.json")),
    ("post_to_x", include_str!("../../../assets/templates/post_to_x.json")),
    ("geocode_address", include_str!("../../../assets/templates/geocode_address.json")),
];

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| FILES.iter().map(|(id, text)| read(id, text)).collect());

fn read(id: &str, text: &str) -> Template {
    let mut value: Value = serde_json::from_str(text).expect("a test reads every template");
    value["id"] = Value::from(id);
    serde_json::from_value(value).expect("a test reads every template")
}

pub(crate) fn all() -> &'static [Template] {
    &TEMPLATES
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use model::{Severity, WorkflowDefinition, definition::TriggerKind, ids::ConnectionId, step::StepKind};

    use super::*;

    #[test]
    fn every_file_is_offered() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/templates");
        let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").file_name());
        let files: BTreeSet<_> = files.map(|name| name.to_string_lossy().trim_end_matches(".json").to_owned()).collect();
        let offered: BTreeSet<_> = FILES.iter().map(|(id, _)| (*id).to_owned()).collect();
        assert_eq!(files, offered);
    }

    fn problems(definition: &WorkflowDefinition) -> Vec<String> {
        let found = manifest::check(definition, manifest::builtin());
        let bad = found.into_iter().filter(|problem| problem.severity >= Severity::Error);
        bad.map(|problem| format!("{:?}: {} {}", problem.place, problem.code, problem.message)).collect()
    }

    #[test]
    fn each_is_whole_once_its_connections_are_chosen() {
        let mut bad = Vec::new();
        for template in all() {
            let mut definition = template.definition.clone();
            definition.reconnect(|_, _| Some(ConnectionId(7)));
            bad.extend(problems(&definition).into_iter().map(|problem| format!("{}: {problem}", template.id)));

            assert!(!template.samples.is_empty(), "{}", template.id);
            for sample in &template.samples {
                assert!(definition.trigger(&sample.trigger).is_some(), "{}: {}", template.id, sample.trigger);
            }
            for connector in &template.connectors {
                assert!(manifest::find(connector).is_some(), "{}: {connector}", template.id);
            }
            // What is to be chosen is there, and can be taken away.
            let before = serde_json::to_value(&definition).expect("JSON");
            definition.empty_fields(&template.open_fields());
            let gone = serde_json::to_value(&definition).expect("JSON").to_string().len();
            assert_eq!(template.chosen.is_empty(), gone == before.to_string().len(), "{}", template.id);
        }
        assert!(bad.is_empty(), "{}", bad.join("\n"));
    }

    #[test]
    fn templates_hold_no_connection() {
        for template in all() {
            let in_steps = template.definition.steps.values().filter_map(|step| match &step.kind {
                StepKind::Action(action) => action.connection,
                _ => None,
            });
            let in_triggers = template.definition.triggers.iter().filter_map(|trigger| match &trigger.kind {
                TriggerKind::App(app) => app.connection,
                _ => None,
            });
            assert_eq!(in_steps.chain(in_triggers).count(), 0, "{}", template.id);
        }
    }
}

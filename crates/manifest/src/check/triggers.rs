use std::collections::BTreeSet;

use model::WorkflowDefinition;
use model::definition::{
    FailureTrigger, FormField, FormFieldKind, FormTrigger, ScheduleTrigger, Trigger, TriggerKind, Verify, WebhookTrigger,
    WorkflowTrigger,
};

use model::step::Content;

use super::app_trigger;
use super::known::Known;
use super::references::check_trigger;
use super::report::{self, Report, trigger_field};
use super::steps::conditions;
use super::structure::is_id;
use crate::Connector;

pub(super) fn check(def: &WorkflowDefinition, connectors: &[Connector], report: &mut Report) {
    if def.triggers.is_empty() {
        report.error(report::workflow(), "no_trigger", "Nothing starts this workflow yet; choose a trigger");
    }
    let names = def.names();
    let mut ids = BTreeSet::new();
    for trigger in &def.triggers {
        let id = &trigger.id;
        if !ids.insert(id) {
            report.broken(report::trigger(id), "duplicate_trigger", format!("Two triggers have the id `{id}`"));
        }
        if !is_id(id.as_str()) {
            let message = format!("`{}` cannot be a trigger's id; it has 1 to 40 of a-z, 0-9 and _", id.as_str().escape_debug());
            report.broken(report::trigger(id), "trigger_id", message);
        }
        match &trigger.kind {
            TriggerKind::Webhook(webhook) => check_webhook(trigger, webhook, report),
            TriggerKind::Schedule(schedule) => check_schedule(trigger, schedule, report),
            TriggerKind::Manual(manual) => {
                check_fields(trigger, &manual.fields, report);
                check_no_files(trigger, &manual.fields, report);
            }
            TriggerKind::App(app) => app_trigger::check(trigger, app, connectors, report),
            TriggerKind::Form(form) => check_form(trigger, form, report),
            TriggerKind::Workflow(workflow) => {
                check_fields(trigger, &workflow.fields, report);
                check_returns(trigger, workflow, report);
            }
            TriggerKind::Failure(failure) => check_failure(trigger, failure, report),
        }
        let called: Vec<_> = def.triggers.iter().filter(|other| matches!(other.kind, TriggerKind::Workflow(_))).collect();
        if called.len() > 1 && called.last().is_some_and(|last| std::ptr::eq(*last, trigger)) {
            let message = "Other workflows start this one in one way only; remove the other trigger for workflows";
            report.error(report::trigger(id), "second_workflow_trigger", message);
        }
        if let Some(filter) = &trigger.filter {
            check_trigger(id, "filter", &Content::Condition(filter), &names, report);
            conditions(filter, |inner| trigger_field(id, report::join("filter", inner)), report);
        }
        if let Some(dedupe) = &trigger.dedupe {
            check_trigger(id, "dedupe.key", &Content::Mapped(&dedupe.key), &names, report);
        }
    }
}

fn check_webhook(trigger: &Trigger, webhook: &WebhookTrigger, report: &mut Report) {
    let id = &trigger.id;
    if webhook.methods.is_empty() {
        report.error(
            trigger_field(id, "methods"),
            "webhook_methods",
            "The webhook accepts no method; choose POST, which most senders use",
        );
    }
    for method in &webhook.methods {
        if !matches!(method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
            let message = format!("The webhook cannot accept the method \"{}\"", method.escape_debug());
            report.error(trigger_field(id, "methods"), "webhook_methods", message);
        }
    }
    if webhook.max_bytes == 0 {
        report.error(trigger_field(id, "max_bytes"), "webhook_size", "With a size limit of 0 every event would be refused");
    }
    for origin in &webhook.allowed_origins {
        let is_origin = origin == "*"
            || ["https://", "http://"].iter().any(|scheme| {
                origin.strip_prefix(scheme).is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '?', '#', '@']))
            });
        if !is_origin {
            let message =
                format!("\"{}\" is not an origin; write it like https://example.com, or * for any", origin.escape_debug());
            report.error(trigger_field(id, "allowed_origins"), "webhook_origin", message);
        }
    }
    let header = match &webhook.verify {
        Verify::None => return,
        Verify::SharedSecret { header } => header,
        Verify::Hmac(signature) => {
            if !matches!(signature.encoding.as_str(), "hex" | "base64") {
                let message = format!("A signature is written in hex or base64, not \"{}\"", signature.encoding.escape_debug());
                report.error(trigger_field(id, "verify.encoding"), "webhook_signature", message);
            }
            &signature.header
        }
    };
    if !is_header_name(header) {
        let message = "Name the header that carries the proof, such as X-Signature";
        report.error(trigger_field(id, "verify.header"), "webhook_signature", message);
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn check_schedule(trigger: &Trigger, schedule: &ScheduleTrigger, report: &mut Report) {
    // What the five fields mean, the server says.
    if schedule.cron.split_whitespace().count() != 5 {
        let message =
            "A schedule has five parts: minute, hour, day of month, month, day of week; 0 9 * * 1-5 is 9:00 on weekdays";
        report.error(trigger_field(&trigger.id, "cron"), "schedule", message);
    }
}

fn check_fields(trigger: &Trigger, fields: &[FormField], report: &mut Report) {
    let mut keys = BTreeSet::new();
    for (index, field) in fields.iter().enumerate() {
        let place = |part: &str| trigger_field(&trigger.id, format!("fields[{index}].{part}"));
        if field.key.trim().is_empty() {
            report.error(place("key"), "form_field", "A field of the form has no name");
        } else if !keys.insert(&field.key) {
            report.error(place("key"), "form_field", format!("Two fields of the form are named `{}`", field.key));
        }
        if field.kind == FormFieldKind::Choice && field.choices.is_empty() {
            report.error(place("choices"), "form_field", format!("\"{}\" offers nothing to choose from", field.label));
        }
    }
}

/// Sends of one address within ten minutes that a form may allow.
const MOST_PER_SENDER: u32 = 1_000;
const MOST_FIELDS: usize = 100;

fn check_form(trigger: &Trigger, form: &FormTrigger, report: &mut Report) {
    let id = &trigger.id;
    if form.title.trim().is_empty() {
        report.error(
            trigger_field(id, "title"),
            "form_title",
            "The form has no title; it stands above the fields and in the tab",
        );
    }
    if form.fields.is_empty() {
        report.error(trigger_field(id, "fields"), "form_empty", "The form asks for nothing; add a field");
    }
    if form.fields.len() > MOST_FIELDS {
        let message = format!("The form has {} fields; at most {MOST_FIELDS} fit", form.fields.len());
        report.error(trigger_field(id, "fields"), "form_fields", message);
    }
    if !(1..=MOST_PER_SENDER).contains(&form.most_per_sender) {
        let message = format!("Between 1 and {MOST_PER_SENDER} sends of one address can be taken within ten minutes");
        report.error(trigger_field(id, "most_per_sender"), "form_limit", message);
    }
    check_fields(trigger, &form.fields, report);
    for (index, field) in form.fields.iter().enumerate() {
        let place = |part: &str| trigger_field(id, format!("fields[{index}].{part}"));
        if field.label.trim().is_empty() {
            report.error(place("label"), "form_label", "A field of the form has no label; people would not know what to fill in");
        }
        let mut seen = BTreeSet::new();
        let is_choice = field.kind == FormFieldKind::Choice;
        if is_choice && field.choices.iter().any(|choice| choice.trim().is_empty() || !seen.insert(choice.trim())) {
            let message = format!("\"{}\" offers the same choice twice, or an empty one", field.label);
            report.error(place("choices"), "form_field", message);
        }
    }
}

/// Who starts a workflow by hand has no file at hand that is kept.
fn check_no_files(trigger: &Trigger, fields: &[FormField], report: &mut Report) {
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| field.kind == FormFieldKind::File) {
        let message =
            format!("\"{}\" cannot be a file here; files come with hosted forms, webhooks and other workflows", field.label);
        report.error(trigger_field(&trigger.id, format!("fields[{index}].kind")), "form_field", message);
    }
}

/// What expressions of the returned values refer to, see `references`.
fn check_returns(trigger: &Trigger, workflow: &WorkflowTrigger, report: &mut Report) {
    let mut keys = BTreeSet::new();
    for (index, field) in workflow.returns.iter().enumerate() {
        let place = |part: &str| trigger_field(&trigger.id, format!("returns[{index}].{part}"));
        if field.key.trim().is_empty() {
            report.error(place("key"), "return_field", "A value that is given back has no name");
        } else if !keys.insert(&field.key) {
            report.error(place("key"), "return_field", format!("Two values that are given back are named `{}`", field.key));
        }
        if field.required && Known::of(Some(&field.value)).is_empty() {
            report.error(place("value"), "required", format!("Say what `{}` gives back", field.key));
        }
    }
}

fn check_failure(trigger: &Trigger, failure: &FailureTrigger, report: &mut Report) {
    let mut named = BTreeSet::new();
    for (index, workflow) in failure.workflows.iter().enumerate() {
        if !named.insert(workflow) {
            let place = trigger_field(&trigger.id, format!("workflows[{index}]"));
            report.warning(place, "repeated_workflow", "This workflow is chosen twice");
        }
    }
}

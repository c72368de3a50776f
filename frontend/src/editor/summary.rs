//! One line per card: what the step will do, with the sample's values where they are known.

use expr::{Mapped, Outcome, evaluate};
use manifest::{Field, Operation};
use model::{
    definition::{Ack, AppTrigger, Trigger, TriggerKind},
    ids::WorkflowId,
    step::{Action, Collect, Delay, Step, StepKind, Wait, WaitFor},
};

use super::{
    condition, cron,
    data::{Seen, limits},
    fields::{fixed, loads},
    mapping::{tree, words},
    steps::{fresh::NO_WORKFLOW, store::name_of},
};
use crate::{connectors::find, text::editor as t};

/// What a step will do. `workflow`: the name of another workflow, where it is known.
pub fn step(step: &Step, seen: &Seen, workflow: &dyn Fn(WorkflowId) -> Option<String>) -> String {
    match &step.kind {
        StepKind::Filter(filter) if condition::is_open(&filter.condition) => t::NO_CONDITION_YET.into(),
        StepKind::Filter(filter) => non_empty(words::condition(&filter.condition), t::EVERYTHING_PASSES),
        StepKind::Branch(branch) => t::paths(branch.mode, branch.arms.len()),
        StepKind::Set(set) => {
            let names: Vec<&str> = set.fields.iter().map(|field| field.name.as_str()).filter(|name| !name.is_empty()).collect();
            if names.is_empty() { t::NO_FIELDS_YET.into() } else { t::sets(&names) }
        }
        StepKind::Delay(Delay::For { ms }) => t::waits(&t::duration(*ms)),
        StepKind::Delay(Delay::Until(until)) => t::waits_until(&text_of(until, seen)),
        StepKind::Delay(Delay::Next(next)) => t::next_time(&next.days, &next.at),
        StepKind::Wait(Wait { until: WaitFor::Callback, timeout_ms, .. }) => t::waits_for_answer(&t::duration(*timeout_ms)),
        StepKind::Wait(Wait { until: WaitFor::Approval(approval), .. }) => {
            let question = text_of(&approval.question, seen);
            if question.is_empty() {
                t::NO_QUESTION_YET.into()
            } else {
                t::asks(&tree::shorten(&question, 80), approval.people.len())
            }
        }
        StepKind::SubWorkflow(other) if other.workflow == NO_WORKFLOW => t::NO_WORKFLOW_YET.into(),
        StepKind::SubWorkflow(other) => {
            t::runs_workflow(&workflow(other.workflow).unwrap_or_else(|| t::WORKFLOW.to_lowercase()), other.wait)
        }
        StepKind::Collect(collect) => self::collect(collect),
        StepKind::Code(code) if code.source.trim().is_empty() => t::NO_CODE_YET.into(),
        StepKind::Code(code) => t::lines_of_code(code.source.trim().lines().count()),
        StepKind::Transform(transform) => {
            let labels: Vec<&str> = transform.operations.iter().map(|one| super::transform::label(&one.op)).collect();
            tree::shorten(&t::transforms(&words::value(&transform.input), &labels), 90)
        }
        StepKind::Store(store) => t::stores(name_of(&store.op), &text_of(&store.key, seen)),
        StepKind::Lookup(lookup) if lookup.rows.iter().all(|row| row.from.is_empty()) => t::NO_ROWS_YET.into(),
        StepKind::Lookup(lookup) => t::looks_up(&words::value(&lookup.value), lookup.rows.len()),
        StepKind::Respond(respond) => t::responds(respond.status),
        StepKind::Stop(stop) => match &stop.message {
            Some(message) => format!("{}: {}", t::ends(stop.result), text_of(message, seen)),
            None => t::ends(stop.result).into(),
        },
        StepKind::Action(action) => self::action(action, seen),
        StepKind::ForEach(each) if text_of(&each.over, seen).is_empty() => t::NO_LIST_YET.into(),
        StepKind::ForEach(each) => t::goes_through(&tree::shorten(&words::value(&each.over), 60), each.concurrency),
        StepKind::Parallel(parallel) => t::side_by_side(parallel.join, parallel.arms.len()),
        StepKind::Section(section) if section.error_body.is_some() => t::SECTION_CATCHES.into(),
        StepKind::Section(_) => t::SECTION_GROUPS.into(),
        StepKind::RepeatUntil(repeat) if condition::is_open(&repeat.until) => t::NO_CONDITION_YET.into(),
        StepKind::RepeatUntil(repeat) => t::repeats(&words::condition(&repeat.until), repeat.max),
        StepKind::Break(_) => t::BREAK_ABOUT.into(),
        StepKind::Continue(_) => t::CONTINUE_ABOUT.into(),
    }
}

fn collect(collect: &Collect) -> String {
    let mut rules = Vec::new();
    rules.extend(collect.count.map(t::until_count));
    rules.extend(collect.after_ms.map(|ms| t::until_span(&t::duration(ms))));
    rules.extend(collect.schedule.as_deref().map(|schedule| t::until_schedule(&cron::words(schedule))));
    t::collects(&rules, &collect.key.as_ref().map(words::value).unwrap_or_default())
}

fn action(action: &Action, seen: &Seen) -> String {
    if action.connector == "http" {
        let field = |key: &str| action.input.get(key).map(|mapped| text_of(mapped, seen)).unwrap_or_default();
        let url = field("url");
        if url.is_empty() {
            return t::NO_ADDRESS_YET.into();
        }
        let method = non_empty(field("method"), "GET");
        let short = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        return tree::shorten(&format!("{method} {short}"), 90);
    }
    let connector = find(&action.connector);
    let operation = connector.and_then(|connector| connector.operation(&action.operation));
    match (connector, operation) {
        (Some(connector), Some(operation)) => {
            let details = details(action, operation, seen);
            if details.is_empty() {
                format!("{} · {}", connector.name, operation.label)
            } else {
                t::does(&operation.label, &details)
            }
        }
        _ => action.connector.clone(),
    }
}

/// What an operation is about: the first things a person has to fill in, by their names where those are known.
fn details(action: &Action, operation: &Operation, seen: &Seen) -> Vec<String> {
    let value = |field: &Field| {
        let mapped = action.input.get(&field.key)?;
        let known = fixed(Some(mapped)).filter(|value| !value.is_empty());
        let label = known.as_ref().zip(action.connection);
        let label = label.and_then(|(value, connection)| loads::label(connection, &action.operation, &field.key, value));
        let text = label.unwrap_or_else(|| text_of(mapped, seen));
        (!text.is_empty()).then(|| tree::shorten(&text, 60))
    };
    operation.fields.iter().filter(|field| field.required && !field.advanced).filter_map(value).take(2).collect()
}

/// A field's value with the sample, else its words.
pub fn text_of(mapped: &Mapped, seen: &Seen) -> String {
    match evaluate(mapped, &seen.data, &limits()) {
        Ok(found) if found.notes.is_empty() => match found.outcome {
            Outcome::Value(value) => tree::preview(&value),
            Outcome::Missing => words::value(mapped),
        },
        _ => words::value(mapped),
    }
}

/// What a trigger waits for.
pub fn trigger(trigger: &Trigger) -> String {
    match &trigger.kind {
        TriggerKind::Webhook(hook) => t::webhook_waits(&hook.methods.join(", "), matches!(hook.ack, Ack::AfterRun { .. })),
        TriggerKind::Schedule(schedule) => cron::words(&schedule.cron),
        TriggerKind::Manual(manual) => t::manual_waits(manual.fields.len()),
        TriggerKind::App(app) => app_trigger(app),
        TriggerKind::Form(form) => t::form_waits(form.fields.len()),
        TriggerKind::Workflow(trigger) => t::workflow_waits(trigger.fields.len(), trigger.returns.len()),
        TriggerKind::Failure(trigger) => t::failure_waits(trigger.workflows.len()),
    }
}

fn app_trigger(app: &AppTrigger) -> String {
    let Some(connector) = find(&app.connector) else { return app.connector.clone() };
    let Some(trigger) = connector.trigger(&app.trigger) else { return connector.name.clone() };
    // The first thing a person has to choose says best which one it is.
    let named = trigger.fields.iter().filter(|field| field.required).find_map(|field| {
        let value = fixed(app.input.get(&field.key)).filter(|value| !value.is_empty())?;
        let label = app.connection.and_then(|connection| loads::label(connection, &app.trigger, &field.key, &value));
        Some(label.unwrap_or(value))
    });
    t::app_waits(&connector.name, &trigger.label, named.as_deref())
}

fn non_empty(text: String, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text }
}

//! What each kind of step needs.

use std::collections::BTreeSet;

use model::definition::{Ack, TriggerKind};
use model::ids::StepId;
use model::step::{Branch, Delay, Respond, Set, Step, StepKind};
use model::{Condition, Place, WorkflowDefinition};

use super::known::Known;
use super::report::{self, Report, join, step_field};
use super::{action, code, lookup, store, sub_workflows, transform, waiting};
use crate::Connector;

/// One attempt may take ten minutes.
const MOST_TIMEOUT_MS: u64 = 600_000;

pub(super) fn check(def: &WorkflowDefinition, id: &StepId, step: &Step, connectors: &[Connector], report: &mut Report) {
    policy(id, step, report);
    match &step.kind {
        StepKind::Action(action) => action::check(id, action, connectors, report),
        StepKind::Filter(filter) => {
            conditions(&filter.condition, |inner| step_field(id, join("condition", inner)), report);
        }
        StepKind::Branch(branch) => check_branch(id, branch, report),
        StepKind::Delay(Delay::Until(until)) if Known::of(Some(until)).is_empty() => {
            report.error(step_field(id, "until"), "required", "Say until when the step waits");
        }
        StepKind::Delay(Delay::Next(next)) => waiting::next_time(id, next, report),
        StepKind::Delay(_) | StepKind::Stop(_) => {}
        StepKind::Wait(wait) => waiting::wait(id, wait, report),
        StepKind::SubWorkflow(other) => sub_workflows::chosen(id, other, report),
        StepKind::Collect(collect) => waiting::collect(def, id, collect, report),
        StepKind::Code(code) => code::check(id, code, report),
        StepKind::Transform(transform) => transform::check(id, transform, report),
        StepKind::Store(store) => store::check(id, store, report),
        StepKind::Lookup(lookup) => lookup::check(id, lookup, report),
        StepKind::RepeatUntil(repeat) => {
            conditions(&repeat.until, |inner| step_field(id, join("until", inner)), report);
        }
        // See `loops`.
        StepKind::ForEach(_) | StepKind::Parallel(_) | StepKind::Section(_) | StepKind::Break(_) | StepKind::Continue(_) => {}
        StepKind::Set(set) => check_set(id, set, report),
        StepKind::Respond(respond) => check_respond(def, id, respond, report),
    }
}

fn policy(id: &StepId, step: &Step, report: &mut Report) {
    let policy = &step.policy;
    if !(1..=20).contains(&policy.retry.max_attempts) {
        let message = format!("{} attempts are not possible; choose 1 to 20", policy.retry.max_attempts);
        report.error(step_field(id, "policy.retry.max_attempts"), "retry", message);
    }
    if policy.retry.first_delay_ms > policy.retry.max_delay_ms {
        let message = "The first wait between attempts is longer than the longest one";
        report.error(step_field(id, "policy.retry.first_delay_ms"), "retry", message);
    }
    if policy.timeout_ms.is_some_and(|ms| !(1..=MOST_TIMEOUT_MS).contains(&ms)) {
        report.error(step_field(id, "policy.timeout_ms"), "timeout", "The time limit lies between 1 ms and 10 minutes");
    }
}

fn check_branch(id: &StepId, branch: &Branch, report: &mut Report) {
    if branch.arms.is_empty() {
        report.error(step_field(id, "arms"), "no_arms", "The branch has no arms; add one");
    }
    let mut others = branch.arms.iter().filter(|arm| arm.condition.is_none());
    if others.next().is_some()
        && let Some(second) = others.next()
    {
        let message = "Only one arm can be for everything else; give the others a condition";
        report.error(step_field(id, format!("arms.{}.condition", second.id)), "second_else", message);
    }
    for arm in &branch.arms {
        if let Some(condition) = &arm.condition {
            conditions(condition, |inner| step_field(id, join(&format!("arms.{}.condition", arm.id), inner)), report);
        }
    }
}

fn check_set(id: &StepId, set: &Set, report: &mut Report) {
    if set.fields.is_empty() {
        report.warning(step_field(id, "fields"), "no_fields", "This step sets nothing yet; add a field");
    }
    let mut names = BTreeSet::new();
    for (index, field) in set.fields.iter().enumerate() {
        let place = || step_field(id, format!("fields[{index}].name"));
        if field.name.trim().is_empty() {
            report.error(place(), "field_name", "A field has no name");
        } else if !names.insert(&field.name) {
            report.error(place(), "field_name", format!("Two fields are named \"{}\"", field.name));
        }
    }
}

fn check_respond(def: &WorkflowDefinition, id: &StepId, respond: &Respond, report: &mut Report) {
    if !(200..=599).contains(&respond.status) {
        let message = format!("{} is not a status an answer can have; choose 200 to 599", respond.status);
        report.error(step_field(id, "status"), "respond_status", message);
    }
    let waits = |kind: &TriggerKind| matches!(kind, TriggerKind::Webhook(webhook) if webhook.ack != Ack::AtOnce);
    if !def.triggers.iter().any(|trigger| waits(&trigger.kind)) {
        let message = "Nobody waits for this answer: let the webhook answer after the run, or remove this step";
        report.warning(report::step(id), "nobody_waits", message);
    }
}

/// Conditions that are not filled in.
pub(super) fn conditions(condition: &Condition, place: impl Fn(Option<&str>) -> Place, report: &mut Report) {
    visit(condition, "", &place, report);
}

fn visit(condition: &Condition, at: &str, place: &dyn Fn(Option<&str>) -> Place, report: &mut Report) {
    match condition {
        Condition::All(all) | Condition::Any(all) if all.is_empty() => {
            report.error(place(Some(at)), "empty_condition", "There is no condition yet; say what to compare");
        }
        Condition::All(all) | Condition::Any(all) => {
            all.iter().enumerate().for_each(|(index, one)| visit(one, &format!("{at}[{index}]"), place, report));
        }
        Condition::Not(one) => visit(one, at, place, report),
        Condition::Test(test) => {
            // Nobody compares a fixed empty text; a new comparison starts with one.
            if Known::of(Some(&test.left)).is_empty() {
                report.error(place(Some(&join_part(at, "left"))), "empty_condition", "Choose the value to compare");
            }
            if test.op.takes_right() && test.right.as_ref().is_none_or(|right| matches!(Known::of(Some(right)), Known::Missing)) {
                report.error(place(Some(&join_part(at, "right"))), "empty_condition", "Choose what to compare it with");
            }
        }
        Condition::Expr(source) if source.trim().is_empty() => {
            report.error(place(Some(at)), "empty_condition", "There is no condition yet; write an expression");
        }
        Condition::Expr(_) => {}
    }
}

fn join_part(at: &str, part: &str) -> String {
    if at.is_empty() { part.to_owned() } else { format!("{at}.{part}") }
}

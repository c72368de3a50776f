//! Kinds that hold bodies, and those that leave a loop.

use model::WorkflowDefinition;
use model::ids::StepId;
use model::step::{ForEach, OnItemError, Parallel, RepeatUntil, Step, StepKind};

use super::known::Known;
use super::order::Order;
use super::report::{self, Report, step_field};
use super::structure::{body_field, is_id};

/// A pause between two rounds: a day, in milliseconds.
const MOST_PAUSE_MS: u64 = 24 * 3_600_000;

pub(super) fn check(def: &WorkflowDefinition, id: &StepId, step: &Step, order: &Order, report: &mut Report) {
    match &step.kind {
        StepKind::ForEach(each) => for_each(def, id, each, order, report),
        StepKind::Parallel(parallel) => arms(id, parallel, report),
        StepKind::RepeatUntil(repeat) => rounds(id, repeat, report),
        StepKind::Break(_) | StepKind::Continue(_) => leave(def, id, step, order, report),
        _ => {}
    }
    // An arm that does nothing is a choice; a loop or a section that does nothing is not finished yet.
    if step.kind.arms().is_none() {
        for (body, _) in step.kind.named_bodies().into_iter().filter(|(_, steps)| steps.is_empty()) {
            let message = format!("\"{}\" has nothing to do yet; add a step into it", step.label);
            report.warning(step_field(id, body_field(def, id, &body)), "empty_body", message);
        }
    }
}

fn for_each(def: &WorkflowDefinition, id: &StepId, each: &ForEach, order: &Order, report: &mut Report) {
    match Known::of(Some(&each.over)) {
        known if known.is_empty() => {
            report.error(step_field(id, "over"), "required", "Choose the list the loop goes through");
        }
        Known::Value(value) if !value.is_array() && !value.is_object() => {
            report.error(step_field(id, "over"), "no_list", "A loop goes through a list or an object; this is neither");
        }
        _ => {}
    }
    if !(1..=ForEach::MAX_CONCURRENCY).contains(&each.concurrency) {
        let message = format!("{} at a time is not possible; choose 1 to {}", each.concurrency, ForEach::MAX_CONCURRENCY);
        report.error(step_field(id, "concurrency"), "concurrency", message);
    }
    match (each.on_item_error, &each.error_body) {
        (OnItemError::Body, None) => {
            let message = "Say what is done for an element that failed: add a step, or let it be skipped";
            report.error(step_field(id, "error_body"), "no_error_body", message);
        }
        (OnItemError::Stop | OnItemError::Skip, Some(_)) => {
            let message = "These steps never run: choose that an element that failed goes through them, or remove them";
            report.warning(step_field(id, "error_body"), "unused_error_body", message);
        }
        _ => {}
    }
    let name = each.item.as_str();
    let place = || step_field(id, "item");
    let is_word = name != "item" && (expr::RESERVED.contains(&name) || model::definition::LOCAL_NAMES.contains(&name));
    if !is_id(name) || name.starts_with(|first: char| first.is_ascii_digit()) {
        let message = format!("`{}` cannot be the element's name; use a-z, 0-9 and _, not a digit first", name.escape_debug());
        report.error(place(), "item_name", message).suggestion = Some(model::definition::slugify(name));
    } else if is_word || name.starts_with(model::definition::RESERVED_PREFIX) {
        report.error(place(), "item_name", format!("`{name}` has a meaning of its own in expressions; choose another name"));
    } else if let Some(step) = def.steps.values().find(|step| step.slug == name) {
        report.error(place(), "item_name", format!("\"{}\" is named `{name}` already; choose another name", step.label));
    }
    let around = order.position(id).map(|here| order.bodies_around(def, here)).unwrap_or_default();
    let hides = |step: &Step| matches!(&step.kind, StepKind::ForEach(outer) if outer.item == each.item);
    if around.iter().any(|(step, _)| hides(step)) {
        let message = format!("A loop around this one calls its element `{name}` too; inside, only this one's is seen");
        report.warning(place(), "hidden_name", message);
    }
}

fn arms(id: &StepId, parallel: &Parallel, report: &mut Report) {
    if parallel.arms.is_empty() {
        report.error(step_field(id, "arms"), "no_arms", "There are no arms to carry out; add one");
    }
    for arm in parallel.arms.iter().filter(|arm| arm.condition.is_some()) {
        let message = "Every arm is carried out here; use a branch to choose by a condition";
        report.error(step_field(id, format!("arms.{}.condition", arm.id)), "arm_condition", message);
    }
}

fn rounds(id: &StepId, repeat: &RepeatUntil, report: &mut Report) {
    if !(1..=RepeatUntil::MAX_ROUNDS).contains(&repeat.max) {
        let message = format!("{} rounds are not possible; choose 1 to {}", repeat.max, RepeatUntil::MAX_ROUNDS);
        report.error(step_field(id, "max"), "rounds", message);
    }
    if repeat.pause_ms > MOST_PAUSE_MS {
        report.error(step_field(id, "pause_ms"), "pause", "A pause between two rounds is at most a day");
    }
}

fn leave(def: &WorkflowDefinition, id: &StepId, step: &Step, order: &Order, report: &mut Report) {
    let around = order.position(id).map(|here| order.bodies_around(def, here)).unwrap_or_default();
    if !around.iter().any(|(step, _)| step.kind.is_loop()) {
        let message = format!("\"{}\" stands in no loop, so there is nothing it could leave", step.label);
        report.error(report::step(id), "outside_loop", message);
    }
}

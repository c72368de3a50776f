//! Whether the definition hangs together: ids, bodies, names.

use std::collections::{BTreeMap, BTreeSet};

use model::WorkflowDefinition;
use model::definition::{BodyOwner, SCHEMA};
use model::ids::{ArmId, StepId};
use model::step::{Content, ERROR_BODY, TIMEOUT_BODY};

use super::references::check_early;
use super::report::{self, Report, join};

/// The name under which steps find the links of waits.
pub(super) const LINKS: &str = "links";
/// Runs begun per minute, and runs that wait.
const MOST_PER_MINUTE: u32 = 60_000;
const MOST_PRIORITY: i8 = 10;
const MOST_NOTES: usize = 500;
/// Of one note, in characters.
const LONGEST_NOTE: usize = 10_000;

pub(super) fn check(def: &WorkflowDefinition, report: &mut Report) {
    if def.schema == 0 || def.schema > SCHEMA {
        let message = format!("The workflow has format {}; this version of Patchbay reads formats 1 to {SCHEMA}", def.schema);
        report.broken(report::workflow(), "schema", message);
    }
    if def.running().next().is_none() {
        report.error(report::workflow(), "no_steps", "The workflow has no steps yet; add one below the trigger");
    }
    settings(def, report);
    bodies(def, report);
    names(def, report);
    notes(def, report);
}

fn settings(def: &WorkflowDefinition, report: &mut Report) {
    let place = |field: &str| model::Place { field: Some(field.to_owned()), ..report::workflow() };
    if def.settings.time_zone.trim().is_empty() {
        report.error(
            place("settings.time_zone"),
            "time_zone",
            "The workflow has no time zone; choose one, such as Europe/Berlin",
        );
    }
    if def.settings.concurrency == Some(0) {
        report.error(place("settings.concurrency"), "concurrency", "With a limit of 0 runs at once nothing would ever run");
    }
    if def.settings.run_timeout_ms == Some(0) {
        report.error(place("settings.run_timeout_ms"), "run_timeout", "With a time limit of 0 every run would fail at once");
    }
    if !(-MOST_PRIORITY..=MOST_PRIORITY).contains(&def.settings.priority) {
        report.error(place("settings.priority"), "priority", "The priority lies between -10 and 10");
    }
    if def.settings.max_per_minute.is_some_and(|most| !(1..=MOST_PER_MINUTE).contains(&most)) {
        let message = format!("Between 1 and {MOST_PER_MINUTE} runs begin in a minute; leave it empty for no limit");
        report.error(place("settings.max_per_minute"), "max_per_minute", message);
    }
    if def.settings.backlog_limit == Some(0) {
        report.error(
            place("settings.backlog_limit"),
            "backlog_limit",
            "If no run may wait, every event is refused while one runs",
        );
    }
    if let Some(key) = &def.settings.order_key {
        check_early(|inner| place(&join("settings.order_key", inner)), &Content::Mapped(key), &def.names(), report);
    }
}

fn bodies(def: &WorkflowDefinition, report: &mut Report) {
    let mut places: BTreeMap<&StepId, u32> = BTreeMap::new();
    for body in def.bodies() {
        for id in body.steps {
            *places.entry(id).or_default() += 1;
            if !def.steps.contains_key(id) {
                let place = match body.owner {
                    BodyOwner::Workflow | BodyOwner::Shelf => report::workflow(),
                    BodyOwner::Arm { ref step, ref arm } => report::step_field(step, body_field(def, step, arm)),
                };
                report.broken(place, "dangling_step", format!("The step `{id}` is named here but is not in the workflow"));
            }
        }
    }
    let mut reached = BTreeSet::new();
    reach(def, &def.body, &mut reached);
    reach(def, &def.shelf, &mut reached);
    for (id, step) in &def.steps {
        let label = &step.label;
        match places.get(id) {
            None => {
                report.broken(report::step(id), "orphan_step", format!("\"{label}\" stands in no body, so it would never run"));
            }
            Some(1) if !reached.contains(id) => {
                report.broken(
                    report::step(id),
                    "unreachable_step",
                    format!("\"{label}\" stands inside itself, so it would never run"),
                );
            }
            Some(1) => {}
            Some(times) => {
                let message = format!("\"{label}\" stands in {times} places; a step has exactly one");
                report.broken(report::step(id), "repeated_step", message);
            }
        }
    }
}

/// How problems name a body: `arms.large`, `body`, `error_body`, `timeout_body`.
pub(super) fn body_field(def: &WorkflowDefinition, step: &StepId, body: &ArmId) -> String {
    match def.steps.get(step).is_some_and(|step| step.kind.arms().is_some()) {
        true => format!("arms.{body}"),
        false if body.0 == ERROR_BODY => "error_body".into(),
        false if body.0 == TIMEOUT_BODY => "timeout_body".into(),
        false => body.to_string(),
    }
}

fn reach<'a>(def: &'a WorkflowDefinition, body: &'a [StepId], reached: &mut BTreeSet<&'a StepId>) {
    for id in body {
        if reached.insert(id)
            && let Some(step) = def.steps.get(id)
        {
            step.kind.bodies().for_each(|body| reach(def, body, reached));
        }
    }
}

fn notes(def: &WorkflowDefinition, report: &mut Report) {
    if def.notes.len() > MOST_NOTES {
        report.broken(report::workflow(), "notes", format!("A workflow has at most {MOST_NOTES} notes"));
    }
    for (id, note) in &def.notes {
        if !is_id(id.as_str()) {
            let message = format!("`{}` cannot be a note's id; it has 1 to 40 of a-z, 0-9 and _", id.as_str().escape_debug());
            report.broken(report::workflow(), "note_id", message);
        }
        if note.text.chars().count() > LONGEST_NOTE {
            report.broken(report::workflow(), "note_length", format!("A note has at most {LONGEST_NOTE} characters"));
        }
    }
}

fn names(def: &WorkflowDefinition, report: &mut Report) {
    let mut slugs = BTreeMap::new();
    for (id, step) in &def.steps {
        if !is_id(id.as_str()) {
            let message = format!("`{}` cannot be a step's id; it has 1 to 40 of a-z, 0-9 and _", id.as_str().escape_debug());
            report.broken(report::step(id), "step_id", message);
        }
        let slug = step.slug.as_str();
        let place = || report::step_field(id, "slug");
        if !is_id(slug) || slug.starts_with(|first: char| first.is_ascii_digit()) {
            let message = format!("`{}` cannot be a step's name; use a-z, 0-9 and _, not a digit first", slug.escape_debug());
            let suggestion = model::definition::slugify(slug);
            report.broken(place(), "slug", message).suggestion = Some(suggestion);
        } else if expr::RESERVED.contains(&slug) || slug == LINKS || slug.starts_with(model::definition::RESERVED_PREFIX) {
            report.broken(
                place(),
                "reserved_slug",
                format!("`{slug}` has a meaning of its own in expressions; choose another name"),
            );
        } else if let Some(first) = slugs.insert(slug, &step.label) {
            let message = format!("\"{first}\" and \"{}\" are both named `{slug}`; rename one of them", step.label);
            report.broken(place(), "duplicate_slug", message);
        }
        if let Some(all) = step.kind.arms() {
            let mut arms = BTreeSet::new();
            for arm in all {
                if !arms.insert(&arm.id) {
                    let message = format!("Two arms of \"{}\" have the id `{}`", step.label, arm.id);
                    report.broken(report::step_field(id, format!("arms.{}", arm.id)), "duplicate_arm", message);
                }
            }
        }
    }
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

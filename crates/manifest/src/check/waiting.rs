//! Steps that wait: for a moment, for somebody, for other runs.

use std::collections::BTreeSet;

use model::WorkflowDefinition;
use model::ids::StepId;
use model::step::{Approval, Collect, NextTime, Wait, WaitFor};

use super::known::Known;
use super::report::{self, Report, step_field};

/// A batch is closed at the latest after a year, in milliseconds.
const MOST_AFTER_MS: u64 = 366 * 24 * 3_600_000;

pub(super) fn next_time(id: &StepId, next: &NextTime, report: &mut Report) {
    let place = |field: &str| step_field(id, format!("next.{field}"));
    let days: BTreeSet<_> = next.days.iter().collect();
    if next.days.is_empty() {
        report.error(place("days"), "delay_days", "Choose at least one day of the week");
    } else if next.days.iter().any(|day| !(1..=7).contains(day)) {
        report.error(place("days"), "delay_days", "The days of the week are 1 (Monday) to 7 (Sunday)");
    } else if days.len() < next.days.len() {
        report.warning(place("days"), "delay_days", "A day of the week is chosen twice");
    }
    if !is_time(&next.at) {
        let message = format!("`{}` is no time of day; write it like 09:00", next.at.escape_debug());
        report.error(place("at"), "delay_time", message);
    }
    if next.time_zone.as_deref().is_some_and(|zone| zone.trim().is_empty()) {
        report.error(place("time_zone"), "time_zone", "Choose a time zone, such as Europe/Berlin, or leave it to the workflow's");
    }
}

fn is_time(text: &str) -> bool {
    let part = |part: &str, most: u8| part.len() == 2 && part.parse::<u8>().is_ok_and(|n| n <= most && !part.starts_with('+'));
    text.split_once(':').is_some_and(|(hour, minute)| part(hour, 23) && part(minute, 59))
}

pub(super) fn wait(id: &StepId, wait: &Wait, report: &mut Report) {
    if !(1_000..=Wait::MAX_TIMEOUT_MS).contains(&wait.timeout_ms) {
        report.error(step_field(id, "timeout_ms"), "wait_timeout", "A wait lasts between 1 second and a year");
    }
    let WaitFor::Approval(Approval { question, shown, people }) = &wait.until else { return };
    if Known::of(Some(question)).is_empty() {
        report.error(step_field(id, "question"), "required", "Write the question that is to be answered");
    }
    let mut names = BTreeSet::new();
    for (index, field) in shown.iter().enumerate() {
        let place = || step_field(id, format!("shown[{index}].name"));
        if field.name.trim().is_empty() {
            report.error(place(), "field_name", "A field has no name");
        } else if !names.insert(&field.name) {
            report.error(place(), "field_name", format!("Two fields are named \"{}\"", field.name));
        }
    }
    for (index, person) in people.iter().enumerate() {
        let is_address = person.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !is_address || person.contains(char::is_whitespace) {
            let message = format!("\"{}\" is no e-mail address of a member", person.escape_debug());
            report.error(step_field(id, format!("people[{index}]")), "approval_person", message);
        }
    }
}

pub(super) fn collect(def: &WorkflowDefinition, id: &StepId, collect: &Collect, report: &mut Report) {
    if !def.body.contains(id) {
        let message = "Runs are gathered at the workflow's top level only; move this step out of the arm or loop it stands in";
        report.error(report::step(id), "collect_inside", message);
    }
    if collect.count.is_none() && collect.after_ms.is_none() && collect.schedule.is_none() {
        let message = "Say when a batch is complete: after so many items, after some time, or at set times";
        report.error(report::step(id), "collect_never_closes", message);
    }
    if Known::of(Some(&collect.item)).is_empty() {
        report.error(step_field(id, "item"), "required", "Choose what each run adds to the batch");
    }
    if collect.count.is_some_and(|count| !(1..=Collect::MAX_ITEMS).contains(&count)) {
        let message = format!("A batch has 1 to {} items", Collect::MAX_ITEMS);
        report.error(step_field(id, "count"), "collect_count", message);
    }
    if collect.after_ms.is_some_and(|ms| !(1_000..=MOST_AFTER_MS).contains(&ms)) {
        report.error(step_field(id, "after_ms"), "collect_after", "A batch stays open for 1 second to a year");
    }
    // What the five fields mean, the server says.
    if collect.schedule.as_ref().is_some_and(|cron| cron.split_whitespace().count() != 5) {
        let message =
            "A schedule has five parts: minute, hour, day of month, month, day of week; 0 9 * * 1-5 is 9:00 on weekdays";
        report.error(step_field(id, "schedule"), "schedule", message);
    }
}

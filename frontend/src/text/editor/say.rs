//! Sentences with something in them.

use expr::Op;
use model::{
    api::WorkflowState,
    definition::{EditError, TriggerKind},
    step::{BranchMode, Join, StepKind, StopResult},
};

use crate::{
    editor::{ValueKind, steps::kind_name},
    text::{plural, quoted, time},
};

pub fn page_title(name: &str) -> String {
    format!("{name} · Patchbay")
}

pub fn state(state: WorkflowState, version: Option<u32>) -> String {
    match (state, version) {
        (_, None) => "Not published".into(),
        (WorkflowState::On, Some(version)) => format!("On · version {version}"),
        (WorkflowState::Paused, Some(_)) => "Paused".into(),
        (WorkflowState::Off, Some(_)) => "Off".into(),
    }
}

pub fn not_saved(why: &str) -> String {
    format!("Not saved: {why}")
}

pub fn refused(error: &EditError) -> String {
    match error {
        EditError::SlugTaken(slug) => format!("The name {} is taken or has a meaning of its own. Choose another.", quoted(slug)),
        EditError::IntoItself => "A step cannot be moved into itself.".into(),
        EditError::NoSlot | EditError::NoStep(_) | EditError::NoTrigger(_) | EditError::NoArm(..) => {
            "That part of the workflow is gone.".into()
        }
        EditError::StepExists(_) | EditError::TriggerExists(_) | EditError::ArmExists(..) => {
            "That is in the workflow already.".into()
        }
        EditError::ArmsDiffer => "Paths are added and removed one by one.".into(),
    }
}

// Cards

/// "Send a message: #sales · New lead Ada"
pub fn does(operation: &str, details: &[String]) -> String {
    format!("{operation}: {}", details.join(" · "))
}

pub fn card_name(label: &str, about: &str, off: bool, tested: Option<&str>, problem: Option<&str>) -> String {
    let mut parts = vec![label.to_owned(), about.to_owned()];
    if off {
        parts.push(super::IS_SWITCHED_OFF.into());
    }
    parts.extend(tested.map(|tested| format!("last test: {tested}")));
    parts.extend(problem.map(str::to_owned));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// The card of a step of a run, and how it stands.
pub fn run_card_name(label: &str, about: &str, stands: &str) -> String {
    let parts = [label, about, stands];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

pub fn operation(connector: &str, name: &str, label: &str) -> String {
    if connector == "http" { "HTTP request".into() } else { format!("{name}: {label}") }
}

pub fn search_in(app: &str) -> String {
    format!("Search in {app}")
}

pub fn leave_app(app: &str) -> String {
    format!("{app}: back to everything")
}

pub fn action_count(count: usize) -> String {
    plural(count as u64, "action", "actions")
}

pub fn trigger_count(count: usize) -> String {
    plural(count as u64, "trigger", "triggers")
}

pub fn paths(mode: BranchMode, count: usize) -> String {
    let count = plural(count as u64, "path", "paths");
    match mode {
        BranchMode::First => format!("first match of {count}"),
        BranchMode::All => format!("every match of {count}"),
    }
}

pub fn sets(names: &[&str]) -> String {
    let shown = names.iter().take(4).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(4) {
        0 => format!("Set {shown}"),
        more => format!("Set {shown} and {more} more"),
    }
}

pub fn duration(ms: u64) -> String {
    time::span(i64::try_from(ms).unwrap_or(i64::MAX))
}

pub fn side_by_side(join: Join, count: usize) -> String {
    let count = plural(count as u64, "path", "paths");
    match join {
        Join::All => format!("{count} at the same time"),
        Join::First => format!("the fastest of {count}"),
    }
}

pub fn goes_through(list: &str, at_a_time: u32) -> String {
    if at_a_time > 1 { format!("Each of {list}, {at_a_time} at a time") } else { format!("Each of {list}") }
}

pub fn repeats(condition: &str, most: u32) -> String {
    format!("Until {condition}, at most {}", plural(u64::from(most), "time", "times"))
}

pub fn waits(span: &str) -> String {
    format!("Wait {span}")
}

pub fn waits_until(moment: &str) -> String {
    if moment.is_empty() { "No moment yet".into() } else { format!("Wait until {moment}") }
}

pub fn responds(status: u16) -> String {
    format!("Answer the sender with {status}")
}

pub fn ends(result: StopResult) -> &'static str {
    match result {
        StopResult::Success => "End as done",
        StopResult::Filtered => "End as filtered",
        StopResult::Failure => "End as failed",
    }
}

pub fn webhook_waits(methods: &str, after_run: bool) -> String {
    if after_run { format!("A {methods}, answered by the run") } else { format!("When a {methods} arrives") }
}

pub fn manual_waits(fields: usize) -> String {
    if fields == 0 {
        "When somebody starts it".into()
    } else {
        format!("When somebody fills in {}", plural(fields as u64, "field", "fields"))
    }
}

pub fn form_waits(fields: usize) -> String {
    format!("When somebody sends the form, {}", plural(fields as u64, "field", "fields"))
}

pub fn kind_line(kind: &StepKind) -> String {
    match kind {
        StepKind::Action(action) => match crate::connectors::find(&action.connector) {
            Some(connector) => match connector.operation(&action.operation) {
                Some(operation) => format!("{} · {}", connector.name, operation.label),
                None => connector.name.clone(),
            },
            None => action.connector.clone(),
        },
        kind => super::label_of_kind(&kind_name(kind)).to_owned(),
    }
}

pub fn trigger_line(kind: &TriggerKind) -> String {
    let name = match kind {
        TriggerKind::App(app) => match crate::connectors::find(&app.connector) {
            Some(connector) => match connector.trigger(&app.trigger) {
                Some(trigger) => format!("{} · {}", connector.name, trigger.label),
                None => connector.name.clone(),
            },
            None => app.connector.clone(),
        },
        kind => {
            super::TRIGGERS.iter().find(|(id, ..)| *id == kind.name()).map_or(String::new(), |(_, label, _)| (*label).to_owned())
        }
    };
    if name.is_empty() { name } else { format!("{name} · starts the workflow") }
}

pub fn add_after(label: &str) -> String {
    format!("Add a step after {}", quoted(label))
}

pub fn add_in_path(label: &str) -> String {
    format!("Add a step in {}", quoted(label))
}

pub fn error_path_of(label: &str) -> String {
    format!("{label}: if one fails")
}

pub fn timeout_path_of(label: &str) -> String {
    format!("{label}: no answer in time")
}

pub fn steps_inside(count: usize) -> String {
    plural(count as u64, "step", "steps")
}

pub fn unfold(count: usize) -> String {
    format!("Show {} inside", steps_inside(count))
}

pub fn path_number(n: usize) -> String {
    format!("Path {n}")
}

pub fn percent(zoom: f64) -> String {
    format!("{:.0} %", zoom * 100.0)
}

// Problems and publishing

pub fn things_to_look_at(count: usize) -> String {
    plural(count as u64, "thing to look at", "things to look at")
}

pub fn blocked(count: usize) -> String {
    format!(
        "{} before this can be published.",
        if count == 1 { "One thing has to be mended".to_owned() } else { format!("{count} things have to be mended") }
    )
}

pub fn published(version: u32, on: bool) -> String {
    if on { format!("Version {version} is live.") } else { format!("Version {version} is published. The workflow is off.") }
}

pub fn version(n: u32) -> String {
    format!("Version {n}")
}

pub fn version_by(when: &str, who: &str) -> String {
    if who.is_empty() { when.to_owned() } else { format!("{when} by {who}") }
}

pub fn version_taken(n: u32) -> String {
    format!("The draft is version {n} again. Undo takes that back.")
}

/// A step and what it does.
pub fn outlined(label: &str, about: &str) -> String {
    if about.is_empty() { label.to_owned() } else { format!("{label} · {about}") }
}

// Mapped fields

pub fn op(op: Op) -> &'static str {
    match op {
        Op::Equals => "is",
        Op::NotEquals => "is not",
        Op::Contains => "contains",
        Op::NotContains => "does not contain",
        Op::StartsWith => "starts with",
        Op::EndsWith => "ends with",
        Op::GreaterThan => "is greater than",
        Op::AtLeast => "is at least",
        Op::LessThan => "is less than",
        Op::AtMost => "is at most",
        Op::IsTrue => "is true",
        Op::IsFalse => "is false",
        Op::IsMissing => "is missing",
        Op::IsNull => "is null",
        Op::IsEmpty => "is empty",
        Op::HasValue => "has a value",
    }
}

pub fn kind_of_value(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Text => "text",
        ValueKind::Number => "number",
        ValueKind::YesNo => "yes/no",
        ValueKind::Nothing => "null",
        ValueKind::List => "list",
        ValueKind::Object => "group",
    }
}

/// Without separators of thousands: it stands in tight rows.
pub fn items(count: usize) -> String {
    if count == 1 { "1 item".into() } else { format!("{count} items") }
}

pub fn value_of(name: &str) -> String {
    format!("Value of {name}")
}

pub fn use_name(name: &str) -> String {
    format!("Use “{name}”")
}

pub fn known_after_testing(label: &str) -> String {
    format!("Known once {} was tested.", quoted(label))
}

pub fn no_json(line: usize, column: usize) -> String {
    format!("This is no JSON yet: look at line {line}, column {column}.")
}

pub fn event_of(when: &str) -> String {
    format!("event of {when}")
}

pub fn tested_at(when: &str) -> String {
    format!("tested {when}")
}

pub fn add_to(label: &str) -> String {
    match label {
        "Headers" => "Add a header".into(),
        "Query parameters" => "Add a parameter".into(),
        _ => "Add a row".into(),
    }
}

pub fn needs_attention(label: &str) -> String {
    format!("{label} (needs new credentials)")
}

pub fn unit(name: &str) -> &'static str {
    match name {
        "ms" => "milliseconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        _ => "seconds",
    }
}

pub fn unit_of(label: &str) -> String {
    format!("{label}: unit")
}

pub fn on_error_continue_about(slug: &str) -> String {
    format!("The steps after it run. They find what went wrong in {slug}.error.message.")
}

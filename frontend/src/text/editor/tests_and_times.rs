//! Tests, samples and schedules.

use serde_json::Value;

use crate::text::{plural, quoted};

pub const TEST_TO_HERE: &str = "Test to here";
pub const DIFFERS_FROM_LAST: &str = "Other than in the test before";
pub const WAS_MISSING: &str = "missing";

pub const USE_RECENT_EVENT: &str = "Use a recent event";
pub const RECENT_EVENTS: &str = "Recent events";
pub const NO_RECENT_EVENTS: &str = "No event has come to this trigger yet.";
pub const EVENT_NOT_KEPT: &str = "The data of this event is no longer kept. Take another one.";
pub const USE_IT: &str = "Use it";

pub fn use_event_of(when: &str) -> String {
    format!("Use the event of {when}")
}

pub const WAY_SEND: &str = "Send it";
pub const WAY_MADE_UP: &str = "Send nothing: take the answer it last gave, or an example";
pub const SEND_NOTHING: &str = "Send nothing";
pub const RUN_THE_TEST: &str = "Run the test";

pub fn way_to_me(address: &str) -> String {
    format!("Send it to me instead: {address}")
}

pub fn way_simulated(label: &str) -> String {
    format!("Send it to a simulated account: {label}")
}

pub fn what_to_do_with(label: &str) -> String {
    format!("What to do with {}", quoted(label))
}

pub const PIN: &str = "Pin this output";
pub const PIN_ANEW: &str = "Pin what it gives now";
pub const UNPIN: &str = "Unpin";
pub const PINNED_TIP: &str = "Tests take its pinned output instead of running it";

pub fn pinned(when: &str) -> String {
    format!("Pinned {when}. Tests take this output instead of running the step; live runs do not.")
}

pub fn pin_is_stale(when: &str) -> String {
    format!("The output pinned {when} is no longer used: the step has changed since.")
}

/// `kept`: steps that give what they gave.
pub fn test_changed(kept: usize) -> String {
    format!("Test what changed ({} kept)", plural(kept as u64, "step", "steps"))
}

/// Before the value of the field that names who receives a call.
pub fn goes_to(field: &str) -> String {
    format!("Goes to ({field})")
}

pub fn more_differences(n: usize) -> String {
    format!("and {} more", crate::text::number(n as u64))
}

pub fn test_first(label: &str) -> String {
    format!("Test {} first.", quoted(label))
}

pub fn really_sends(method: Option<&str>) -> String {
    format!("Really sends {}; you see it first", method.map_or_else(|| "it".to_owned(), |method| format!("a {method}")))
}

pub fn last_tested(when: &str) -> String {
    format!("What it gave when it was tested, {when}:")
}

pub fn confirm_test_title(calls: usize, one: bool) -> String {
    match (calls, one) {
        (_, true) => "This will really be sent".into(),
        (calls, false) => format!("This test makes up to {}", plural(calls as u64, "real call", "real calls")),
    }
}

pub fn with_connection(label: &str) -> String {
    format!("with {label}")
}

pub fn test_failed(message: Option<&str>) -> String {
    message.map_or_else(|| "The test failed.".to_owned(), |message| format!("The test failed: {message}"))
}

/// A filter's output says whether the data passed.
pub fn passed(output: Option<&Value>) -> String {
    let passed = output.and_then(|output| output.as_bool().or_else(|| output.get("passed").and_then(Value::as_bool)));
    match passed {
        Some(false) => "The sample does not pass.".into(),
        _ => "The sample passes.".into(),
    }
}

pub fn took_paths(labels: &[&str]) -> String {
    if labels.is_empty() {
        "No path fitted.".into()
    } else {
        format!("Took {}.", labels.iter().map(|label| quoted(label)).collect::<Vec<_>>().join(" and "))
    }
}

pub fn answered(status: u64) -> String {
    format!("Answered with {status}")
}

pub fn attempts(count: usize) -> String {
    plural(count as u64, "attempt", "attempts")
}

pub fn event_origin(origin: &str, when: &str) -> String {
    match origin {
        "captured" => format!("Captured {when}"),
        "live" => format!("Live event of {when}"),
        "polled" => format!("Found {when}"),
        _ => format!("Written {when}"),
    }
}

// Schedules

pub fn every_minutes(n: u32) -> String {
    if n == 1 { "Every minute".into() } else { format!("Every {n} minutes") }
}

pub fn every_hour_at(minute: u32) -> String {
    if minute == 0 { "Every hour, on the hour".into() } else { format!("Every hour, {minute} min past") }
}

pub fn every_day_at(time: &str) -> String {
    format!("Every day at {time}")
}

pub fn weekdays_at(time: &str) -> String {
    format!("On weekdays at {time}")
}

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// 0 is Sunday.
pub fn days_at(days: &[u32], time: &str) -> String {
    let names: Vec<&str> = days.iter().filter_map(|day| DAYS.get(*day as usize).copied()).collect();
    format!("Every {} at {time}", names.join(" and "))
}

pub fn monthly_at(day: u32, time: &str) -> String {
    format!("On day {day} of the month at {time}")
}

pub fn on_schedule(cron: &str) -> String {
    format!("On the schedule {cron}")
}

pub fn wall_time(weekday: u32, day: u32, month: u32, year: i32, hour: u32, minute: u32) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = DAYS.get(weekday as usize).map_or("", |name| &name[..3]);
    let month = MONTHS.get((month as usize).saturating_sub(1)).copied().unwrap_or_default();
    format!("{name} {day} {month} {year}, {hour:02}:{minute:02}")
}

pub fn use_zone(zone: &str) -> String {
    format!("Use mine: {}", zone.replace('_', " "))
}

pub fn form_kind(name: &str) -> &'static str {
    match name {
        "long_text" => "Long text",
        "number" => "Number",
        "switch" => "Yes or no",
        "choice" => "Choice",
        "date" => "Date",
        "email" => "Email",
        "file" => "File",
        _ => "Text",
    }
}

pub fn new_field(n: usize) -> String {
    format!("Field {n}")
}

/// Of a step inside a loop: how its items went, and which one's data is shown.
pub fn tested_in_loop(counts: &str, failed: Option<&str>, shown: Option<&str>) -> String {
    let failed = failed.map(|item| format!(", last failed in {item}")).unwrap_or_default();
    let shown = match shown {
        Some(item) => format!(" Shown here: {item}."),
        None => " The items are over; the loop and the run say what each came to.".into(),
    };
    format!("Over all items: {counts}{failed}.{shown}")
}

//! What single kinds of step say on the page of a run.

use serde_json::Value;

use crate::{
    moment::number,
    text::{plural, quoted},
};

// Loops
pub const ITEMS: &str = "Items";
pub const ITEM: &str = "No.";
pub const ITEM_STATUS: &str = "Status";
pub const ITEM_GAVE: &str = "Result";
pub const ITEMS_ALL: &str = "All";
pub const ITEMS_FAILED: &str = "Failed";
pub const ITEMS_OPEN: &str = "Under way";
pub const ITEMS_WHICH: &str = "Which items to show";
pub const ITEMS_NONE: &str = "None of them.";
pub const ITEMS_MORE: &str = "Show more";
pub const ITEM_OPEN: &str = "Under way";
pub const ITEM_SUCCEEDED: &str = "Done";
pub const ITEM_PASSED: &str = "Passed over";
pub const ITEM_SKIPPED: &str = "Failed, left out";
pub const ITEM_RECOVERED: &str = "Dealt with";
pub const ITEM_FAILED: &str = "Failed";
pub const ITEM_LAST: &str = "Loop ended here";

pub fn items_done(count: Option<u32>, finished: u32, failed: u32) -> String {
    let done = match count {
        Some(count) => format!("{} of {} done", number(finished.into()), number(count.into())),
        None => format!("{} done", plural(finished.into(), "round", "rounds")),
    };
    if failed == 0 { done } else { format!("{done}, {} failed", number(failed.into())) }
}

pub fn more_lanes(count: usize) -> String {
    format!("{} of items are not drawn; choose the loop to see them.", plural(count as u64, "step", "steps"))
}

pub fn lane_of_item(index: u32, label: &str) -> String {
    format!("{}. {label}", index + 1)
}

/// A value on one line, without the marks of JSON: `sku: A-1, count: 2`.
pub fn short(value: &Value) -> String {
    let one = |value: &Value| match value {
        Value::String(text) => text.replace(['\n', '\r', '\t'], " "),
        Value::Array(items) => plural(items.len() as u64, "item", "items"),
        Value::Object(_) => "{…}".into(),
        other => other.to_string(),
    };
    let text = match value {
        Value::Object(fields) => {
            fields.iter().take(8).map(|(name, value)| format!("{name}: {}", one(value))).collect::<Vec<_>>().join(", ")
        }
        value => one(value),
    };
    if text.chars().count() <= 160 { text } else { text.chars().take(159).chain(['…']).collect() }
}

// Waits
pub const WAITS_FOR_SYSTEM: &str = "Waits for another system to answer";
pub const UNTIL: &str = "until";
pub const COPY_LINK: &str = "Copy the link";
pub const LINK_ELSEWHERE: &str = "The link to answer stands in the step that sent it.";
pub const NOTHING: &str = "nothing";

pub fn may_answer(people: &[String]) -> String {
    match people {
        [] => "Whoever has the link may decide".into(),
        people => format!("{} may decide", people.join(", ")),
    }
}

pub fn answered(late: bool, approved: Option<bool>, by: Option<&str>) -> String {
    if late {
        return "Nobody answered in time".into();
    }
    let what = match approved {
        Some(true) => "Approved",
        Some(false) => "Rejected",
        None => "Answered",
    };
    by.map_or_else(|| what.to_owned(), |by| format!("{what} by {by}"))
}

pub fn quote(comment: &str) -> String {
    quoted(comment)
}

// Other runs
pub const STARTED_BY_RUN: &str = "Started by";
pub const OTHER_RUN: &str = "Started the run of";
pub const RUN_NOT_KEPT: &str = "a run that is no longer kept";

pub fn gathered_at(step: &str) -> String {
    format!("Goes on with what was gathered at {}", quoted(step))
}

// Memory, gathering, tables
pub const SIMULATED: &str = "This was a test: nothing was changed.";
pub fn store_found(found: bool) -> &'static str {
    if found { "A value was kept under this name." } else { "Nothing was kept under this name." }
}

pub fn store_added(added: bool, count: Option<u64>) -> String {
    let now = count.map(|count| format!(" The list has {} now.", plural(count, "value", "values"))).unwrap_or_default();
    if added { format!("It was new and was added.{now}") } else { format!("It was in the list already.{now}") }
}

pub fn store_set_if(set: bool) -> &'static str {
    if set { "Nothing had changed, so the value was kept." } else { "Something else stood there, so nothing was changed." }
}

pub fn store_listed(count: usize, more: bool) -> String {
    let found = plural(count as u64, "value was found", "values were found");
    if more { format!("{found}, and there are more.") } else { format!("{found}.") }
}

pub fn store_changed(was_there: bool) -> &'static str {
    if was_there { "It took the place of another value, or took it away." } else { "Nothing stood there before." }
}

pub fn store_counted(value: &str) -> String {
    format!("It counts {value} now.")
}

pub fn collect_closed(count: usize, by: &str) -> String {
    let why = match by {
        "count" => ", as many as it waits for",
        "time" => ", because the time was up",
        "schedule" => ", at the set time",
        _ => "",
    };
    format!("Goes on with {}{why}.", plural(count as u64, "part", "parts"))
}

pub fn collect_joined(position: u64) -> String {
    format!("Added to the batch as number {}. One run goes on with all of them when the batch is closed.", number(position))
}

pub fn looked_up(matched: bool) -> &'static str {
    if matched { "It was in the table." } else { "It was not in the table." }
}

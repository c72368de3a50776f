//! The search over runs and events.

use model::{
    Timestamp,
    api::{FoundBy, SearchEnd, SearchQuery},
};

use crate::{
    moment::{Style, absolute},
    text::{plural, quoted},
};

pub const FIND: &str = "Find by run, event, duplicate key or any value";
pub const GO: &str = "Search";
pub const STOP: &str = "Stop";
pub const LEAVE: &str = "Back to the list";
pub const ONLY_WORKFLOW: &str = "In the chosen workflow alone.";
pub const EVERYWHERE: &str = "Search in all workflows";
pub const SEE_EVENT: &str = "Show the event";
pub const NO_RUN: &str = "No run";
pub const NOTHING: &str = "Nothing was found";
pub const NOTHING_ABOUT: &str =
    "Values are looked for in what came in during the last 7 days; ids and duplicate keys are found as long as they are kept.";
pub const BROKE_OFF: &str = "The search broke off. Search again.";

pub fn length() -> String {
    format!("Search for {} to {} characters.", SearchQuery::SHORTEST, SearchQuery::LONGEST)
}

pub fn by(by: FoundBy) -> &'static str {
    match by {
        FoundBy::Id => "This is its id.",
        FoundBy::DuplicateKey => "This is its duplicate key.",
        FoundBy::Value => "Found in its data:",
    }
}

pub const RUN_BY_ID: &str = "This is the run’s id.";

fn events(n: u64) -> String {
    plural(n, "event", "events")
}

pub fn found(n: usize) -> String {
    format!("{} found.", plural(n as u64, "result", "results"))
}

/// "Looked through 1,200 events, back to 14:02 …"
pub fn looking(searched: u64, back_to: Option<Timestamp>) -> String {
    match back_to {
        Some(at) => format!("Looked through {}, back to {} …", events(searched), absolute(at, Style::Short)),
        None => "Looking …".into(),
    }
}

pub fn stopped(searched: u64, back_to: Option<Timestamp>) -> String {
    match back_to {
        Some(at) => format!("Stopped after {}, at {}.", events(searched), absolute(at, Style::Short)),
        None => "Stopped.".into(),
    }
}

pub fn ended(searched: u64, reason: SearchEnd) -> String {
    match reason {
        SearchEnd::Complete => format!("All of the last 7 days was looked through: {}.", events(searched)),
        SearchEnd::MostEvents => {
            format!(
                "The newest {} were looked through; older ones were not. Choose a workflow to get further back.",
                events(searched)
            )
        }
        SearchEnd::MostFound => {
            format!("There are too many to show; {} were looked through. Search for something rarer.", events(searched))
        }
        SearchEnd::Failed => BROKE_OFF.into(),
    }
}

/// What the results are of, for who cannot see the field.
pub fn results(q: &str) -> String {
    format!("What was found for {}", quoted(q))
}

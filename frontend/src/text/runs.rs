//! The list of runs.

pub mod bulk;
pub mod search;

use model::{
    Timestamp,
    api::RunSummary,
    run::{ErrorClass, Hold, RunStatus},
};

use super::plural;
use crate::moment::{Style, absolute};

pub const TITLE: &str = "Runs";
pub const STATUS: &str = "Status";
pub const WORKFLOW: &str = "Workflow";
pub const WHAT: &str = "What happened";
pub const STARTED: &str = "Started";
pub const TOOK: &str = "Took";
pub const ANY_STATUS: &str = "Status: any";
pub const ANY_WORKFLOW: &str = "Workflow: any";

pub fn with_tag(tag: &str) -> String {
    format!("All tagged {}", super::quoted(tag))
}

pub const FILTER_STATUS: &str = "Filter by status";
pub const FILTER_WORKFLOW: &str = "Filter by workflow";
pub const FILTER_TIME: &str = "Filter by time";
pub const FILTER_KIND: &str = "Kind of run";
pub const CLEAR: &str = "Clear filters";
pub const OUTCOME_UNKNOWN: &str = "Outcome unknown";
pub const LIVE_RUNS: &str = "Live";
pub const TEST_RUNS: &str = "Tests";
pub const ALL_RUNS: &str = "All";
pub const ANY_TIME: &str = "Any time";
pub const LAST_HOUR: &str = "Last hour";
pub const LAST_DAY: &str = "Last 24 hours";
pub const LAST_WEEK: &str = "Last 7 days";
pub const LAST_MONTH: &str = "Last 30 days";
pub const TEST: &str = "Test";
pub const REPLAY: &str = "Replay";
pub const LOAD_MORE: &str = "Load older runs";
pub const THE_END: &str = "These are all.";
pub const NOT_STARTED: &str = "–";

pub const EMPTY_TITLE: &str = "No runs yet";
pub const EMPTY: &str = "A run appears here, as it happens, as soon as an event reaches a workflow that is on.";
pub const NO_MATCH_TITLE: &str = "No run matches these filters";
pub const NO_MATCH: &str = "Widen the time or clear a filter. New runs that match appear by themselves.";

pub const FURTHER: &str = "More filters";
pub const WAITING_FOR: &str = "Waiting for";
pub const ERROR_CLASS: &str = "Kind of error";
pub const TOOK_LONGER: &str = "Took at least";
pub const CONNECTION: &str = "Connection";
pub const VERSION: &str = "Version";
pub const TRIGGER: &str = "Trigger";
pub const ANY: &str = "Any";
pub const CHOOSE_WORKFLOW: &str = "Choose a workflow to filter by its versions and triggers.";
pub const ALL_ENDS: &str = "Clear the time of ending";
pub const GROUPED: &str = "Equal failures";
pub const GROUP: &str = "Group equal failures";
pub const NO_GROUPS_TITLE: &str = "No failed run fits these filters";
pub const NO_GROUPS: &str = "Runs that fail alike are gathered here, the most frequent first.";
pub const SHOW_THEM: &str = "Show them";
pub const LAST: &str = "last";
pub const EXPORT: &str = "Export";
pub const EXPORT_NOTE: &str = "All runs that fit the filters, newest first.";
pub const EXPORT_CSV: &str = "CSV, for spreadsheets";
pub const EXPORT_JSONL: &str = "JSON Lines, for programs";
pub const SEARCHING: &str = "Searching older runs …";

/// Kinds of errors as people say them.
pub fn error_class(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Transient => "A passing problem",
        ErrorClass::RateLimited => "Called too often",
        ErrorClass::Auth => "Credentials not accepted",
        ErrorClass::Permission => "Not allowed",
        ErrorClass::Rejected => "Refused by the other side",
        ErrorClass::Permanent => "Cannot succeed as it is",
        ErrorClass::TimedOut => "No answer in time",
        ErrorClass::Input => "The data does not fit",
        ErrorClass::System => "Patchbay itself",
    }
}

pub fn further(n: usize) -> String {
    if n == 0 { FURTHER.into() } else { format!("{FURTHER}: {n}") }
}

pub fn failed_alike(n: u64) -> String {
    format!("{} failed alike", plural(n, "run", "runs"))
}

/// After the workflow's name: `, at “Tell sales”`.
pub fn group_place(step: Option<&str>) -> String {
    step.map(|step| format!(", at {}", super::quoted(step))).unwrap_or_default()
}

pub fn searched(runs: u64, more: bool) -> String {
    let looked = plural(runs, "failed run", "failed runs");
    if more { format!("Of the newest {looked}; older ones are not counted.") } else { format!("Of {looked}.") }
}

pub fn seconds(s: u32) -> String {
    super::time::span(i64::from(s) * 1_000)
}

pub fn version(n: u32) -> String {
    format!("Version {n}")
}

/// "Ended 14:00 to 15:00"
pub fn ended(since: i64, until: i64) -> String {
    let at = |ms| absolute(Timestamp(ms), Style::Short);
    format!("Ended {} to {}", at(since), at(until))
}

pub fn statuses(n: usize, first: &str) -> String {
    match n {
        0 => ANY_STATUS.into(),
        1 => format!("{STATUS}: {}", first.to_lowercase()),
        n => format!("{STATUS}: {n} chosen"),
    }
}

pub fn new_runs(n: usize) -> String {
    plural(n as u64, "new run", "new runs")
}

/// "52 runs shown · 3 failed · 1 under way"
pub fn shown(total: usize, failed: usize, open: usize) -> String {
    let mut text = format!("{} shown", plural(total as u64, "run", "runs"));
    if failed > 0 {
        text.push_str(&format!(" · {failed} failed"));
    }
    if open > 0 {
        text.push_str(&format!(" · {open} under way"));
    }
    text
}

/// The most telling fact about a run, for one line of a list.
pub fn what(run: &RunSummary) -> String {
    if let Some(error) = &run.error {
        return error.message.clone();
    }
    let until = |at: Option<Timestamp>| at.map(|at| format!(" until {}", absolute(at, Style::Short))).unwrap_or_default();
    match (run.status, run.hold) {
        (RunStatus::Waiting, Some(Hold::Unknown)) => "Say whether the call happened, and it goes on.".into(),
        (RunStatus::Waiting, Some(Hold::Connection)) => "Goes on once its connection is repaired.".into(),
        (RunStatus::Waiting, Some(Hold::System | Hold::Paused)) => "Goes on once somebody lets it.".into(),
        (RunStatus::Waiting, _) => format!("Waiting{}", until(run.wake_at)),
        _ => facts(run),
    }
}

fn facts(run: &RunSummary) -> String {
    let mut facts = Vec::new();
    if run.retries > 0 {
        facts.push(plural(u64::from(run.retries), "retry", "retries"));
    }
    if run.notes > 0 {
        facts.push(plural(u64::from(run.notes), "missing value left out", "missing values left out"));
    }
    facts.join(" · ")
}

/// Runs that a filter step ended. `more`: there are more than that. `shown`: they are in the list.
pub fn folded(n: u64, more: bool, shown: bool) -> String {
    let runs = if more { format!("More than {n} filtered runs") } else { plural(n, "filtered run", "filtered runs") };
    if shown { format!("Fold {}", if more { "the filtered runs".to_owned() } else { runs }) } else { format!("{runs}: show") }
}

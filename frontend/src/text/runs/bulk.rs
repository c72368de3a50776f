//! Actions on all runs that fit a filter.

use model::api::BulkAction;

use crate::{
    moment::number,
    text::{plural, quoted},
};

pub const MENU: &str = "Act on all";
pub const NOTE: &str = "On all runs that fit the filters and are shown, one after the other.";
pub const REPLAY: &str = "Replay them…";
pub const CANCEL: &str = "Cancel them…";
pub const SETTLE: &str = "Say what happened…";
pub const DELETE: &str = "Delete them…";
pub const BEGIN_AT: &str = "Where the replays begin";
pub const FROM_START: &str = "From the start";
pub const FROM_START_ABOUT: &str = "All calls are made anew.";
pub const NEWEST: &str = "With the version that is live now";
pub const LEAVE_REPLAYED: &str = "Leave out those that were replayed since";
pub const HAPPENED_ABOUT: &str = "The steps count as done, without an answer that later steps could see.";
pub const COUNTING: &str = "Counting …";
pub const HIDE: &str = "Hide this";
pub const STATE: &str = "Action on many runs";

pub fn group(runs: u64) -> String {
    format!("Act on {}", plural(runs, "run that failed alike", "runs that failed alike"))
}

pub fn from_step(step: &str) -> String {
    format!("From {}", quoted(step))
}

fn runs(count: u64, more: bool) -> String {
    if more { format!("more than {} runs", number(count)) } else { plural(count, "run", "runs") }
}

/// Without a count while it is not known.
pub fn title(action: BulkAction, counted: Option<(u64, bool)>) -> String {
    let runs = counted.map_or_else(|| "these runs".to_owned(), |(count, more)| runs(count, more));
    match action {
        BulkAction::Replay | BulkAction::Run => format!("Replay {runs}?"),
        BulkAction::Cancel => format!("Cancel {runs}?"),
        BulkAction::Settle => format!("What happened to the calls of {runs}?"),
        BulkAction::Delete => format!("Delete {runs}?"),
    }
}

pub fn about(action: BulkAction) -> &'static str {
    match action {
        BulkAction::Replay | BulkAction::Run => "The same events go through again, as new runs.",
        BulkAction::Cancel => {
            "Nothing more is started in them. Calls that are under way may still be carried out; the runs say so."
        }
        BulkAction::Settle => "All calls whose outcome is unknown get the same answer. Look at the other side first.",
        BulkAction::Delete => "Everything of these runs and what they worked with goes for good. This cannot be undone.",
    }
}

pub fn none(action: BulkAction) -> &'static str {
    match action {
        BulkAction::Replay | BulkAction::Run => "No run that fits can be replayed: only those that have ended, and no tests.",
        BulkAction::Cancel => "All runs that fit have ended; there is nothing to cancel.",
        BulkAction::Settle => "No run that fits waits for somebody to say what happened.",
        BulkAction::Delete => "No run that fits has ended; only those can be deleted.",
    }
}

/// On the button that carries it out.
pub fn confirm(action: BulkAction, counted: Option<(u64, bool)>) -> String {
    let runs = counted.map_or_else(String::new, |(count, more)| format!(" {}", runs(count, more)));
    match action {
        BulkAction::Replay | BulkAction::Run => format!("Replay{runs}"),
        BulkAction::Cancel => format!("Cancel{runs}"),
        BulkAction::Settle => format!("Settle{runs}"),
        BulkAction::Delete => format!("Delete{runs}"),
    }
}

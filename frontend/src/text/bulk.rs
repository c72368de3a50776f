//! Actions on many runs: how far one has come, and what became of it.

use model::api::{Bulk, BulkAction, BulkState};

use super::{plural, sentence};
use crate::moment::number;

pub const STOP: &str = "Stop";
pub const STOPPED: &str = "Stopped.";

/// "are begun again"
fn done_to(action: BulkAction, one: bool) -> String {
    let verb = match action {
        BulkAction::Replay => "begun again",
        BulkAction::Cancel => "cancelled",
        BulkAction::Settle => "settled",
        BulkAction::Delete => "deleted",
        BulkAction::Run => "begun",
    };
    format!("{} {verb}", if one { "is" } else { "are" })
}

fn left_out(action: BulkAction) -> &'static str {
    match action {
        BulkAction::Replay => "what they began with is no longer kept",
        BulkAction::Cancel | BulkAction::Settle => "they went on or ended before",
        BulkAction::Delete => "they have gone before, or go on",
        BulkAction::Run => "they do not fit",
    }
}

/// `all`: as many as there were when it was begun here.
pub fn state(bulk: &Bulk, all: Option<u64>) -> String {
    match bulk.state {
        BulkState::Running => progress(bulk, all),
        BulkState::Finished => finished(bulk),
        BulkState::Stopped => format!("{STOPPED} {}", finished(bulk)),
        BulkState::Failed => sentence(bulk.error.as_deref().unwrap_or_default()),
    }
}

/// "40 of 312 runs are begun again."
fn progress(bulk: &Bulk, all: Option<u64>) -> String {
    let looked_at = bulk.done + bulk.skipped + bulk.failed;
    match all.filter(|all| *all >= looked_at) {
        Some(all) => format!("{} of {} {}.", number(looked_at), plural(all, "run", "runs"), done_to(bulk.action, false)),
        None => format!("{} {}.", plural(looked_at, "run", "runs"), done_to(bulk.action, looked_at == 1)),
    }
}

/// "312 runs are begun again. 2 were left out: their data is no longer kept."
fn finished(bulk: &Bulk) -> String {
    let mut text = format!("{} {}.", plural(bulk.done, "run", "runs"), done_to(bulk.action, bulk.done == 1));
    if bulk.skipped > 0 {
        let were = plural(bulk.skipped, "run was", "runs were");
        text.push_str(&format!(" {were} left out: {}.", left_out(bulk.action)));
    }
    if bulk.failed > 0 {
        let error = sentence(bulk.error.as_deref().unwrap_or_default());
        text.push_str(&format!(" {} refused. {error}", plural(bulk.failed, "run was", "runs were")));
    }
    text
}

//! Events that came in.

use crate::moment::number;

pub const TITLE: &str = "Events";
pub const LEAD: &str = "Everything that came in, whether or not it started a run.";
pub const STATE: &str = "State";
pub const WORKFLOW: &str = "Workflow";
pub const REASON: &str = "Why";
pub const RECEIVED: &str = "Received";
pub const SIZE: &str = "Size";
pub const RUN: &str = "Run";
pub const SEE_RUN: &str = "See run";
pub const ANY: &str = "All";
pub const FILTER_STATE: &str = "Filter by state";
pub const FILTER_WORKFLOW: &str = "Filter by workflow";
pub const ANY_WORKFLOW: &str = "Workflow: any";
pub const UNKNOWN_WORKFLOW: &str = "Deleted workflow";
pub const LOAD_MORE: &str = "Load older events";
pub const DETAIL: &str = "Event";
pub const OPEN: &str = "Show this event's data";
pub const EMPTY_TITLE: &str = "No events yet";
pub const EMPTY: &str = "Send something to a webhook, or wait for a schedule: what comes in shows here, also when it is refused.";
pub const NO_MATCH_TITLE: &str = "No event in this state";
pub const NO_MATCH: &str = "Choose another state, or all workflows.";
pub const STARTED_RUN: &str = "Started a run";

pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", number(bytes.div_ceil(1_000))),
        _ => format!("{} MB", number(bytes.div_ceil(1_000_000))),
    }
}

//! A run on its canvas.

use crate::text::quoted;

pub const LOOK: &str = "How the run is shown";
pub const LOOK_CANVAS: &str = "Canvas";
pub const LOOK_TIMELINE: &str = "Timeline";
pub const CANVAS_LABEL: &str = "The run's steps";
pub const UNREADABLE: &str =
    "The version this run went through can no longer be read, so there is no canvas of it. What happened is kept.";
pub const UNREACHED: &str = "Not reached";
pub const NOT_YET_LONG: &str = "The run has not come to this step yet.";
pub const UNREACHED_LONG: &str = "The run ended without coming to this step.";
pub const SHOW_ITEMS: &str = "Show the items";
pub const STARTED: &str = "started this run";
pub const DID_NOT_START: &str = "did not start this run";

/// Of a step inside a loop whose iterations are over.
pub fn items_over(each: &str, counts: &str, failed_at: Option<&str>) -> String {
    let last = failed_at.map(|item| format!(", last in {item}")).unwrap_or_default();
    format!("Over all items of {}: {counts}{last}. What each item came to stands with the loop.", quoted(each))
}

//! The shelf, and notes between the steps.

use crate::text::plural;

pub const SHELF: &str = "Shelf";
pub const SHELF_ABOUT: &str = "Steps that are kept with the workflow and never run.";
pub const SHELF_EMPTY: &str = "Drag a step here, or press P on it, to keep it out of the way.";
pub const PUT_BACK: &str = "Put back";
pub const PARK_HERE: &str = "Park here";

pub const NOTE_TITLE: &str = "Note";
pub const NOTE_ABOUT: &str =
    "For whoever reads this workflow. Markdown: **bold**, *italic*, `code`, - lists, [links](https://…).";
pub const NOTE_SHOWN: &str = "As it is shown";
pub const NOTE_KEEP: &str = "Keep";
pub const NOTE_DELETE: &str = "Delete the note";
pub const NOTE_LOST: &str = "This note stood beside a path that has gone.";

pub fn shelf(n: usize) -> String {
    if n == 0 { SHELF.into() } else { format!("{SHELF} ({n})") }
}

pub fn parked(n: usize) -> String {
    format!("{} parked on the shelf.", plural(n as u64, "step", "steps"))
}

pub fn note(text: &str) -> String {
    let short: String = text.chars().take(160).collect();
    format!("Note: {short}")
}

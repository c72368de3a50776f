//! Words of mapped fields: pills, their menu, what a field takes.

use serde_json::Value;

use super::kind_of_value;
use crate::editor::{Expects, ValueKind, Way};

pub const INSERT_DATA_TIP: &str = "Insert data: type {{ or /. Alt+E shows expressions as text.";
pub const FIELD_NOT_LOADED: &str =
    "This field cannot be edited yet: its editor could not be loaded. Check the connection and try again.";
pub const PICK_KEYS: &str = "Enter or a click inserts, dragging puts it where you let go.";
pub const PICK_KEYS_LIST: &str = "Enter inserts the list, Shift+Enter makes one entry per element.";
pub const EVENT: &str = "Event";
pub const VARIABLES: &str = "Variables";
pub const THIS_RUN: &str = "This run";
pub const STEP_GONE: &str = "A step that is gone";

// The menu of a pill
pub const PILL_ACTIONS: &str = "This value";
pub const PILL_POINT: &str = "Point to something else…";
pub const PILL_RAW: &str = "Edit as an expression";
pub const PILL_COPY: &str = "Copy";
pub const PILL_REMOVE: &str = "Remove";
pub const WHEN_MISSING: &str = "When it is missing or empty";
pub const MISSING_OUT: &str = "Leave it out";
pub const MISSING_EMPTY: &str = "Send empty text";
pub const MISSING_NULL: &str = "Send null";
pub const MISSING_OTHER: &str = "Use another value";
pub const MISSING_STOP: &str = "Stop with an error";

// A value inside a list
pub const BACK_TO_DATA: &str = "Back to the data";
pub const NO_ELEMENT: &str = "nothing";

/// What a way is called, and what it makes, where there is no sample to say so.
pub fn way(way: Way) -> (&'static str, &'static str) {
    match way {
        Way::First => ("Of the first", "one value"),
        Way::Last => ("Of the last", "one value"),
        Way::Joined => ("Of all, joined", "one text"),
        Way::All => ("Of all, as a list", "a list"),
        Way::Each => ("One entry for each", "the field becomes a list, with an entry per element"),
    }
}

pub fn which_element(name: &str) -> String {
    if name.is_empty() { "Which element?".into() } else { format!("{}: of which element?", crate::text::quoted(name)) }
}

// Code
pub const CODE_NOT_LOADED: &str = "The code editor could not be loaded.";
pub const CODE_UNREADABLE: &str = "This is not valid JavaScript yet.";

pub fn pill_menu(name: &str) -> String {
    format!("What to do with {name}")
}

/// Said when the caret is on a pill.
pub fn pill_reached(spoken: &str) -> String {
    format!("{spoken}. Enter opens its menu.")
}

pub fn without_format(label: &str) -> String {
    format!("Without “{label}”")
}

pub fn code_unreadable_at(line: u32) -> String {
    format!("Line {line}: this is not valid JavaScript yet.")
}

/// A value that a field does not take.
pub fn mismatch(expects: Expects, value: &Value) -> String {
    let wanted = match expects {
        Expects::Text => "text",
        Expects::Number => "a number",
        Expects::WholeNumber => "a whole number",
        Expects::YesNo => "yes or no",
        Expects::List => "a list",
    };
    let shown = crate::editor::short_value(value);
    format!("This field takes {wanted}, but the sample gives {} “{shown}”.", with_article(kind_of_value(ValueKind::of(value))))
}

fn with_article(kind: &str) -> String {
    match kind {
        "text" | "yes/no" | "null" => kind.to_owned(),
        kind => format!("a {kind}"),
    }
}

/// Offsets that are proposed for a date; any other may be typed.
pub const OFFSETS: [(&str, &str); 1] = [("UTC", "seen from UTC; +02:00 and the like go, too")];

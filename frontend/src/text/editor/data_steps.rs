//! Transform, lookup table, memory and code.

use crate::text::plural;

// Lookup table
pub const LOOKUP_INTRO: &str = "Finds a value in the left column and gives what stands beside it.";
pub const LOOKUP_VALUE: &str = "Look up";
pub const LOOKUP_ROWS: &str = "Table";
pub const LOOKUP_FROM: &str = "If it is";
pub const LOOKUP_TO: &str = "it gives";
pub const LOOKUP_FROM_EXAMPLE: &str = "DE";
pub const LOOKUP_TO_EXAMPLE: &str = "Germany";
pub const ADD_ROW: &str = "Add a row";
pub const PASTE_ROWS: &str = "Paste from a sheet";
pub const PASTE_HINT: &str = "Copy two columns in your spreadsheet and paste them here.";
pub const PASTE_EXAMPLE: &str = "DE\tGermany\nAT\tAustria";
pub const TAKE_ROWS: &str = "Add these rows";
pub const LOOKUP_NO_MATCH: &str = "When nothing fits";
pub const LOOKUP_FAILS: &str = "The step fails";
pub const LOOKUP_GIVES: &str = "Give a value";
pub const LOOKUP_OTHERWISE: &str = "Value without a match";
pub const LOOKUP_LOOSE: &str = "Upper and lower case count as the same";
pub const LOOKUP_LOOSE_HINT: &str = "Space around the value does not count either.";
pub const NO_ROWS_YET: &str = "No rows yet";
pub const LOOKUP_GIVES_FIELDS: &[(&str, &str)] = &[("value", "what was found"), ("matched", "whether it was in the table")];

pub fn looks_up(value: &str, rows: usize) -> String {
    format!("{value} in {}", plural(rows as u64, "row", "rows"))
}

pub fn row_from(n: usize) -> String {
    format!("If it is, row {n}")
}

pub fn row_to(n: usize) -> String {
    format!("It gives, row {n}")
}

pub fn remove_row_number(n: usize) -> String {
    format!("Remove row {n}")
}

pub fn more_rows(n: usize) -> String {
    format!("Show {}", plural(n as u64, "more row", "more rows"))
}

pub fn rows_found(n: usize) -> String {
    plural(n as u64, "row", "rows")
}

pub fn too_many_rows(most: usize) -> String {
    format!("Only the first {most} rows fit into a table.")
}

// Memory
pub const STORE_INTRO: &str = "Values that are kept when the run is over, for the next ones.";
pub const STORE_WHAT: &str = "What to do";
pub const STORE_KEY: &str = "Under the name";
pub const STORE_KEY_EXAMPLE: &str = "last_order";
pub const STORE_PREFIX: &str = "Names that begin with";
pub const STORE_PREFIX_HINT: &str = "Left empty: all of them.";
pub const STORE_SCOPE: &str = "Kept for";
pub const STORE_WORKFLOW: &str = "This workflow";
pub const STORE_WORKSPACE: &str = "All workflows";
pub const STORE_VALUE: &str = "Value";
pub const STORE_ADD_VALUE: &str = "Value to add";
pub const STORE_BY: &str = "Count up by";
pub const STORE_BY_HINT: &str = "Left empty: 1. A negative number counts down. Nothing there counts as 0.";
pub const STORE_EXPECTED: &str = "Only if this stands there now";
pub const STORE_EXPECTED_HINT: &str = "Left empty: only if nothing stands there yet.";
pub const STORE_MOST: &str = "At most so many";
pub const STORE_TESTS: &str = "Tests look at what is kept but never change it.";
/// Stable name, what the choice is called, what it is for.
pub const STORE_OPS: &[(&str, &str, &str)] = &[
    ("get", "Look up a value", "Gives the value, and whether there is one."),
    ("set", "Keep a value", "Puts it in place of what was kept under the name before."),
    ("increment", "Count", "Adds to a number, also when several runs count at the same time."),
    ("append_if_absent", "Add to a list, once", "Good for telling whether something was seen before: added says so."),
    ("list", "List what is kept", "Gives the names with their values."),
    ("delete", "Forget a value", "Takes it away."),
    ("compare_and_set", "Keep a value, if nothing changed", "Changes it only where it still is what you think it is."),
];
pub const STORE_GIVES: &[(&str, &[(&str, &str)])] = &[
    ("get", &[("found", "whether there is a value"), ("value", "the value")]),
    ("set", &[("previous", "what stood there before")]),
    ("increment", &[("value", "the number now")]),
    ("append_if_absent", &[("added", "whether it was new"), ("count", "how many there are now")]),
    ("list", &[("entries", "each with key and value"), ("more", "whether there are more")]),
    ("delete", &[("previous", "what stood there before")]),
    ("compare_and_set", &[("set", "whether it was changed"), ("value", "what stands there now")]),
];

pub fn stores(op: &str, key: &str) -> String {
    let key = if key.is_empty() { "…" } else { key };
    match op {
        "set" => format!("Keep {key}"),
        "increment" => format!("Count {key}"),
        "append_if_absent" => format!("Add to {key}, once"),
        "list" if key == "…" => "List everything that is kept".into(),
        "list" => format!("List {key}…"),
        "delete" => format!("Forget {key}"),
        "compare_and_set" => format!("Keep {key}, if nothing changed"),
        _ => format!("Look up {key}"),
    }
}

// Code
pub const CODE_INTRO: &str =
    "JavaScript that gets input and returns what the step gives. It reaches nothing outside: no network, no files, no clock.";
pub const CODE_INPUT: &str = "Input";
pub const CODE_INPUT_HINT: &str = "In the code: input.name";
pub const ADD_INPUT: &str = "Add an input";
pub const SOURCE: &str = "Code";
pub const CODE_FRESH: &str = "// What you return is what the step gives.\nreturn { greeting: `Hello ${input.name}` };\n";
pub const NO_CODE_YET: &str = "No code yet";
pub const CODE_TOO_LONG: &str = "The code is longer than 64 KB.";
pub const CODE_TIMEOUT_TITLE: &str = "When it takes too long";
pub const CODE_TIMEOUT: &str = "The code is stopped after";
pub const CODE_TIMEOUT_HINT: &str = "30 seconds at most.";

pub fn lines_of_code(n: usize) -> String {
    format!("{} of JavaScript", plural(n as u64, "line", "lines"))
}

// Transform
pub const TRANSFORM_INTRO: &str =
    "Begins with a value and changes it step by step; each operation gets what the one before gave.";
pub const TRANSFORM_INPUT: &str = "Begin with";
pub const ADD_OPERATION: &str = "Add an operation";
pub const SEARCH_OPERATIONS: &str = "What should happen to the value?";
pub const REMOVE_OPERATION: &str = "Remove this operation";
pub const NO_OPERATION_FOUND: &str = "Nothing is called that.";
pub const NO_OPERATIONS_YET: &str = "No operations yet";
pub const UNKNOWN_OPERATION: &str = "This version of Patchbay does not know this operation. Update Patchbay to edit it.";
pub const GIVES_NOTHING: &str = "nothing";
pub const TRANSFORM_GIVES: &[(&str, &str)] = &[("value", "what the last operation gave")];

pub fn transforms(input: &str, labels: &[&str]) -> String {
    if labels.is_empty() { NO_OPERATIONS_YET.into() } else { format!("{input}: {}", labels.join(", ").to_lowercase()) }
}

// One entry per element
pub const EACH_TITLE: &str = "One entry per element";
pub const EACH_LIST: &str = "For every element of";
pub const EACH_ENTRY: &str = "Entry";
pub const EACH_FILTER: &str = "Only some elements";
pub const EACH_FILTER_LEAD: &str = "An element is kept if";
pub const EACH_PLAIN: &str = "Plain value";
pub const EACH_PLAIN_ABOUT: &str = "Back to one value instead of a list";
pub const EACH_MAKE: &str = "One entry per element of this list";
pub const EACH_AS_FIELDS: &str = "Fields";
pub const EACH_AS_VALUE: &str = "One value";
pub const EACH_SHAPE: &str = "What each entry is";
pub const NOTHING_LEFT: &str = "No element of the sample is left.";

//! The kit's own words.

use super::plural;
use crate::moment::number;

pub const AS_CHART: &str = "Show as chart";
pub const AS_TABLE: &str = "Show as table";
pub const AS_TREE: &str = "Tree";
pub const CANCEL: &str = "Cancel";
pub const CLEAR: &str = "Clear";
pub const CLOSE: &str = "Close";
pub const COPIED: &str = "Copied";
pub const COPY: &str = "Copy";
pub const COPY_JSON: &str = "Copy as JSON";
pub const COPY_REFUSED: &str = "The browser did not allow copying: select the text and copy it by hand.";
pub const DOWNLOAD: &str = "Download";
pub const DISMISS: &str = "Dismiss";
pub const EMPTY_TEXT: &str = "empty text";
pub const FIND_IN_VALUE: &str = "Find in this value";
pub const HIDE: &str = "Hide";
pub const LOADING: &str = "Loading";
pub const LOOK_OF_VALUE: &str = "How the value is shown";
pub const NAME: &str = "Name";
pub const NOT_FOUND: &str = "Nothing in this value says so.";
pub const NULL: &str = "null";
pub const OPTIONAL: &str = "optional";
pub const RAW: &str = "As written";
pub const SAVE: &str = "Save";
pub const SHOW: &str = "Show";
pub const SHOW_LESS: &str = "Show less";
pub const TABLE: &str = "Table";
pub const TRY_AGAIN: &str = "Try again";
pub const VALUE: &str = "Value";

pub fn further_rows(n: usize) -> String {
    format!("{} are not shown.", plural(n as u64, "further row", "further rows"))
}

pub fn items(n: usize) -> String {
    if n == 0 { "empty list".into() } else { plural(n as u64, "item", "items") }
}

pub fn fields(n: usize) -> String {
    if n == 0 { "no fields".into() } else { plural(n as u64, "field", "fields") }
}

pub fn fold(name: &str) -> String {
    if name.is_empty() { "Fold".into() } else { format!("Fold {name}") }
}

pub fn show_more(shown: usize, total: usize) -> String {
    format!("Show more ({} of {})", number(shown as u64), number(total as u64))
}

pub fn show_all_characters(total: usize) -> String {
    format!("Show all {} characters", number(total as u64))
}

pub fn copy_path(path: &str) -> String {
    format!("Copy path: {path}")
}

pub fn path_copied(path: &str) -> String {
    format!("Copied {path}")
}

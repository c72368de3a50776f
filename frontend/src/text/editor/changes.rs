//! What differs between two versions, and what two people changed at once.

pub const CHANGE_NEW: &str = "New";
pub const CHANGE_GONE: &str = "Removed";
pub const CHANGE_CHANGED: &str = "Changed";
pub const CHANGES_TO: &str = "is now";
pub const SETTINGS_OF_WORKFLOW: &str = "Settings of the workflow";
pub const NOTHING_SET: &str = "not set";
pub const A_CONNECTION_THAT_IS_GONE: &str = "A connection that is gone";

pub const RESTORE: &str = "Restore";
pub const SHOW_CHANGES: &str = "What changed";
pub const COMPARED_WITH: &str = "Compared with";
pub const THE_DRAFT: &str = "The draft as it is now";
pub const BEFORE_THE_FIRST: &str = "Nothing: it was the first version";
pub const VERSIONS_ARE_EQUAL: &str = "Nothing differs between these two.";

pub fn moved(from: &str, to: &str) -> String {
    format!("Moved: it stood {from}, now {to}")
}

pub fn show_changes_of(version: u32) -> String {
    format!("What changed in version {version}")
}

pub fn restore_version(version: u32) -> String {
    format!("Restore version {version}")
}

// Two people
pub const BOTH_CHANGED: &str = "Changed by two at once";
pub const THEIR_CHANGES_ARE_IN: &str = "Somebody else's changes are in, next to yours.";
pub const MINE: &str = "Mine";
pub const THEIRS: &str = "Theirs";
pub const ALL_MINE: &str = "Mine everywhere";
pub const ALL_THEIRS: &str = "Theirs everywhere";
pub const SAVE_CHOICE: &str = "Save what I chose";
pub const SEE_BOTH: &str = "See both and choose";
pub const WHOLE_STEP: &str = "The whole step";
pub const DELETED_IT: &str = "Deleted it";
pub const CHANGED_IT: &str = "Changed it, and keeps it";
pub const PLACE: &str = "Where it stands";
pub const ORDER_OF_STEPS: &str = "Order";
pub const MY_ORDER: &str = "The order here";
pub const THEIR_ORDER: &str = "The order as they saved it";

pub fn both_about(when: &str) -> String {
    format!("Somebody else saved this workflow ({when}). All other changes of both are kept; choose for these.")
}

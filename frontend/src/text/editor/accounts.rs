//! Fields whose values or names come from an account, dates, and files.

use crate::text::{plural, quoted};

pub const SANDBOX: &str = "Sandbox";
pub const SANDBOX_ABOUT: &str = "Works on a simulated account: nothing leaves this server";
pub const USE_DATA_INSTEAD: &str = "Use a value from data";
pub const CHOOSE_FROM_LIST: &str = "Choose from the list";
pub const SWITCH_INSTEAD: &str = "Use the switch";
pub const CHOOSE_SINGLE_VALUES: &str = "Choose single values";
pub const CONNECTION_FIRST: &str = "Choose the connection first";
pub const ASKING_ACCOUNT: &str = "Asking the account…";
pub const NOTHING_IN_ACCOUNT: &str = "There is nothing to choose from in this account.";
pub const MORE_IN_ACCOUNT: &str = "The account has more than these. Type the id of one that is not listed.";
pub const MORE_IN_ACCOUNT_SEARCH: &str = "The account has more than these. Type to search for them.";
pub const NOT_IN_ACCOUNT: &str = "not in the account";
pub const ADD_FROM_LIST: &str = "Add one…";
pub const ADD_BY_TYPING: &str = "Type one and press Enter";
pub const ADD_A_NAME: &str = "Add a field…";
pub const ALL_NAMES_SHOWN: &str = "Every field of the account is shown. Type a name to add another.";
pub const NAME_NOT_IN_ACCOUNT: &str = "The account has no field of this name, or no longer. It is kept and sent as it is.";
pub const FILL_IN_SINGLY: &str = "Fill in singly";
pub const AS_JSON: &str = "As JSON";
pub const ADD_ITEM: &str = "Add an item";
pub const PICK_A_DATE: &str = "Pick a date";
pub const FORM_WITH_FILES: &str = "A field whose whole value is a file sends the file; everything else is sent as text.";
pub const FILE_FROM_DATA: &str = "Insert a file that came with the event or from an earlier step.";
pub const FILE_EXAMPLE: &str = "{{ event.body.file }}";

pub fn field_first(label: &str) -> String {
    format!("Fill in {} first", quoted(label))
}

pub fn field_without_sample(label: &str) -> String {
    format!("{} comes from data, and there is no sample of it yet", quoted(label))
}

pub fn refresh_list(label: &str) -> String {
    format!("Ask the account again for {}", quoted(label))
}

pub fn gone_from_account(name: &str) -> String {
    format!("{} is not in the account any more, or not visible to it. It is kept until you choose another.", quoted(name))
}

pub fn gone_choice(value: &str) -> String {
    format!("{value} (not in the list)")
}

pub fn use_typed(text: &str) -> String {
    format!("Use {}", quoted(text))
}

pub fn add_typed(text: &str) -> String {
    format!("Add {}", quoted(text))
}

pub fn add_field_to(label: &str) -> String {
    format!("Add to {label}")
}

pub fn add_name(text: &str) -> String {
    format!("Add a field named {}", quoted(text))
}

pub fn remove(label: &str) -> String {
    format!("Remove {}", quoted(label))
}

pub fn more_by_typing(count: usize) -> String {
    format!("and {}: type to find them", plural(count as u64, "more", "more"))
}

/// The ways to fill in a list of objects.
pub fn objects_way(items: bool, data: bool) -> &'static str {
    match (items, data) {
        (true, _) => "Item by item",
        (_, true) => "From data",
        _ => AS_JSON,
    }
}

pub fn how_to_fill(label: &str) -> String {
    format!("How to fill in {}", quoted(label))
}

pub fn item(n: usize) -> String {
    format!("Item {n}")
}

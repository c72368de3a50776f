//! Who may use a connection.

use model::api::{Connection, User};

use super::quoted;

pub const WHO: &str = "Who may use it";
pub const WHO_ABOUT: &str =
    "In steps and triggers, and for looking into the account. What is live keeps running, whoever may use it.";
pub const EVERYBODY: &str = "Everyone who makes workflows";
pub const EVERYBODY_ABOUT: &str = "Makers, operators and owners of the workspace.";
pub const ONLY: &str = "Only these people";
pub const NAMED: &str = "People who may use it";
pub const NOBODY: &str = "Nobody else so far.";
pub const ADD: &str = "Add somebody";
pub const CHOOSE: &str = "Choose a member";
pub const ALL_NAMED: &str = "Everyone who makes workflows here is on the list.";
pub const CHANGED: &str = "Saved. It holds from now on.";
pub const MARK: &str = "Only chosen people may use it";
pub const YOU_ALWAYS: &str = "You and the owners of the workspace always may.";
pub const OWNERS_ALWAYS: &str = "The owners of the workspace always may.";
pub const NOT_YOU: &str = "You may not use this connection";

/// What a person is called.
pub fn name_of(user: &User) -> &str {
    if user.name.is_empty() { &user.email } else { &user.name }
}

/// One of several who may be called the same.
pub fn with_email(user: &User) -> String {
    if user.name.is_empty() { user.email.clone() } else { format!("{} ({})", user.name, user.email) }
}

/// Who need not be named.
pub fn always(owner: Option<&User>, is_me: bool) -> String {
    match owner {
        Some(_) if is_me => YOU_ALWAYS.to_owned(),
        Some(owner) => format!("{} and the owners of the workspace always may.", name_of(owner)),
        None => OWNERS_ALWAYS.to_owned(),
    }
}

/// Who says it, for whoever does not.
pub fn changed_by(owner: Option<&User>) -> String {
    match owner {
        Some(owner) => format!("{}, to whom it belongs, and the owners of the workspace can change this.", name_of(owner)),
        None => "The owners of the workspace can change this.".to_owned(),
    }
}

/// Whom to ask.
pub fn ask(owner: Option<&User>) -> String {
    match owner {
        Some(owner) => {
            format!("Only chosen people may. Ask {}, to whom it belongs, or an owner of the workspace.", name_of(owner))
        }
        None => "Only chosen people may. Ask an owner of the workspace.".to_owned(),
    }
}

pub fn remove(name: &str) -> String {
    format!("Take {} out", quoted(name))
}

/// One that cannot be chosen, in a list of connections.
pub fn barred(label: &str, connection: &Connection) -> String {
    match &connection.owner {
        Some(owner) => format!("{label} (ask {})", name_of(owner)),
        None => format!("{label} (ask an owner)"),
    }
}

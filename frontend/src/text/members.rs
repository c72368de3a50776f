//! Members of the workspace, and invitations.

use model::{Role, Timestamp, api::Removed};

use super::{plural, quoted, settings::role};
use crate::moment::{Style, absolute};

pub const MEMBERS: &str = "Members";
pub const ABOUT: &str = "Who may see and change this workspace.";
pub const ONLY_OWNERS: &str = "Only owners of the workspace invite people and change what they may do.";
pub const YOU: &str = "You";
pub const SEEN: &str = "here";
pub const SINCE: &str = "member since";
pub const LAST_OWNER: &str = "The workspace needs an owner: make somebody else one first.";
pub const ROLE_CHANGED: &str = "The role is changed. It holds from now on.";
pub const REMOVE: &str = "Remove";
pub const HAND_OVER: &str = "Who takes over what they own";
pub const NOTHING_OWNED: &str = "They own no connection.";

pub const INVITE: &str = "Invite somebody";
pub const OPEN_INVITES: &str = "Open invitations";
pub const ANYBODY: &str = "Whoever has the link";
pub const TAKE_BACK: &str = "Take back";
pub const TAKEN_BACK: &str = "The invitation is taken back; its link no longer works.";
pub const MAY_DO: &str = "May do";
pub const FOR_EMAIL: &str = "Only for this e-mail address";
pub const FOR_EMAIL_HINT: &str = "Nobody else can then use the link.";
pub const OPEN_FOR: &str = "The link works";
pub const DAY: &str = "For a day";
pub const WEEK: &str = "For a week";
pub const MONTH: &str = "For 30 days";
pub const MAKE_LINK: &str = "Make the link";
pub const INVITE_READY: &str = "Send this link";
pub const INVITE_ONCE: &str = "It works once and is not shown again. Whoever has it can join, so send it to one person alone.";
pub const COPY_LINK: &str = "Copy the link";

pub const JOIN_TITLE: &str = "Join the workspace";
pub const JOIN: &str = "Join";
pub const HAVE_ACCOUNT: &str = "I have an account on this server";
pub const CLOSED_TITLE: &str = "This invitation is not open any more";
pub const CLOSED: &str = "It was used, taken back, or has ended. Ask whoever sent it for a new one.";
pub const TO_SIGN_IN: &str = "Go to Patchbay";

pub fn role_of(name: &str) -> String {
    format!("What {} may do", quoted(name))
}

pub fn remove_one(name: &str) -> String {
    format!("Remove {}", quoted(name))
}

pub fn remove_title(name: &str) -> String {
    format!("Remove {}?", quoted(name))
}

/// What ends with a membership.
pub fn remove_body(connections: u64, tokens: u64) -> String {
    let mut text = String::from("They are signed out everywhere and can no longer come in.");
    if tokens > 0 {
        text.push_str(&format!(
            " {} end, and what uses them is refused.",
            plural(tokens, "API token of theirs", "API tokens of theirs")
        ));
    }
    if connections > 0 {
        text.push_str(&format!(" {} keep working under their new owner.", plural(connections, "connection", "connections")));
    }
    text
}

pub fn removed(removed: &Removed) -> String {
    match removed.connections {
        0 => "The member is removed.".into(),
        n => format!("The member is removed; {} handed over.", plural(n, "connection is", "connections are")),
    }
}

pub fn owns(connections: u64) -> String {
    format!("owns {}", plural(connections, "connection", "connections"))
}

pub fn invited(as_role: Role, until: Timestamp, by: &str) -> String {
    format!("{} · until {} · by {by}", role(as_role), absolute(until, Style::Short))
}

/// "olive@example.com invites you to “Acme” as a maker."
pub fn lead(by: &str, workspace: &str, as_role: Role) -> String {
    let article = if matches!(as_role, Role::Operator | Role::Owner) { "an" } else { "a" };
    format!("{by} invites you to {} as {article} {}.", quoted(workspace), role(as_role).to_lowercase())
}

pub fn about(role: Role) -> &'static str {
    match role {
        Role::Viewer => "You see workflows, runs and alerts.",
        Role::Maker => "You see everything that runs, and build and test workflows.",
        Role::Operator => "You build workflows, publish them, turn them on and off, and replay runs.",
        Role::Owner => "You may do everything, members and settings included.",
    }
}

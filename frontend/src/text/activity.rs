//! Who did what.

use super::quoted;

pub const TITLE: &str = "Activity log";
pub const SECTION_ABOUT: &str =
    "Who published, paused, replayed, connected, exported and changed settings. It is only ever added to.";
pub const OPEN: &str = "Open the activity log";
pub const ONLY_OWNERS: &str = "Only owners of the workspace see its activity log.";
pub const EMPTY_TITLE: &str = "Nothing here";
pub const EMPTY: &str = "Nobody has done anything that fits these filters.";
pub const FILTER_WHAT: &str = "What was done";
pub const FILTER_WHO: &str = "Who did it";
pub const FILTER_TIME: &str = "When it was done";
pub const EVERYTHING: &str = "Everything";
pub const EVERYBODY: &str = "Everybody";
pub const ANY_TIME: &str = "Any time";
pub const LAST_DAY: &str = "Last 24 hours";
pub const LAST_WEEK: &str = "Last 7 days";
pub const LAST_MONTH: &str = "Last 30 days";
pub const SYSTEM: &str = "Patchbay itself";
pub const WHEN: &str = "When";
pub const WHO: &str = "Who";
pub const WHAT: &str = "What";
pub const OLDER: &str = "Show older";

/// Beginnings of actions, and what they are about.
pub const GROUPS: [(&str, &str); 13] = [
    ("workflow.*", "Workflows"),
    ("run.*", "Runs"),
    ("runs.*", "Exports of runs"),
    ("events.*", "Exports of events"),
    ("bulk.*", "Actions on many runs"),
    ("connection.*", "Connections"),
    ("app.*", "Vendors' apps"),
    ("value.*", "Stored values"),
    ("member.*", "Members"),
    ("person.*", "A person's data"),
    ("token.*", "API tokens"),
    ("alert.*", "Alerts"),
    ("channel.*", "Alert channels"),
];

const ACTIONS: &[(&str, &str)] = &[
    ("person.looked_for", "looked for a person's data"),
    ("person.erasing", "began to delete a person's data"),
    ("person.erased", "deleted a person's data"),
    ("person.stopped", "stopped deleting a person's data"),
    ("workflow.created", "made a workflow"),
    ("workflow.renamed", "renamed a workflow"),
    ("workflow.tagged", "changed the tags of a workflow"),
    ("workflow.published", "published a workflow"),
    ("workflow.paused", "paused a workflow"),
    ("workflow.resumed", "let a workflow go on"),
    ("workflow.turned_on", "turned a workflow on"),
    ("workflow.turned_off", "turned a workflow off"),
    ("workflow.deleted", "deleted a workflow"),
    ("run.held", "stopped a run"),
    ("run.cancelled", "cancelled a run"),
    ("run.held", "held a run"),
    ("run.resumed", "let a run go on"),
    ("run.replayed", "replayed a run"),
    ("run.settled", "said what happened to a call"),
    ("run.deleted", "deleted a run"),
    ("runs.exported", "exported runs"),
    ("events.exported", "exported events"),
    ("bulk.started", "began an action on many runs"),
    ("bulk.stopped", "stopped an action on many runs"),
    ("connection.created", "added a connection"),
    ("connection.changed", "changed a connection"),
    ("connection.reconnected", "connected an account again"),
    ("connection.status", "a connection changed its state"),
    ("connection.access", "said who may use a connection"),
    ("connection.deleted", "deleted a connection"),
    ("connection.access_kept", "could not take back access at a vendor"),
    ("app.set", "set the client ID and secret of an app"),
    ("app.deleted", "took away an app"),
    ("app.signing_secret", "set the secret of an app"),
    ("value.set", "set a stored value"),
    ("value.deleted", "deleted a stored value"),
    ("member.invited", "invited somebody"),
    ("member.invite_revoked", "took an invitation back"),
    ("member.joined", "joined the workspace"),
    ("member.role", "changed what a member may do"),
    ("member.removed", "removed a member"),
    ("token.created", "made an API token"),
    ("token.revoked", "revoked an API token"),
    ("alert.acknowledged", "looks after an alert"),
    ("alert.snoozed", "snoozed an alert"),
    ("channel.created", "added an alert channel"),
    ("channel.changed", "changed an alert channel"),
    ("channel.deleted", "deleted an alert channel"),
];

/// "published a workflow"
pub fn action(name: &str) -> String {
    let known = ACTIONS.iter().find(|(action, _)| *action == name).map(|(_, words)| (*words).to_owned());
    known.unwrap_or_else(|| name.replace(['.', '_'], " "))
}

pub fn actor(name: &str) -> String {
    match name.strip_prefix("token ") {
        Some(token) => format!("API token {}", quoted(token)),
        None if name == "system" => SYSTEM.into(),
        None => name.to_owned(),
    }
}

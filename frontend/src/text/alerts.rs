//! Alerts, and the channels that carry them.

use model::{
    Timestamp,
    api::{AlertKind, Channel, ChannelKind, Telling, Told, ToldState},
};

use super::{plural, quoted};
use crate::moment::{Style, absolute};

pub const TITLE: &str = "Alerts";
pub const OPEN: &str = "Open";
pub const OVER: &str = "Over";
pub const FILTER: &str = "Which alerts";
pub const EMPTY_OPEN: &str = "Nothing is wrong";
pub const EMPTY_OPEN_ABOUT: &str = "Failures, calls nobody knows the outcome of, connections to renew, late schedules and full disks show up here by themselves.";
pub const EMPTY_OVER: &str = "No alert has ended yet";
pub const EMPTY_OVER_ABOUT: &str = "What was wrong and is well again stays here for 90 days.";
pub const NOBODY: &str = "Nobody outside this page will be told.";
pub const NOBODY_ABOUT: &str = "Add a channel and send a test, so that failures reach you wherever you are.";
pub const ADD_CHANNEL: &str = "Add a channel";
pub const ACKNOWLEDGE: &str = "I look after it";
pub const SNOOZE_HOUR: &str = "For an hour";
pub const SNOOZE_DAY: &str = "Until tomorrow";
pub const SNOOZE_WEEK: &str = "For a week";
pub const OLDER: &str = "Show older";
pub const TOLD_NOBODY: &str = "Nobody was told: no channel takes it.";
pub const SINCE: &str = "since";
pub const ENDED: &str = "over since";

pub const CHANNELS: &str = "Alert channels";
pub const CHANNELS_ABOUT: &str = "Who is told when something goes wrong, and where.";
pub const NO_CHANNELS: &str = "Nobody outside these pages is told yet.";
pub const NEW: &str = "New channel";
pub const EDIT: &str = "Edit";
pub const DELETE: &str = "Delete";
pub const DELETE_BODY: &str = "Nobody is told through it any more. Alerts stay in these pages.";
pub const DELETED: &str = "The channel is deleted.";
pub const SAVED: &str = "The channel is saved.";
pub const TEST: &str = "Send a test";
pub const TESTED: &str = "The test message has gone through.";
pub const UNPROVEN: &str = "Not tested";
pub const WORKS: &str = "Works";
pub const FAILS: &str = "Does not deliver";
pub const SWITCHED_OFF: &str = "Off";
pub const ONLY_OWNERS: &str = "Only owners of the workspace change its channels.";

pub const NAME: &str = "Name";
pub const NEED_NAME: &str = "Give it a name.";
pub const KIND: &str = "How";
pub const URL: &str = "Address";
pub const URL_HINT: &str = "Of an incoming webhook, as the service shows it. It is kept sealed and not shown again.";
pub const URL_KEEP: &str = "Leave it empty to keep the one before.";
pub const NEED_URL: &str = "Enter the address.";
pub const SECRET: &str = "Signing secret";
pub const SECRET_HINT: &str = "Messages are then signed as Standard Webhooks describe it.";
pub const CONNECTION: &str = "Sent through";
pub const NO_MAIL: &str = "There is no e-mail connection yet.";
pub const ADD_MAIL: &str = "Connect a mail server";
pub const NEED_CONNECTION: &str = "Choose a connection.";
pub const TO: &str = "To";
pub const TO_HINT: &str = "One address per line.";
pub const NEED_TO: &str = "Name at least one address.";
pub const LEAST: &str = "Tell";
pub const LEAST_ALL: &str = "Everything";
pub const LEAST_URGENT: &str = "Only what somebody has to act on";
pub const TAGS: &str = "Only for workflows tagged";
pub const TAGS_HINT: &str = "With commas between the tags; empty: alerts of all workflows, and those about none.";
pub const QUIET: &str = "Quiet hours";
pub const QUIET_FROM: &str = "From";
pub const QUIET_TO: &str = "Until";
pub const QUIET_HINT: &str = "Messages wait until they are over. Leave both empty for none.";
pub const ENABLED: &str = "Tell people through this channel";
pub const KINDS: [(&str, &str); 5] = [
    ("slack", "Slack"),
    ("email", "E-mail"),
    ("teams", "Microsoft Teams"),
    ("discord", "Discord"),
    ("webhook", "Webhook of your own"),
];

pub fn open_alerts(count: u64) -> String {
    plural(count, "open alert", "open alerts")
}

pub fn kind(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Failing => "Failing",
        AlertKind::OutcomeUnknown => "Outcome unknown",
        AlertKind::Connection => "Reconnect",
        AlertKind::Ending => "Ends soon",
        AlertKind::Budget => "At its limit",
        AlertKind::Certificate => "Certificate",
        AlertKind::Held => "Stopped",
        AlertKind::Backlog => "Behind",
        AlertKind::Refused => "Refused",
        AlertKind::Missed => "Missed",
        AlertKind::Trigger => "Trigger",
        AlertKind::Storage => "Disk",
        AlertKind::Shape => "Data changed",
        AlertKind::Undelivered => "Undelivered",
        AlertKind::Blind => "Not watched",
    }
}

pub fn channel_kind(kind: &ChannelKind) -> &'static str {
    let name = kind.name();
    KINDS.iter().find(|(id, _)| *id == name).map_or("", |(_, label)| label)
}

/// Where a channel leads.
pub fn place(channel: &Channel) -> String {
    match &channel.kind {
        ChannelKind::Email { to, .. } => to.join(", "),
        _ => channel.host.clone().unwrap_or_default(),
    }
}

pub fn told(told: &Told) -> String {
    let name = quoted(&told.name);
    let at = absolute(told.at, Style::Short);
    let what = match told.what {
        Telling::Opened => "told",
        Telling::Resolved => "told that it is over",
    };
    match told.state {
        ToldState::Sent => format!("{name} was {what} at {at}"),
        ToldState::Waiting if told.attempts == 0 => format!("{name} will be {what} at {at}"),
        ToldState::Waiting => format!("{name} could not be {what}; tried again at {at}"),
        ToldState::Failed => format!("{name} could not be {what}; given up"),
        ToldState::Dropped => format!("{name} was not told: it was over before"),
    }
}

pub fn acknowledged(by: &str) -> String {
    format!("{by} looks after it")
}

pub fn snoozed(until: Timestamp) -> String {
    format!("Snoozed until {}", absolute(until, Style::Short))
}

pub fn actions(title: &str) -> String {
    format!("What to do about {}", quoted(title))
}

pub fn delete_title(name: &str) -> String {
    format!("Delete {}?", quoted(name))
}

pub fn edit_title(name: &str) -> String {
    format!("Edit {}", quoted(name))
}

//! Alerts: what went wrong without anybody looking, who was told of it, and where people are told.

use serde::{Deserialize, Serialize};

use super::{Cursor, Empty, Page, endpoint::*};
use crate::{
    Timestamp,
    ids::{AlertId, ChannelId, ConnectionId, RunId, WorkflowId},
};

endpoints! {
    ListAlerts: Get "/alerts" VIEWER, "What went wrong and who was told, newest first", (), AlertsQuery, Empty => Page<Alert>;
    CountAlerts: Get "/alerts/count" VIEWER, "How many alerts are open that nobody has acknowledged, and whether anybody outside is told", (), Empty, Empty => AlertCount;
    AcknowledgeAlert: Post "/alerts/{id}/acknowledge" OPERATOR, "Say that somebody looks after it", (AlertId,), Empty, Empty => Alert;
    SnoozeAlert: Post "/alerts/{id}/snooze" OPERATOR, "Tell nobody of it, or of the same thing again, until then", (AlertId,), Empty, Snooze => Alert;
    ListChannels: Get "/channels" VIEWER, "Where people are told of alerts, without secrets", (), Empty, Empty => Channels;
    CreateChannel: Post "/channels" OWNER, "Add a channel; its address and secret are stored sealed", (), Empty, NewChannel => Channel;
    UpdateChannel: Put "/channels/{id}" OWNER, "Change a channel; without an address or secret those stay", (ChannelId,), Empty, NewChannel => Channel;
    DeleteChannel: Delete "/channels/{id}" OWNER, "Tell nobody through this channel any more", (ChannelId,), Empty, Empty => Empty;
    TestChannel: Post "/channels/{id}/test" OWNER, "Send a test message now", (ChannelId,), Empty, Empty => ChannelTest;
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Runs of a workflow fail: one alert for all of them until they succeed again.
    Failing,
    /// Nobody knows whether a call happened; a person has to say.
    OutcomeUnknown,
    /// Credentials were refused; runs wait.
    Connection,
    /// A connection that cannot renew itself ends within days.
    Ending,
    /// The rate budget of a connection makes runs wait, or a workflow keeps nearly as much data as it may.
    Budget,
    /// The certificate of a host that is called is refused.
    Certificate,
    /// Runs were stopped by the system.
    Held,
    /// Events wait longer than they should.
    Backlog,
    /// Events are refused: because too many wait, or because their signatures do not fit.
    Refused,
    /// A schedule or an expected event did not come.
    Missed,
    /// A trigger cannot be read or subscribed to.
    Trigger,
    /// The disk is nearly full.
    Storage,
    /// Events no longer look as the steps expect them.
    Shape,
    /// Another alert could not be delivered.
    Undelivered,
    /// What other alerts are made of could not be read: of these there are none for now.
    Blind,
}

impl AlertKind {
    pub const ALL: [AlertKind; 15] = [
        AlertKind::Failing,
        AlertKind::OutcomeUnknown,
        AlertKind::Connection,
        AlertKind::Ending,
        AlertKind::Budget,
        AlertKind::Certificate,
        AlertKind::Held,
        AlertKind::Backlog,
        AlertKind::Refused,
        AlertKind::Missed,
        AlertKind::Trigger,
        AlertKind::Storage,
        AlertKind::Shape,
        AlertKind::Undelivered,
        AlertKind::Blind,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            AlertKind::Failing => "failing",
            AlertKind::OutcomeUnknown => "outcome_unknown",
            AlertKind::Connection => "connection",
            AlertKind::Ending => "ending",
            AlertKind::Budget => "budget",
            AlertKind::Certificate => "certificate",
            AlertKind::Held => "held",
            AlertKind::Backlog => "backlog",
            AlertKind::Refused => "refused",
            AlertKind::Missed => "missed",
            AlertKind::Trigger => "trigger",
            AlertKind::Storage => "storage",
            AlertKind::Shape => "shape",
            AlertKind::Undelivered => "undelivered",
            AlertKind::Blind => "blind",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        AlertKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether something stands still until a person acts.
    pub fn urgency(self) -> Urgency {
        match self {
            AlertKind::Backlog | AlertKind::Trigger | AlertKind::Ending | AlertKind::Budget => Urgency::Notice,
            _ => Urgency::Urgent,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Worth knowing.
    #[default]
    Notice,
    /// Somebody has to act.
    Urgent,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alert {
    pub id: AlertId,
    pub kind: AlertKind,
    pub urgency: Urgency,
    /// One line.
    pub title: String,
    /// What happened and what can be done, in words.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// The newest run it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// How often it has happened since it was opened.
    pub count: u64,
    pub opened_at: Timestamp,
    pub last_at: Timestamp,
    /// Absent: it is still so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Timestamp>,
    /// Who was told, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
}

/// That one channel was told of an alert, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Told {
    pub channel: ChannelId,
    /// As it was called then.
    pub name: String,
    pub what: Telling,
    pub state: ToldState,
    /// When it was sent, or is tried next.
    pub at: Timestamp,
    pub attempts: u32,
    /// Why it was not delivered, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    Opened,
    Resolved,
}

impl Telling {
    pub fn as_str(self) -> &'static str {
        match self {
            Telling::Opened => "opened",
            Telling::Resolved => "resolved",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToldState {
    Waiting,
    Sent,
    /// Given up after a day.
    Failed,
    /// It was over before anybody could be told.
    Dropped,
}

impl ToldState {
    pub fn as_str(self) -> &'static str {
        match self {
            ToldState::Waiting => "waiting",
            ToldState::Sent => "sent",
            ToldState::Failed => "failed",
            ToldState::Dropped => "dropped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [ToldState::Waiting, ToldState::Sent, ToldState::Failed, ToldState::Dropped]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AlertsQuery {
    /// Only those that are still so (true), or that are over (false).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<AlertKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// At most 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlertCount {
    /// Open, neither acknowledged nor snoozed.
    pub open: u64,
    /// A channel outside of these pages has delivered a message, and given none up since. Else nobody who does not look here is told
    /// anything.
    pub is_told_outside: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// In milliseconds since 1970; at most 90 days ahead.
    pub until: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Channels {
    /// Oldest first.
    pub items: Vec<Channel>,
}

/// How a channel delivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChannelKind {
    /// Through a connection of the connector `email`.
    Email {
        connection: ConnectionId,
        to: Vec<String>,
    },
    /// To the address of an incoming webhook of the vendor.
    Slack,
    Teams,
    Discord,
    /// A POST of `{type, alert}`, signed as Standard Webhooks describe it where there is a secret.
    Webhook,
}

impl ChannelKind {
    pub fn name(&self) -> &'static str {
        match self {
            ChannelKind::Email { .. } => "email",
            ChannelKind::Slack => "slack",
            ChannelKind::Teams => "teams",
            ChannelKind::Discord => "discord",
            ChannelKind::Webhook => "webhook",
        }
    }

    /// Whether it is reached at an address that a person enters.
    pub fn has_url(&self) -> bool {
        !matches!(self, ChannelKind::Email { .. })
    }
}

/// Which alerts a channel is told of, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Routing {
    pub least: Urgency,
    /// Only alerts about these, and those with one of `tags`; both empty: all, and those about no workflow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workflows: Vec<WorkflowId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When messages wait until it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// `22:00`
    pub from: String,
    /// `07:30`, on the next day if it is earlier than `from`.
    pub to: String,
    /// IANA name.
    pub time_zone: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Channel {
    pub id: ChannelId,
    pub name: String,
    pub kind: ChannelKind,
    pub routing: Routing,
    pub enabled: bool,
    /// The host of its address; the rest is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    pub is_signed: bool,
    pub created_at: Timestamp,
    /// When it has delivered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<Timestamp>,
    /// Why it did not deliver, if that was after it last did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    pub name: String,
    pub kind: ChannelKind,
    #[serde(default)]
    pub routing: Routing,
    #[serde(default = "on")]
    pub enabled: bool,
    /// Of every kind but e-mail. Absent in a change: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of a webhook. Absent in a change: as before; empty: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

fn on() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChannelTest {
    pub sent: bool,
    /// Why not, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

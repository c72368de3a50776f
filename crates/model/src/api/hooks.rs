//! How a trigger is reached: its webhook at a vendor, its address, and the last requests that came there.

use serde::{Deserialize, Serialize};

use super::{Empty, TriggerSample, endpoint::*};
use crate::{
    Timestamp,
    ids::{EventId, HookRequestId, RunId, TriggerId, WorkflowId},
};

endpoints! {
    GetSubscription: Get "/workflows/{id}/triggers/{trigger}/subscription" VIEWER, "How a webhook or a vendor's app reaches a trigger: state, address, steps to do, errors", (WorkflowId, TriggerId), Empty, Empty => Subscription;
    RetrySubscription: Post "/workflows/{id}/triggers/{trigger}/subscription/retry" OPERATOR, "Try again now to set up a trigger's webhook at the vendor", (WorkflowId, TriggerId), Empty, Empty => Subscription;
    ListHookRequests: Get "/workflows/{id}/triggers/{trigger}/requests" VIEWER, "The last requests to a trigger's address and what became of them, newest first", (WorkflowId, TriggerId), Empty, Empty => HookRequests;
    SampleHookRequest: Post "/workflows/{id}/triggers/{trigger}/requests/{request}/sample" MAKER, "Keep the event of a request as a sample", (WorkflowId, TriggerId, HookRequestId), Empty, Empty => TriggerSample;
}

/// How far a webhook at a vendor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// Nothing is set up: the workflow is off, or was not published with this trigger.
    Off,
    /// It is being set up at the vendor; with an error, it is tried again.
    Creating,
    /// A person has to do the steps at the vendor; nothing has come from there yet.
    Waiting,
    Active,
    /// It is being taken away at the vendor.
    Ending,
}

impl SubscriptionState {
    pub fn as_str(self) -> &'static str {
        match self {
            SubscriptionState::Off => "off",
            SubscriptionState::Creating => "creating",
            SubscriptionState::Waiting => "waiting",
            SubscriptionState::Active => "active",
            SubscriptionState::Ending => "ending",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        use SubscriptionState::*;
        [Off, Creating, Waiting, Active, Ending].into_iter().find(|state| state.as_str() == text)
    }
}

/// Whether vendors can reach this server, judged by the name of its public address alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reachable {
    Yes,
    /// The address is one of this machine or of a private network.
    No,
    /// It may be: an address without encryption or without a name is refused by many vendors.
    Unknown,
}

/// How a trigger is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscription {
    pub trigger: TriggerId,
    pub state: SubscriptionState,
    /// Where the vendor sends to; absent while there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where requests are only captured as samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_address: Option<String>,
    /// What a person does at the vendor, in order; empty where Patchbay does it.
    pub steps: Vec<String>,
    /// A person has to enter the secret the vendor signs with.
    pub needs_secret: bool,
    pub has_secret: bool,
    /// It has worked from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The vendor ends it then, unless it is renewed; that happens by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SubscriptionError>,
    pub reachable: Reachable,
    /// A command line that sends a test event; `$SECRET` stands for the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
}

/// Why the last attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubscriptionError {
    pub code: String,
    pub message: String,
    /// Attempts that failed in a row.
    pub failures: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HookRequests {
    /// At most 20.
    pub items: Vec<HookRequest>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HookOutcome {
    /// It became an event that started a run.
    Accepted,
    /// The workflow is paused: its event waits.
    Held,
    /// It came before.
    Duplicate,
    /// It concerns nobody.
    Filtered,
    /// The reason says why.
    Refused,
    /// A question of the vendor before the first event.
    Handshake,
    /// It was sent to the test address and kept as a sample.
    Test,
}

impl HookOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            HookOutcome::Accepted => "accepted",
            HookOutcome::Held => "held",
            HookOutcome::Duplicate => "duplicate",
            HookOutcome::Filtered => "filtered",
            HookOutcome::Refused => "refused",
            HookOutcome::Handshake => "handshake",
            HookOutcome::Test => "test",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        use HookOutcome::*;
        [Accepted, Held, Duplicate, Filtered, Refused, Handshake, Test].into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// One request to a trigger's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HookRequest {
    pub id: HookRequestId,
    pub at: Timestamp,
    pub outcome: HookOutcome,
    /// Why, in words; empty where there is nothing to say.
    pub reason: String,
    /// What its sender was answered; absent where only its event is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub method: String,
    /// Values of parameters that carry credentials are masked.
    pub query: String,
    /// Names in lower case, in the order in which they came. Credentials and signatures are masked.
    pub headers: Vec<HookHeader>,
    /// The beginning, at most 64 kB.
    pub body: String,
    /// How long the body was.
    pub bytes: u64,
    /// The body is longer than what is shown.
    pub truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HookHeader {
    pub name: String,
    pub value: String,
}

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Condition, Mapped,
    ids::{ConnectionId, TriggerId, WorkflowId},
};

/// What starts a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    pub id: TriggerId,
    pub label: String,
    pub kind: TriggerKind,
    /// Events for which this does not hold are kept as filtered and start no run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<Dedupe>,
    /// The name of an event shape shared by several triggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TriggerKind {
    Webhook(WebhookTrigger),
    Schedule(ScheduleTrigger),
    Manual(ManualTrigger),
    App(AppTrigger),
    Form(FormTrigger),
    Workflow(WorkflowTrigger),
    Failure(FailureTrigger),
}

impl TriggerKind {
    /// The tag of the kind, as stored.
    pub fn name(&self) -> &'static str {
        match self {
            TriggerKind::Webhook(_) => "webhook",
            TriggerKind::Schedule(_) => "schedule",
            TriggerKind::Manual(_) => "manual",
            TriggerKind::App(_) => "app",
            TriggerKind::Form(_) => "form",
            TriggerKind::Workflow(_) => "workflow",
            TriggerKind::Failure(_) => "failure",
        }
    }
}

/// A URL that accepts events. Its event is `{method, headers, query, body}`; header names are lower case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WebhookTrigger {
    /// Upper case. OPTIONS and HEAD never make an event.
    pub methods: Vec<String>,
    pub body: BodyMode,
    pub ack: Ack,
    /// Largest body, in bytes.
    pub max_bytes: u64,
    /// Origins a browser may send from (`https://example.com`); empty: none, `*`: any.
    pub allowed_origins: Vec<String>,
    pub verify: Verify,
}

impl Default for WebhookTrigger {
    fn default() -> Self {
        WebhookTrigger {
            methods: vec!["POST".into()],
            body: BodyMode::One,
            ack: Ack::AtOnce,
            max_bytes: 10 * 1024 * 1024,
            allowed_origins: Vec::new(),
            verify: Verify::None,
        }
    }
}

/// How a list as body becomes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BodyMode {
    /// The whole body is one event.
    One,
    /// A list makes one event, and so one run, per item.
    EachItem,
}

/// When the sender is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Ack {
    /// As soon as the event is stored: `200 {"event","run","duplicate"}`.
    AtOnce,
    /// When the run responds or ends; after `timeout_ms` with `202` and the receipt.
    AfterRun {
        #[serde(default = "default_reply_ms")]
        timeout_ms: u64,
    },
}

fn default_reply_ms() -> u64 {
    30_000
}

/// How a delivery proves where it comes from. The secret itself is stored sealed, apart from the definition; without one every
/// delivery is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Verify {
    None,
    /// The header must equal the secret.
    SharedSecret {
        header: String,
    },
    /// HMAC-SHA256 over the raw body.
    Hmac(Signature),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Signature {
    pub header: String,
    /// Text before the signature in the header, e.g. `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// `hex` or `base64`.
    #[serde(default = "hex")]
    pub encoding: String,
}

fn hex() -> String {
    "hex".into()
}

/// How equal events are recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Dedupe {
    /// Evaluated over the event; a missing or empty key means "never a duplicate".
    pub key: Mapped,
    /// How long a key is remembered after it was last seen, in milliseconds; absent: 7 days; 0: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<u64>,
}

/// A cron schedule. Its event is `{body: {scheduled_for, local}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleTrigger {
    /// Five fields: minute, hour, day of month, month, day of week.
    pub cron: String,
    /// IANA name; absent: the workflow's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub late: LatePolicy,
}

/// What happens to slots that passed while nothing could run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LatePolicy {
    /// Missed slots are left out.
    Skip,
    /// However many were missed, one run for the last of them.
    #[default]
    RunOnce,
}

/// Started by a person, with a form. Its event is `{body: {field: value}}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ManualTrigger {
    pub fields: Vec<FormField>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FormField {
    pub key: String,
    pub label: String,
    pub kind: FormFieldKind,
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Shown below the field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FormFieldKind {
    Text,
    LongText,
    Number,
    Switch,
    Choice,
    Date,
    Email,
    /// Only of hosted forms: its value is a file.
    File,
}

/// Something that happens in another system, as a trigger of a connector tells it: a list that is read again and again, or the vendor's
/// webhooks. Its event is `{body}`, the body being what the trigger's manifest says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AppTrigger {
    /// `github`
    pub connector: String,
    /// The connector's version this trigger was made for.
    pub version: u32,
    /// `new_issue`
    pub trigger: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// By the key of the trigger's field. Nothing has happened yet, so values do not refer to anything.
    #[serde(default)]
    pub input: BTreeMap<String, Mapped>,
    /// Of a list: the pause between two looks, in seconds; absent: as the connector says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_s: Option<u64>,
    /// Of a list: what is there when the workflow is turned on makes events, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub history: bool,
}

/// A page with a form that anyone who has its address can send. Its event is `{body: {field: value}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct FormTrigger {
    pub title: String,
    /// Above the fields; paragraphs are separated by empty lines.
    pub about: String,
    pub fields: Vec<FormField>,
    /// On the button.
    pub submit: String,
    /// After it was sent.
    pub thanks: String,
    /// Sends of one address that are taken within ten minutes.
    pub most_per_sender: u32,
}

impl Default for FormTrigger {
    fn default() -> Self {
        FormTrigger {
            title: String::new(),
            about: String::new(),
            fields: Vec::new(),
            submit: "Send".into(),
            thanks: "Thank you. We have received it.".into(),
            most_per_sender: 20,
        }
    }
}

/// Started by a step of another workflow. Its event is `{body: {field: value}}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WorkflowTrigger {
    /// What it takes.
    pub fields: Vec<FormField>,
    /// What it gives back to a step that waits, evaluated when the run has succeeded.
    pub returns: Vec<ReturnField>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReturnField {
    pub key: String,
    pub value: Mapped,
    /// A missing value fails the run instead of being left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// Started when a live run of another workflow has failed. Its event is `{body: {workflow: {id, name}, run: {id, url}, error: {path,
/// class, code, message}, event}}`, `event` being the failed run's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct FailureTrigger {
    /// Whose failures; empty: those of every other workflow.
    pub workflows: Vec<WorkflowId>,
}

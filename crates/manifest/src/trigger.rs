//! What starts workflows: a list that is read again and again, or webhooks of the vendor's app.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::connector::Checked;
use crate::field::Field;
use crate::request::RequestSpec;
use crate::template::Template;

/// Something that happens in the other system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The name of its file.
    pub id: String,
    pub label: String,
    pub description: String,
    #[serde(default)]
    pub fields: Vec<Field>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auth: Vec<String>,
    /// One of `poll` and `webhook`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<AppWebhook>,
    /// An example event, made up.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub sample: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// As of operations. Events of a trigger made for an older one come as they are now.
    #[serde(default = "first_version")]
    pub version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
}

fn first_version() -> u32 {
    1
}

/// A list that is read again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// Templates see `input` and `cursor` (missing at first).
    pub request: RequestSpec,
    /// Expression over `body`, where the request has no paging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// Code that makes the items out of that list: `sheet_rows`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_items: Option<String>,
    pub order: Order,
    /// Expression over `item`: what the next poll begins at. Absent: every poll reads from the start of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Expression over `item`: `item.id` for new ones, `item.id ~ item.updated_at` for changed ones.
    pub dedupe: String,
    /// Expression over `item` and `cursor`, as this look asked for it; others make no event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_if: Option<String>,
    /// Template over `item` and `fetched`: the event. Absent: what was fetched, or the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Template>,
    /// A request for each new item: lists often name only ids. Templates see `item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<RequestSpec>,
    /// Code that makes the event, as of outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<String>,
    /// Read again what is at most so much older than the cursor, in seconds: clocks and indexes lag.
    #[serde(default)]
    pub overlap_s: u64,
    /// Events of one poll, at most; the rest is carried over.
    #[serde(default = "Poll::most")]
    pub most: u32,
    /// Shortest pause between two polls, in seconds.
    #[serde(default = "Poll::every_s")]
    pub every_s: u64,
    /// Expression over `status` and `body`: the cursor is no longer known. Then it begins anew without firing again, and says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired: Option<String>,
}

impl Poll {
    fn most() -> u32 {
        100
    }

    fn every_s() -> u64 {
        60
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    OldestFirst,
    NewestFirst,
    /// The whole list is compared.
    None,
}

/// Webhooks of the vendor, for one trigger or for a registered app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppWebhook {
    pub endpoint: Endpoint,
    /// Creates it at the vendor. Templates see `input`, `url`, `secret` (where it is ours), and `state` in later calls. Absent: a person
    /// does it, as `steps` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<RequestSpec>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew: Option<RequestSpec>,
    /// How long before the end it is renewed, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_before_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<RequestSpec>,
    /// What is kept of the answers: from names to expressions over `body`. `id`, `secret`, `expires_at`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub state: BTreeMap<String, String>,
    /// What a person does at the vendor, where nothing is created for them; `{url}` is shown in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    pub secret: SecretFrom,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handshake: Vec<Handshake>,
    /// Expression over `body`: the list of events in one delivery. Absent: the body is one event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// For an app's endpoint: expressions over `body`, `headers` and `event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Expression over `event`, `headers` and `input`; others make no event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_if: Option<String>,
    /// The delivery names only ids: this fetches the rest. Templates see `event` and `connection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thin: Option<RequestSpec>,
    /// Expression over `event` and `headers`.
    pub dedupe: String,
    /// Template over `event`, `headers` and `fetched`: what the workflow sees. Absent: the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Template>,
    #[serde(default)]
    pub ack: Ack,
}

impl AppWebhook {
    /// One for each account: another call takes its place, and taking it away names none (Telegram).
    pub fn is_only_one(&self) -> bool {
        let Some(unsubscribe) = self.unsubscribe.as_ref().filter(|_| self.is_made()) else { return false };
        let text = serde_json::to_string(unsubscribe).unwrap_or_default();
        !text.contains("state.") && !text.contains("{url")
    }

    /// Made by a call, with an address and mostly a secret of its own.
    pub fn is_made(&self) -> bool {
        self.subscribe.is_some() && self.endpoint == Endpoint::Trigger
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// One address for each trigger.
    Trigger,
    /// One address for the app registered at the vendor; deliveries are routed.
    App,
}

/// Who holds the secret of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretFrom {
    /// We make it up and tell the vendor.
    Ours,
    /// The answer to `subscribe` (`state.secret`).
    Answer,
    /// The first request of the vendor.
    Handshake,
    /// A person copies it from the vendor.
    Person,
    /// The registered app's.
    App,
    /// There is none: the address alone proves it.
    None,
}

/// How a signature is made and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub header: String,
    pub algorithm: Algorithm,
    pub encoding: Encoding,
    /// Before the signature in the header: `sha256=`, `v0=`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The header is a list of `name=value`; the signatures have this name (Stripe: `v1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
    /// What is signed, in order.
    pub parts: Vec<Part>,
    /// How the secret becomes the key.
    #[serde(default)]
    pub key: KeyEncoding,
    /// Cut off the secret before it becomes the key: `whsec_`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key_prefix: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    HmacSha256,
    HmacSha1,
    HmacSha512,
    /// No signature: the header is the secret itself.
    Equal,
    Ed25519,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Hex,
    Base64,
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEncoding {
    #[default]
    Text,
    Base64,
    Hex,
}

/// A part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The raw bytes.
    Body,
    /// As the timestamp was written.
    Timestamp,
    /// The public address that was called, query included.
    Url,
    Method,
    Text(String),
    Header(String),
    /// Names and values of a form, sorted by name, one after the other (Twilio).
    SortedForm,
    /// Hexadecimal SHA-256 of the body.
    BodySha256,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timestamp {
    /// Its header. With `pair` it may be the signature's own.
    pub header: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
    /// Older deliveries are refused, in seconds.
    pub tolerance_s: u64,
    /// The time is in milliseconds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ms: bool,
}

/// A question of the vendor before the first event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Handshake {
    /// GET with a parameter whose value is the answer; another may have to equal the secret (Meta's `hub.verify_token`).
    GetEcho {
        parameter: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret_parameter: Option<String>,
    },
    /// POST with JSON; `when` is an expression over `body`, and the answer is the template.
    PostEcho { when: String, answer: String },
    /// Any POST with this header: the same header is answered (Asana).
    HeaderEcho { header: String },
    /// HEAD is answered with 200.
    Head,
    /// The answer holds an HMAC of a token: templates see `token` and `hmac`.
    HmacAnswer { token: String, answer: BTreeMap<String, String> },
}

/// Where an app's delivery goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Expression: equal to the connection's identity.
    pub account: String,
    /// Expression: the type of the event.
    pub event: String,
    /// The types this trigger takes.
    pub is: Vec<String>,
}

/// The answer to a delivery that was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    #[serde(default = "Ack::status")]
    pub status: u16,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

impl Ack {
    fn status() -> u16 {
        200
    }
}

impl Default for Ack {
    fn default() -> Self {
        Self { status: Self::status(), body: String::new(), content_type: None }
    }
}

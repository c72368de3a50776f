use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::{AfterConnect, AuthMethod};
use crate::field::Field;
use crate::idempotency::Idempotency;
use crate::outcome::{OutcomeRule, RateLimit};
use crate::request::RequestSpec;
use crate::template::Template;
use crate::trigger::Trigger;

/// Another system, and what can be done with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// The name of its folder: `a-z`, `0-9`, `_`.
    pub id: String,
    pub name: String,
    /// Rises when steps made for an older one would behave differently.
    pub version: u32,
    pub description: String,
    /// `communication`, `crm`, `payments` ...
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The vendor's documentation of its API.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What paths stand below: `https://{connection.shop}.myshopify.com/admin`. Empty: rendered in code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base_url: String,
    /// Hosts that may be called and may see credentials: `api.example.com`, `*.example.com`, `{connection.host}`. Checked after
    /// templates are filled in, and for every next page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The version of the vendor's API, and when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<ApiVersion>,
    /// Ways to prove who is calling; none where no connection is needed.
    #[serde(default)]
    pub auth: Vec<AuthMethod>,
    /// Calls right after connecting that find further values of the connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after_connect: Vec<AfterConnect>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// On every request; texts with `{connection.<key>}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<RateLimit>,
    /// Where an answer's body says what is wrong: expressions over `body`, the first that gives text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message: Vec<String>,
    /// What answers mean, before what HTTP says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcome: Vec<OutcomeRule>,
    /// Reads that fill menus and forms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub loads: BTreeMap<String, Load>,
    pub operations: Vec<Operation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Ids of operations, in the order menus show them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}

impl Connector {
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    pub fn trigger(&self, id: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.id == id)
    }

    /// Whether a person can use it by typing something in, or without a connection at all.
    pub fn is_typed(&self) -> bool {
        self.auth.is_empty() || self.auth.iter().any(AuthMethod::is_typed)
    }

    /// The code that carries out its operations and checks its connections, where it is no HTTP.
    pub fn native(&self) -> Option<Native> {
        self.auth.iter().find_map(|method| method.native)
    }

    pub fn auth_method(&self, id: &str) -> Option<&AuthMethod> {
        self.auth.iter().find(|method| method.id == id)
    }

    /// Whether its requests are data. The HTTP connector's are rendered in code.
    pub fn is_data(&self) -> bool {
        !self.base_url.is_empty()
    }
}

/// A version of a vendor's API. It is sent by a header or stands in a path; this says until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiVersion {
    pub value: String,
    /// `2027-03-31`, where the vendor has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
}

/// Something a connection may be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// As the vendor spells it.
    pub id: String,
    /// In a person's words: "Post messages in channels the app is in".
    pub why: String,
    /// The parameter it is asked for with, see [`crate::OAuth2::scope_params`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// A read that fills menus and forms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    pub request: RequestSpec,
    /// Expression over `body`: the list. Absent: the paging's items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// One thing that can be done with a connector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The name of its file.
    pub id: String,
    pub label: String,
    pub description: String,
    pub effect: Effect,
    pub idempotency: Idempotency,
    #[serde(default)]
    pub connection: NeedsConnection,
    /// For one attempt, in milliseconds, where the step does not say otherwise.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// The step's form, in order.
    pub fields: Vec<Field>,
    /// What the vendor must have granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Ids of the auth methods it works with; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auth: Vec<String>,
    /// The field that names who receives it: a test can send it to oneself instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Code that carries it out, where it is no HTTP; then there are no requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    /// Carried out in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<RequestSpec>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// The version of the connector in which it came, or since which it is not what it was: a step made for an older one is refused until
    /// a person has taken over the new one.
    #[serde(default = "first_version")]
    pub version: u32,
    /// What to use instead, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
}

fn default_timeout_ms() -> u64 {
    30_000
}

fn first_version() -> u32 {
    1
}

impl Operation {
    /// Whether a step made for this version of the connector would behave differently now.
    pub fn has_changed_since(&self, version: u32) -> bool {
        version < self.version
    }

    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

/// What a step gives.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Template over `body`, `headers`, `status`, `answers`, `input` and, with paging, `items`. Absent: the body of the last request, or
    /// `{items, more}` with paging, where `more` says that there was more than was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Template>,
    /// Code that makes the output of it: `gmail_message`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<String>,
    /// An example, made up.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub sample: Value,
    /// JSON schema, where the sample does not say enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
}

/// Where it was looked up that this is how the vendor's API works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    pub by: CheckedBy,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckedBy {
    /// A machine-readable description: OpenAPI, discovery document.
    Description,
    /// The vendor's documentation.
    Documentation,
    Unchecked,
}

/// What an operation does to the world: decides how carefully a test of it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Read,
    Write,
    Message,
    Money,
    Delete,
}

/// Code that does what no requests as data can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Native {
    /// Mail to a server that the connection names: the fields of an operation are those of `email.send`, those of a way to sign in
    /// `host`, `port`, `security`, `username`, `password` and `from`.
    Smtp,
}

/// Whether a step must name a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedsConnection {
    #[default]
    Required,
    Optional,
    /// It has no use for one.
    Never,
}

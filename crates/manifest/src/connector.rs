use serde::{Deserialize, Serialize};

use crate::field::Field;

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
    /// Ways to prove who is calling; none where no connection is needed.
    #[serde(default)]
    pub auth: Vec<AuthMethod>,
    pub operations: Vec<Operation>,
    /// Ids of operations, in the order menus show them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}

impl Connector {
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    pub fn auth_method(&self, id: &str) -> Option<&AuthMethod> {
        self.auth.iter().find(|method| method.id == id)
    }
}

/// One way to prove who is calling, with the fields a person fills in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthMethod {
    pub id: String,
    pub label: String,
    #[serde(default)]
    pub help: String,
    pub fields: Vec<Field>,
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
}

fn default_timeout_ms() -> u64 {
    30_000
}

impl Operation {
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }
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

/// Whether a call whose outcome is unknown may be sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    pub class: IdempotencyClass,
    /// A switch of the form with which the maker says "may be sent twice" or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_field: Option<String>,
    /// The header that carries the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_header: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdempotencyClass {
    Safe,
    Lookup,
    Unsafe,
    /// As HTTP says of the request's method: POST and PATCH are unsafe, the others safe.
    ByMethod,
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

//! Whether a call may be sent twice, and what makes that harmless.

use serde::{Deserialize, Serialize};

use crate::request::RequestSpec;
use crate::template::Template;

/// Whether a call whose outcome is unknown may be sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    pub class: IdempotencyClass,
    /// A switch of the form with which the maker says "may be sent twice" or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_field: Option<String>,
    /// The header that carries the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_header: Option<String>,
    /// Where the call's key goes, for requests that are data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyPlace>,
    /// The form's fields that make a repeat harmless by themselves: an upsert by e-mail, an id the caller chooses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub natural_key: Vec<String>,
    /// Asks the other side whether it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Lookup>,
}

/// How the other side takes the key of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPlace {
    #[serde(rename = "in")]
    pub place: KeyIn,
    /// The name there; in a JSON body a path.
    pub name: String,
    #[serde(default)]
    pub format: KeyFormat,
    /// Longest key in characters; a longer one is cut.
    #[serde(default = "KeyPlace::longest")]
    pub longest: usize,
    /// How long the other side remembers a key, in seconds. After that the call counts as `lookup`, else `unsafe`. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u64>,
    #[serde(default)]
    pub scope: KeyScope,
    /// What the other side does with the same key after it answered 5xx.
    #[serde(default)]
    pub kept_error: KeptError,
}

impl KeyPlace {
    fn longest() -> usize {
        255
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyIn {
    Header,
    Query,
    Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFormat {
    #[default]
    Text,
    /// `xxxxxxxx-xxxx-8xxx-xxxx-xxxxxxxxxxxx`, made of the key (RFC 9562, version 8).
    Uuid,
    /// SHA-256 of the key in lower-case hexadecimal digits.
    Hex,
}

/// Within what a key must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    #[default]
    Account,
    /// The same key may be used for another path.
    Endpoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptError {
    /// It tries again: the same key is right.
    #[default]
    Retried,
    /// It answers the same error for ever: ask first, then use a new key.
    Replayed,
}

/// Asks the other side whether a call happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Templates see `input` and `key`.
    pub request: RequestSpec,
    /// Expression over `body` and `input`: it happened.
    pub found: String,
    /// Template over `body`: the output it would have had.
    pub value: Template,
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

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the step's `input` or the connection's values.
    pub key: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub placeholder: String,
    #[serde(flatten)]
    pub kind: FieldKind,
    /// Must have a value when the step runs. Only for fields that are always shown and have no default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Used where the step says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Folded away at first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub advanced: bool,
    /// May hold a reference to a secret (`secrets.NAME`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret_ok: bool,
    /// Is a secret itself: sealed at rest, never shown again. Only in connections.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Shown only while another field has one of these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_when: Option<ShownWhen>,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    LongText,
    Number {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
    },
    Switch,
    Choice {
        options: Vec<Choice>,
    },
    /// Names with values: an object.
    KeyValue {
        /// Names to offer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggest: Vec<String>,
    },
    /// Any JSON value.
    Json,
    /// The body of a request: JSON, form entries or text, as the form's `body_kind` says. Needed whenever it is shown.
    Body,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownWhen {
    pub field: String,
    pub is: Vec<String>,
}

//! Requests and answers as the journal keeps them. A stored format: only add fields, with defaults.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Of a longer answer only this much is recorded, in bytes.
pub const RECORD_BODY_BYTES: usize = 64 * 1024;

/// The exact request of an attempt, without its credentials. What is sent again after a crash is this, never a re-rendered one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    pub method: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "BodyRecord::is_none")]
    pub body: BodyRecord,
    /// The header that carries the call's key, where the receiver honours one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_header: Option<String>,
    /// Largest answer, in bytes after decompression.
    pub max_response_bytes: u64,
    /// With 0 a redirect is an answer like any other.
    pub max_redirects: u8,
    #[serde(default)]
    pub answer: Answer,
    /// Answered by a simulated account: nothing leaves this machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// For operations that are data. The address and the headers then hold `{connection.<key>}` where the connection's values go,
    /// which are put in when the request is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Box<Origin>>,
}

/// Which request of which operation this is, and what the others are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub connector: String,
    pub operation: String,
    /// Which of the operation's requests.
    #[serde(default)]
    pub request: usize,
    /// The step's input with its defaults, where later requests, pages or the output need it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input: Value,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyRecord {
    #[default]
    None,
    Text(String),
    /// Bytes that are no text.
    Base64(String),
}

impl BodyRecord {
    fn is_none(&self) -> bool {
        matches!(self, BodyRecord::None)
    }
}

/// How an answer's body becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// As its content type says.
    #[default]
    Auto,
    Json,
    Text,
    /// `{name, media_type, bytes, base64}`
    Binary,
}

/// What came back, as shown beside an attempt. Cookies and the connection's credentials are masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseRecord {
    pub status: u16,
    /// Left out where the step's output holds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The beginning of the body, as text. Absent where the step's output holds it, or where it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether `body` was cut after [`RECORD_BODY_BYTES`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Length of the whole body in bytes, after decompression.
    pub bytes: u64,
    pub duration_ms: u64,
}

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of every answer that is no success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorDetail {
    /// Stable name, e.g. `not_found`, `definition.invalid`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// More for a program: the problems of a definition, the path of a malformed field.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

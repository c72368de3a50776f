use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Values whose JSON is longer than this, in bytes, are kept in a row of their own.
pub const INLINE_BYTES: usize = 8 * 1024;

/// A value in the journal: in place, or named by the hash of its own row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    #[serde(rename = "v")]
    Inline(Arc<Value>),
    /// A payload row owned by the run. `hash`: SHA-256 of the JSON, in hex. `bytes`: its length.
    #[serde(rename = "ref")]
    Stored { hash: String, bytes: u64 },
}

impl Datum {
    pub fn new(value: Value) -> Self {
        Datum::Inline(Arc::new(value))
    }

    /// The value, where it stands in place.
    pub fn inline(&self) -> Option<&Arc<Value>> {
        match self {
            Datum::Inline(value) => Some(value),
            Datum::Stored { .. } => None,
        }
    }
}

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        Datum::new(value)
    }
}

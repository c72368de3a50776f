use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Answers the sender of the event, when its trigger waits for the run. The first answer counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Respond {
    /// HTTP status, 200 to 599.
    pub status: u16,
    pub body: Mapped,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Mapped>,
}

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Mapped, ids::ConnectionId};

/// A call to another system: one operation of a connector. Output: what the operation's manifest says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// `http`
    pub connector: String,
    /// The connector's version this step was made for.
    pub version: u32,
    /// `request`
    pub operation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// By the key of the operation's field.
    #[serde(default)]
    pub input: BTreeMap<String, Mapped>,
}

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Reshapes a value by a list of operations, each fed with what the one before gave. Output: `{value}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transform {
    pub input: Mapped,
    pub operations: Vec<TransformOp>,
}

/// One operation, by its name in the table of the engine, and its arguments by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TransformOp {
    pub op: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Mapped>,
}

use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Maps a value by a table. Output: `{value, matched}`; without a match and without `otherwise`, the step fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    pub value: Mapped,
    /// The first row that matches counts.
    pub rows: Vec<LookupRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Mapped>,
    /// Without regard to upper and lower case, and to space around.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loose: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LookupRow {
    /// Compared as text.
    pub from: String,
    pub to: Mapped,
}

impl Lookup {
    pub const MAX_ROWS: usize = 2_000;
}

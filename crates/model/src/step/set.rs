use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Names values. Output: an object of the fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Set {
    pub fields: Vec<SetField>,
}

/// One named value, in the order the maker gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetField {
    pub name: String,
    pub value: Mapped,
    /// A missing value fails the step instead of being left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

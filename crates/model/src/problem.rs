use serde::{Deserialize, Serialize};

use crate::ids::{StepId, TriggerId};

/// Something about a definition that a person should mend or know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// Stable name, e.g. `definition.unknown_step`.
    pub code: String,
    pub severity: Severity,
    pub place: Place,
    /// One sentence: what is wrong and how to mend it.
    pub message: String,
    /// A likely correction, where there is one ("email").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// Whether a problem stops publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Warning,
    /// Cannot be published.
    Error,
    /// Cannot even be saved: the definition contradicts itself.
    Broken,
}

/// Where in a definition a problem stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<TriggerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// Dotted path of the field within the trigger or step: `input.url`, `condition.all.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

use serde::{Deserialize, Serialize};

use crate::ids::StepId;

/// Steps that belong together. With an error body it catches: when a step inside fails and is not to go on by its own policy, the rest
/// is skipped and the error body runs, which sees `error`: `{step, class, code, message}`. Output: that of the last step that ran in
/// the body, or in the error body where that ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Section {
    #[serde(default)]
    pub body: Vec<StepId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_body: Option<Vec<StepId>>,
}

use serde::{Deserialize, Serialize};

use crate::Condition;

/// Goes on only if the condition holds; otherwise ends its own body: the arm, or at top level the run, as filtered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub condition: Condition,
}

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Mapped, ids::WorkflowId};

/// Starts another workflow through its workflow trigger, as a run of its own.
///
/// Output: `{run}` and, where it waits, `{output}`: what the other workflow returns. When that run fails, the step fails with its error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SubWorkflow {
    pub workflow: WorkflowId,
    /// By the field keys of its workflow trigger.
    #[serde(default)]
    pub input: BTreeMap<String, Mapped>,
    /// Whether the step goes on only when the other run has ended.
    #[serde(default = "yes")]
    pub wait: bool,
}

impl SubWorkflow {
    /// Runs within runs, the first included.
    pub const MAX_DEPTH: u32 = 10;
}

fn yes() -> bool {
    true
}

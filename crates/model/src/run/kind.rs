use serde::{Deserialize, Serialize};

use crate::ids::{RunId, StepId, StepPath};

/// Why a run exists. All but tests count in dashboards, alerts, duplicate memory and cursors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    #[default]
    Live,
    /// A test of a draft. `only`: just that step, fed with the given outputs of earlier ones.
    Test { only: Option<StepId> },
    /// A past event gone through again, from a step on where one is named.
    Replay { of: RunId, from: Option<StepId> },
    /// Started by a step of another run. `depth`: runs above it.
    Child { parent: RunId, path: StepPath, waits: bool, depth: u32 },
    /// Goes on after a collect step with what was gathered.
    Collected { step: StepId },
}

impl RunKind {
    /// The name kept in the run's row.
    pub fn name(&self) -> &'static str {
        match self {
            RunKind::Live => "live",
            RunKind::Test { .. } => "test",
            RunKind::Replay { .. } => "replay",
            RunKind::Child { .. } => "child",
            RunKind::Collected { .. } => "collected",
        }
    }
}

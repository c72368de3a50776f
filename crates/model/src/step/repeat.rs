use serde::{Deserialize, Serialize};

use crate::{Condition, ids::StepId};

/// Carries its body out until a condition holds, at least once and at most `max` times. The body sees `loop`: `index`, from 0.
/// Output: `{rounds, met, output}`; `output` is that of the last round's last step, `met` false where the rounds ran out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RepeatUntil {
    #[serde(default)]
    pub body: Vec<StepId>,
    /// Asked after each round; sees the round's steps.
    pub until: Condition,
    /// 1 to 10,000.
    pub max: u32,
    /// Between two rounds, in milliseconds.
    #[serde(default)]
    pub pause_ms: u64,
}

impl RepeatUntil {
    pub const MAX_ROUNDS: u32 = 10_000;
}

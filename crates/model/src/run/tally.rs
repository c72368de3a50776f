use serde::{Deserialize, Serialize};

use super::{StepState, StepStatus};
use crate::ids::StepPath;

/// How one step ended in the iterations that are over: all that is kept of it there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Tally {
    #[serde(skip_serializing_if = "is_zero")]
    pub succeeded: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub failed: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub skipped: u32,
    /// Attempts after the first.
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// Where it failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<StepPath>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Tally {
    /// Takes in a step that leaves the state; one that came to no end of its own counts as left out.
    pub(super) fn add(&mut self, path: &StepPath, step: &StepState) {
        match step.status {
            StepStatus::Succeeded => self.succeeded += 1,
            StepStatus::Failed => {
                self.failed += 1;
                self.failed_at = Some(path.clone());
            }
            _ => self.skipped += 1,
        }
        self.retries += step.counted().2;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::run::{RunEvent, RunState};

    #[test]
    fn steps_of_iterations_that_are_over_are_counted() {
        let failed = |index: u32| {
            let error = json!({ "class": "rejected", "code": "http.status", "message": "no" });
            json!({ "step_failed": { "path": format!("each[{index}].send"), "error": error, "continued": false } })
        };
        let state = fold(&[json!({ "loop_started": { "path": "each", "count": 3 } }), failed(0), over(0), failed(2), over(2)]);
        let tally = &state.past[&"send".into()];
        assert_eq!((tally.failed, tally.succeeded, tally.failed_at.as_ref()), (2, 0, Some(&"each[2].send".into())));
        assert!(!state.steps.contains_key(&"each[2].send".into()) && !state.past.contains_key(&"each".into()));
    }

    fn over(index: u32) -> serde_json::Value {
        json!({ "iterations_finished": { "path": "each", "from": index, "to": index + 1, "outputs": ["nothing"] } })
    }

    fn fold(kinds: &[serde_json::Value]) -> RunState {
        let event = |kind: &serde_json::Value| {
            serde_json::from_value::<RunEvent>(json!({ "at": 1, "kind": kind })).unwrap_or_else(|error| panic!("{error}: {kind}"))
        };
        RunState::fold(&kinds.iter().map(event).collect::<Vec<_>>())
    }
}

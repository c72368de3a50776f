use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Empty, endpoint::*};
use crate::{
    Timestamp,
    ids::{SampleId, StepId, TriggerId, WorkflowId},
};

endpoints! {
    ListSamples: Get "/workflows/{id}/samples" VIEWER, "Captured events and outputs of tested steps, newest first", (WorkflowId,), Empty, Empty => Samples;
    AddSample: Post "/workflows/{id}/samples" MAKER, "Keep an event written or edited by hand as a sample", (WorkflowId,), Empty, NewSample => TriggerSample;
    DeleteSample: Delete "/workflows/{id}/samples/{sample}" MAKER, "Forget a sample", (WorkflowId, SampleId), Empty, Empty => Empty;
    PinOutput: Put "/workflows/{id}/pins/{step}" MAKER, "Let tests take this output instead of running the step", (WorkflowId, StepId), Empty, NewPin => Pin;
    UnpinOutput: Delete "/workflows/{id}/pins/{step}" MAKER, "Let tests run the step again", (WorkflowId, StepId), Empty, Empty => Empty;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Samples {
    /// At most 20 per trigger.
    pub triggers: Vec<TriggerSample>,
    /// The last one per step.
    pub steps: Vec<StepSample>,
    /// At most one per step.
    pub pins: Vec<Pin>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriggerSample {
    pub id: SampleId,
    pub trigger: TriggerId,
    /// `captured` (sent to the test URL), `live`, `edited`, or `polled` (found when the trigger was tried).
    pub origin: String,
    pub at: Timestamp,
    pub event: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepSample {
    pub id: SampleId,
    pub step: StepId,
    pub at: Timestamp,
    pub output: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSample {
    pub trigger: TriggerId,
    pub event: Value,
}

/// An output that tests take instead of running the step. Runs of live versions know nothing of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pin {
    pub step: StepId,
    pub at: Timestamp,
    pub output: Value,
    /// As it was given; the pin is stale once the step is set up otherwise.
    pub setup: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPin {
    pub output: Value,
    /// What tells one setup of the step from another, such as a hash: at most 100 bytes.
    pub setup: String,
}

impl NewPin {
    /// Bytes of `setup`.
    pub const LONGEST_SETUP: usize = 100;
}

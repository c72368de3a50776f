use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Datum, StepError};

/// What may be done when nobody knows whether a call was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// May be sent again with the same key: reads, PUT, or the receiver honours an idempotency key.
    Safe,
    /// The receiver can be asked whether it happened.
    Lookup,
    /// Must not be sent again without a person's word.
    Unsafe,
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum CallOutcome {
    /// `response`: the raw answer, where the output does not show it already.
    Succeeded { output: Value, response: Option<Datum> },
    /// `indeterminate`: the call may have been carried out all the same. `retry_after_ms`: the other side asked for it.
    Failed { error: StepError, indeterminate: bool, retry_after_ms: Option<u64> },
}

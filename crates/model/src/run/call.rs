use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Datum, StepError};
use crate::Timestamp;

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

/// How long a call's key keeps a second send of it harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyLimits {
    /// The receiver forgets it so many seconds after the first send; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u64>,
    /// A 5xx the receiver once answered is what it answers to this key from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replays_errors: bool,
    /// Where the key protects no longer, the receiver can be asked whether the call happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lookup: bool,
}

impl KeyLimits {
    /// Whether there is anything to keep to.
    pub fn is_limited(&self) -> bool {
        self.ttl_s.is_some() || self.replays_errors
    }
}

/// What the other side said when it was asked whether a call happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LookupAnswer {
    Happened,
    DidNot,
    /// It could not say, or could not be asked. `retry_at`: when it is asked again; absent: it is not.
    Failed {
        error: StepError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
    },
}

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum CallOutcome {
    /// `response`: the raw answer, where the output does not show it already.
    Succeeded { output: Value, response: Option<Datum> },
    /// `indeterminate`: the call may have been carried out all the same. `retry_after_ms`: the other side asked for it.
    Failed { error: StepError, indeterminate: bool, retry_after_ms: Option<u64> },
}

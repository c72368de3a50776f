use serde::{Deserialize, Serialize};

/// What happens when a step does not succeed at once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub retry: Retry,
    /// For one attempt, in milliseconds; absent: the operation's own, 30 s where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    pub on_error: OnError,
    pub on_unknown: OnUnknown,
}

impl Policy {
    pub fn is_default(&self) -> bool {
        self == &Policy::default()
    }
}

/// Retries of an attempt that surely did not happen, or that may be repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Attempts in all, the first included: 1 to 20.
    pub max_attempts: u32,
    /// Before the second attempt, in milliseconds; doubles each time, with up to 25 % of jitter derived from the call's key.
    pub first_delay_ms: u64,
    /// No wait is longer, in milliseconds, unless the other side asked for it (`Retry-After`).
    pub max_delay_ms: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Retry { max_attempts: 4, first_delay_ms: 1_000, max_delay_ms: 300_000 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The run fails.
    #[default]
    Stop,
    /// The step counts as failed and the run goes on; its output is `{error: {class, message}}`.
    Continue,
}

/// What happens when nobody can say whether a call that may not be repeated was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// The run waits until a person has said.
    #[default]
    Ask,
    /// It is sent again, and may then have happened twice.
    Retry,
    /// The step fails.
    Fail,
}

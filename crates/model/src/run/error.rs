use serde::{Deserialize, Serialize};

use super::Datum;
use crate::ids::StepPath;

/// What kind of failure it is, and so what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// May succeed later: retried by policy.
    Transient,
    /// The other side asked to wait: retried when it said.
    RateLimited,
    /// The credentials are not accepted: the connection needs its owner.
    Auth,
    /// The credentials are fine but may not do this.
    Permission,
    /// The other side understood and said no: never retried.
    Rejected,
    /// Cannot succeed as it is: never retried.
    Permanent,
    /// No answer in time.
    TimedOut,
    /// The data does not fit: a required field is missing, an expression fails.
    Input,
    /// Patchbay itself could not go on.
    System,
}

impl ErrorClass {
    pub const ALL: [ErrorClass; 9] = [
        ErrorClass::Transient,
        ErrorClass::RateLimited,
        ErrorClass::Auth,
        ErrorClass::Permission,
        ErrorClass::Rejected,
        ErrorClass::Permanent,
        ErrorClass::TimedOut,
        ErrorClass::Input,
        ErrorClass::System,
    ];

    /// The name kept in the run's row.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorClass::Transient => "transient",
            ErrorClass::RateLimited => "rate_limited",
            ErrorClass::Auth => "auth",
            ErrorClass::Permission => "permission",
            ErrorClass::Rejected => "rejected",
            ErrorClass::Permanent => "permanent",
            ErrorClass::TimedOut => "timed_out",
            ErrorClass::Input => "input",
            ErrorClass::System => "system",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        ErrorClass::ALL.into_iter().find(|class| class.as_str() == text)
    }

    /// Whether trying again without any change may help.
    pub fn retryable(self) -> bool {
        matches!(self, ErrorClass::Transient | ErrorClass::RateLimited | ErrorClass::TimedOut)
    }
}

/// Why a step or one of its attempts failed, in words a person can act on. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepError {
    pub class: ErrorClass,
    /// Stable name: `http.status`, `expr.missing`, `egress.refused` ...
    pub code: String,
    pub message: String,
    /// HTTP status of the answer, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The step inside this one at which it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<StepPath>,
    /// The field of the step the failure is about: `input.url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// What the other side answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Datum>,
}

impl StepError {
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        StepError {
            class,
            code: code.into(),
            message: message.into(),
            status: None,
            at: None,
            field: None,
            suggestion: None,
            response: None,
        }
    }
}

/// Why a run failed: the error of the step it failed at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunError {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<StepPath>,
    pub class: ErrorClass,
    pub code: String,
    pub message: String,
}

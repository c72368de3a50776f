use egress::{Failure, FailureKind};
use model::run::{Datum, ErrorClass, StepError};

/// Why a call did not succeed, in words a person can act on. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    pub class: ErrorClass,
    /// Stable name: `http.status`, `egress.refused` ...
    pub code: String,
    pub message: String,
    /// The field of the step it is about: `input.url`.
    pub field: Option<String>,
    /// The call may have been carried out all the same.
    pub indeterminate: bool,
    /// HTTP status of the answer, where there was one.
    pub status: Option<u16>,
    /// How long the other side asked to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The host whose certificate was refused, with its port unless that is 443.
    pub untrusted: Option<String>,
}

impl CallError {
    /// An error that surely kept the call from happening, or came with a definite answer.
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
            message: message.into(),
            field: None,
            indeterminate: false,
            status: None,
            retry_after_ms: None,
            untrusted: None,
        }
    }

    /// The data of one field does not fit.
    pub(crate) fn input(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self { field: Some(format!("input.{field}")), ..Self::new(ErrorClass::Input, code, message) }
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    /// The error as the journal keeps it, with what the other side answered.
    pub fn into_step_error(self, response: Option<Datum>) -> StepError {
        StepError { status: self.status, field: self.field, response, ..StepError::new(self.class, self.code, self.message) }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        let class = match failure.kind {
            FailureKind::InvalidUrl => ErrorClass::Input,
            FailureKind::Refused | FailureKind::TooLarge | FailureKind::TooManyRedirects => ErrorClass::Permanent,
            FailureKind::Timeout => ErrorClass::TimedOut,
            FailureKind::Dns
            | FailureKind::Connect
            | FailureKind::Tls
            // Behind one name often stand several servers, and the next may have been renewed.
            | FailureKind::Certificate
            | FailureKind::Reset
            | FailureKind::Other => ErrorClass::Transient,
        };
        Self {
            indeterminate: failure.is_indeterminate(),
            status: failure.status,
            untrusted: failure.untrusted,
            ..Self::new(class, failure.kind.code(), failure.message)
        }
    }
}

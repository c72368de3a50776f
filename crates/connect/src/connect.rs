use std::time::Duration;

use egress::Egress;
use model::run::{CallOutcome, Datum, EffectClass, ErrorClass};
use serde_json::Value;

use crate::credential::Credential;
use crate::error::CallError;
use crate::http;
use crate::record::{RequestRecord, ResponseRecord};

/// Calls other systems through the guard. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Connect {
    egress: Egress,
}

/// A call ready to be made, and recorded before it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub request: RequestRecord,
    /// What may be done if nobody knows whether it was carried out.
    pub class: EffectClass,
    /// For one attempt, in milliseconds, where the step's policy does not say otherwise.
    pub timeout_ms: u64,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// The step's output: `{status, headers, body}`.
    pub outcome: Result<Value, CallError>,
    /// What came back, if anything did. After a success its headers and body are left out: the output holds them.
    pub response: Option<ResponseRecord>,
}

impl Connect {
    pub fn new(egress: Egress) -> Self {
        Self { egress }
    }

    /// Renders the request of one operation from the step's evaluated input. Nothing is sent, and equal input gives an equal
    /// request.
    pub fn prepare(&self, connector: &str, operation: &str, input: &Value) -> Result<Prepared, CallError> {
        match (connector, operation) {
            ("http", "request") => http::prepare(input),
            _ => {
                let message = format!("This version of Patchbay does not know the operation \"{operation}\" of \"{connector}\"");
                Err(CallError::new(ErrorClass::Permanent, "connect.unknown_operation", message))
            }
        }
    }

    /// Sends a prepared request. `key` is the call's idempotency key, the same for every attempt of it; `timeout` covers the
    /// whole call.
    pub async fn perform(
        &self,
        request: &RequestRecord,
        key: &str,
        credential: Option<&Credential>,
        timeout: Duration,
    ) -> CallResult {
        Box::pin(http::perform(&self.egress, request, key, credential, timeout)).await
    }
}

impl CallResult {
    pub(crate) fn unsent(error: CallError) -> Self {
        Self { outcome: Err(error), response: None }
    }

    /// The outcome as the engine takes it.
    pub fn into_outcome(self) -> CallOutcome {
        match self.outcome {
            Ok(output) => CallOutcome::Succeeded { output, response: None },
            Err(error) => {
                let response = self.response.and_then(|record| serde_json::to_value(record).ok()).map(Datum::new);
                let (indeterminate, retry_after_ms) = (error.indeterminate, error.retry_after_ms);
                CallOutcome::Failed { error: error.into_step_error(response), indeterminate, retry_after_ms }
            }
        }
    }
}

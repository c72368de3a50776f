//! One call, or the question whether one happened: rendered, recorded, sent.

use std::{sync::Arc, time::Duration};

use connect::{CallError, Credential, RequestRecord};
use engine::{Call, LookupOutcome};
use model::{
    ids::{ConnectionId, SecretId, StepPath},
    run::{CallOutcome, Datum, EffectClass, ErrorClass, KeyLimits, StepError},
};
use store::Lease;

use crate::{credentials::Opened, held::Hold, traces::HEADER, worker::Inner};

/// A call whose intent can be recorded.
pub(crate) struct Ready {
    pub call: Call,
    pub class: EffectClass,
    /// How long its key protects.
    pub limits: KeyLimits,
    /// What the journal records, secrets as references.
    pub recorded: Datum,
    request: RequestRecord,
    credential: Option<Opened>,
}

/// How an attempt of a run ended.
pub(crate) struct Ended {
    pub path: StepPath,
    pub n: u32,
    pub outcome: Outcome,
    /// The connection and the values it was made with.
    pub connection: Option<(ConnectionId, SecretId)>,
    /// The host whose certificate was refused.
    pub untrusted: Option<String>,
}

/// What came of it.
pub(crate) enum Outcome {
    Call(CallOutcome),
    Lookup(LookupOutcome),
}

impl Outcome {
    pub fn error(&self) -> Option<&StepError> {
        match self {
            Outcome::Call(CallOutcome::Failed { error, .. }) | Outcome::Lookup(LookupOutcome::Failed { error, .. }) => {
                Some(error)
            }
            Outcome::Call(CallOutcome::Succeeded { .. }) | Outcome::Lookup(_) => None,
        }
    }
}

impl Inner {
    /// Renders the request, or takes the one an earlier attempt recorded, and opens the credentials.
    pub(crate) async fn ready(
        &self,
        lease: &Lease,
        call: Call,
        resend: Option<Arc<serde_json::Value>>,
        trace: Option<String>,
    ) -> Result<Ready, (Call, StepError)> {
        let rendered = match resend {
            Some(recorded) => serde_json::from_value::<Recorded>((*recorded).clone())
                // What is known of its key was recorded with it.
                .map(|recorded| (recorded.request, recorded.class, KeyLimits::default()))
                .map_err(|_| {
                    StepError::new(
                        ErrorClass::System,
                        "worker.record",
                        "The request that an earlier attempt recorded cannot be read.",
                    )
                }),
            None if call.lookup.is_some() => Err(StepError::new(
                ErrorClass::System,
                "worker.record",
                "The request of the call that is asked about was not recorded.",
            )),
            None => match self.with_files(lease.workspace, lease.run, &call).await {
                Ok(input) => self.rendered(&call, &input, trace).map_err(|error| error.into_step_error(None)),
                Err(error) => Err(error),
            },
        };
        let (request, class, limits) = match rendered {
            Ok(rendered) => rendered,
            Err(error) => return Err((call, error)),
        };
        let credential = match call.connection {
            None => None,
            Some(id) => match self.credential(lease.workspace, id).await {
                Ok(credential) => Some(credential),
                Err(error) => return Err((call, error)),
            },
        };
        let sandbox = credential.as_ref().is_some_and(|opened| opened.credential.sandbox().is_some());
        let recorded = Recorded { request: RequestRecord { sandbox, ..request }, class };
        let datum = Datum::new(serde_json::to_value(&recorded).unwrap_or_default());
        Ok(Ready { call, class, limits, recorded: datum, request: recorded.request, credential })
    }

    fn rendered(
        &self,
        call: &Call,
        input: &serde_json::Value,
        trace: Option<String>,
    ) -> Result<(RequestRecord, EffectClass, KeyLimits), CallError> {
        self.connect.check_version(&call.connector, &call.operation, call.version)?;
        let prepared = self.connect.prepare(&call.connector, &call.operation, input)?;
        let lookup = self.catalog.has_lookup(&call.connector, &call.operation);
        let limits = KeyLimits { ttl_s: prepared.key_ttl_s, replays_errors: prepared.replays_errors, lookup };
        Ok((traced(prepared.request, trace), prepared.class, limits))
    }

    /// Sends. The intent is durable already.
    pub(crate) async fn send(&self, ready: Ready, hold: Arc<Hold>) -> Ended {
        let Ready { call, request, credential, .. } = ready;
        let mut untrusted = None;
        let outcome = if hold.may_send() {
            let values = credential.as_ref().map(|opened| &opened.credential);
            if call.lookup.is_some() {
                Outcome::Lookup(self.look_up(&call, &request, values).await)
            } else {
                let timeout = Duration::from_millis(call.timeout_ms);
                let result = self.connect.perform(&request, &call.key, values, timeout).await;
                store::failpoint::reach("call.after_send");
                if let Some(connection) = call.connection {
                    self.permits.heed(&call, connection, &result).await;
                }
                untrusted = result.outcome.as_ref().err().and_then(|error| error.untrusted.clone());
                Outcome::Call(result.into_outcome())
            }
        } else {
            unsent(&call)
        };
        let connection = call.connection.zip(credential.map(|opened| opened.secret));
        Ended { path: call.path, n: call.n, outcome, connection, untrusted }
    }

    /// Asks whether the call of a recorded request happened.
    async fn look_up(&self, call: &Call, request: &RequestRecord, credential: Option<&Credential>) -> LookupOutcome {
        let timeout = Duration::from_millis(call.timeout_ms);
        match self.connect.lookup(request, &call.key, credential, timeout).await {
            Ok(Some(output)) => LookupOutcome::Happened(output),
            Ok(None) => LookupOutcome::DidNot,
            Err(error) => {
                if let Some(connection) = call.connection {
                    self.permits.heed_error(connection, &error).await;
                }
                let CallError { retry_after_ms, .. } = error;
                LookupOutcome::Failed { error: error.into_step_error(None), retry_after_ms }
            }
        }
    }
}

/// The run may be somebody else's by the time it would arrive.
fn unsent(call: &Call) -> Outcome {
    let message = "The worker was held up for too long and did not send the call.";
    let error = StepError::new(ErrorClass::Transient, "worker.lease", message);
    if call.lookup.is_some() {
        Outcome::Lookup(LookupOutcome::Failed { error, retry_after_ms: None })
    } else {
        Outcome::Call(CallOutcome::Failed { error, indeterminate: false, retry_after_ms: None })
    }
}

/// The request with its trace, unless its maker set one.
fn traced(mut request: RequestRecord, trace: Option<String>) -> RequestRecord {
    if let Some(trace) = trace
        && !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(HEADER))
    {
        request.headers.push((HEADER.to_owned(), trace));
    }
    request
}

/// The intent of a call in the journal: everything needed to send it again.
#[derive(serde::Serialize, serde::Deserialize)]
struct Recorded {
    class: EffectClass,
    #[serde(flatten)]
    request: RequestRecord,
}

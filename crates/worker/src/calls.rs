//! One call: rendered, recorded, sent.

use std::{sync::Arc, time::Duration};

use connect::RequestRecord;
use engine::Call;
use model::{
    ids::{ConnectionId, SecretId, StepPath, WorkspaceId},
    run::{CallOutcome, Datum, EffectClass, ErrorClass, StepError},
};

use crate::{credentials::Opened, held::Hold, traces::HEADER, worker::Inner};

/// A call whose intent can be recorded.
pub(crate) struct Ready {
    pub call: Call,
    pub class: EffectClass,
    /// What the journal records, secrets as references.
    pub recorded: Datum,
    request: RequestRecord,
    credential: Option<Opened>,
}

/// How an attempt of a run ended.
pub(crate) struct Ended {
    pub path: StepPath,
    pub n: u32,
    pub outcome: CallOutcome,
    /// The connection and the values it was made with.
    pub connection: Option<(ConnectionId, SecretId)>,
}

impl Inner {
    /// Renders the request, or takes the one an earlier attempt recorded, and opens the credentials.
    pub(crate) async fn ready(
        &self,
        workspace: WorkspaceId,
        call: Call,
        resend: Option<Arc<serde_json::Value>>,
        trace: Option<String>,
    ) -> Result<Ready, (Call, StepError)> {
        let rendered = match resend {
            Some(recorded) => serde_json::from_value::<Recorded>((*recorded).clone())
                .map(|recorded| (recorded.request, recorded.class))
                .map_err(|_| {
                    StepError::new(
                        ErrorClass::System,
                        "worker.record",
                        "The request that an earlier attempt recorded cannot be read.",
                    )
                }),
            None => self
                .connect
                .prepare(&call.connector, &call.operation, &call.input)
                .map(|prepared| (traced(prepared.request, trace), prepared.class))
                .map_err(|error| error.into_step_error(None)),
        };
        let (request, class) = match rendered {
            Ok(rendered) => rendered,
            Err(error) => return Err((call, error)),
        };
        let credential = match call.connection {
            None => None,
            Some(id) => match self.credential(workspace, id).await {
                Ok(credential) => Some(credential),
                Err(error) => return Err((call, error)),
            },
        };
        let recorded = Recorded { request, class };
        let datum = Datum::new(serde_json::to_value(&recorded).unwrap_or_default());
        Ok(Ready { call, class, recorded: datum, request: recorded.request, credential })
    }

    /// Sends. The intent is durable already.
    pub(crate) async fn send(&self, ready: Ready, hold: Arc<Hold>) -> Ended {
        let Ready { call, request, credential, .. } = ready;
        let outcome = if hold.may_send() {
            let timeout = Duration::from_millis(call.timeout_ms);
            let credential = credential.as_ref().map(|opened| &opened.credential);
            let result = self.connect.perform(&request, &call.key, credential, timeout).await;
            store::failpoint::reach("call.after_send");
            if let Some(connection) = call.connection {
                self.heed(connection, &result).await;
            }
            result.into_outcome()
        } else {
            CallOutcome::Failed {
                error: StepError::new(
                    ErrorClass::Transient,
                    "worker.lease",
                    "The worker was held up for too long and did not send the call.",
                ),
                indeterminate: false,
                retry_after_ms: None,
            }
        };
        let connection = call.connection.zip(credential.map(|opened| opened.secret));
        Ended { path: call.path, n: call.n, outcome, connection }
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

mod connecting;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use egress::Egress;
use manifest::{Connector, Native};
use model::run::{CallOutcome, Datum, EffectClass, ErrorClass};
use serde_json::Value;

use crate::credential::Credential;
use crate::error::CallError;
use crate::file::{KeptFile, Places};
use crate::polling::{Known, Polled, Since};
use crate::record::{RequestRecord, ResponseRecord};
use crate::sandbox::{Sandbox, Switch};
use crate::smtp::{Mail, Sent};
use crate::transport::Transport;
use crate::{data, http, smtp};

pub use connecting::{Choose, Exchanged, FoundOut};

/// Calls other systems. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Connect {
    pub(crate) transport: Arc<dyn Transport>,
    /// Nothing: those that come with Patchbay.
    connectors: Option<Arc<Vec<Connector>>>,
    sandbox: Option<Arc<dyn Sandbox>>,
}

/// A call ready to be made, and recorded before it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub request: RequestRecord,
    /// What may be done if nobody knows whether it was carried out.
    pub class: EffectClass,
    /// For one attempt, in milliseconds, where the step's policy does not say otherwise.
    pub timeout_ms: u64,
    /// How long the receiver remembers the call's key, in seconds; a safe call that is older is safe no longer. Nothing: for ever, or
    /// it has no key.
    pub key_ttl_s: Option<u64>,
    /// The receiver answers a kept 5xx to the same key again: after one, a safe call is safe no longer.
    pub replays_errors: bool,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// The step's output: `{status, headers, body}` of the HTTP connector, else what the operation's manifest says.
    pub outcome: Result<Value, CallError>,
    /// What came back, if anything did. After a success its headers and body are left out: the output holds them.
    pub response: Option<ResponseRecord>,
}

impl Connect {
    /// Calls through the guard, with the connectors that come with Patchbay.
    pub fn new(egress: Egress) -> Self {
        Self { transport: Arc::new(egress), connectors: None, sandbox: None }
    }

    /// The same with connectors read at run time.
    pub fn with_connectors(self, connectors: Arc<Vec<Connector>>) -> Self {
        Self { connectors: Some(connectors), ..self }
    }

    /// The same through something else than the guard.
    pub fn with_transport(self, transport: Arc<dyn Transport>) -> Self {
        Self { transport, ..self }
    }

    /// The same with simulated accounts for sandbox connections. Without, their calls are refused.
    pub fn with_sandbox(self, sandbox: Arc<dyn Sandbox>) -> Self {
        let transport = Arc::new(Switch { real: self.transport, sandbox: Arc::clone(&sandbox) });
        Self { transport, sandbox: Some(sandbox), ..self }
    }

    /// The simulated accounts, where there are any.
    pub fn sandbox(&self) -> Option<&dyn Sandbox> {
        self.sandbox.as_deref()
    }

    /// Renders the first request of one operation from the step's evaluated input. Nothing is sent, and equal input gives an equal
    /// request.
    pub fn prepare(&self, connector: &str, operation: &str, input: &Value) -> Result<Prepared, CallError> {
        if (connector, operation) == ("http", "request") {
            return http::prepare(input);
        }
        let found = self.find(connector).filter(|connector| connector.is_data());
        match found.and_then(|connector| Some((connector, connector.operation(operation)?))) {
            Some((connector, operation)) => match operation.native {
                Some(Native::Smtp) => smtp::prepare(connector, operation, input),
                None => data::prepare(connector, operation, input),
            },
            None => Err(unknown(connector, operation)),
        }
    }

    /// Refuses a step that was made for a version of the connector in which the operation was another one: what it would send, and what
    /// later steps read of the answer, may not be meant any more.
    pub fn check_version(&self, connector: &str, operation: &str, version: u32) -> Result<(), CallError> {
        let Some(connector) = self.find(connector) else { return Ok(()) };
        match connector.operation(operation).filter(|operation| operation.has_changed_since(version)) {
            None => Ok(()),
            Some(operation) => {
                let message = format!(
                    "\"{}\" changed with version {} of {}, and this step was made for version {version}. Open the workflow, look at the step's \
                     fields and at what later steps use of it, take over the new version and publish",
                    operation.label, operation.version, connector.name
                );
                Err(CallError::new(ErrorClass::Permanent, "connect.outdated_step", message))
            }
        }
    }

    /// The files a call takes whose contents are not in its input, but kept beside the event they came with.
    pub fn kept_files(&self, connector: &str, operation: &str, input: &Value) -> Vec<KeptFile> {
        self.file_places(connector, operation, input).map_or_else(Vec::new, |places| places.kept(input))
    }

    /// The input with the contents of such files, by their hashes.
    pub fn with_files(&self, connector: &str, operation: &str, input: &Value, contents: &HashMap<String, Vec<u8>>) -> Value {
        self.file_places(connector, operation, input).map_or_else(|| input.clone(), |places| places.filled(input, contents))
    }

    fn file_places(&self, connector: &str, operation: &str, input: &Value) -> Option<Places<'_>> {
        if (connector, operation) == ("http", "request") {
            return http::takes_files(input).then_some(Places::Body);
        }
        Some(Places::Fields(&self.find(connector)?.operation(operation)?.fields))
    }

    /// Sends a prepared request, and those that follow it. `key` is the call's idempotency key, the same for every attempt of it;
    /// `timeout` covers the whole call.
    pub async fn perform(
        &self,
        request: &RequestRecord,
        key: &str,
        credential: Option<&Credential>,
        timeout: Duration,
    ) -> CallResult {
        let Some(origin) = &request.origin else {
            return Box::pin(http::perform(self.transport.as_ref(), request, key, credential, timeout)).await;
        };
        match self.operation(&origin.connector, &origin.operation) {
            Ok((connector, operation)) => match operation.native {
                Some(Native::Smtp) => {
                    Box::pin(smtp::perform(self.transport.as_ref(), connector, origin, key, credential, timeout)).await
                }
                None => {
                    let caller = data::Caller::new(self.transport.as_ref(), connector, credential, key, timeout);
                    Box::pin(data::perform(caller, operation, request, origin)).await
                }
            },
            Err(error) => CallResult::unsent(error),
        }
    }

    /// Asks the other side whether a call with this key happened; its output if it did. Only for operations of the class `lookup`.
    pub async fn lookup(
        &self,
        request: &RequestRecord,
        key: &str,
        credential: Option<&Credential>,
        timeout: Duration,
    ) -> Result<Option<Value>, CallError> {
        let Some(origin) = &request.origin else { return Err(unknown("http", "lookup")) };
        let (connector, operation) = self.operation(&origin.connector, &origin.operation)?;
        let caller = data::Caller::new(self.transport.as_ref(), connector, credential, key, timeout);
        Box::pin(data::lookup(caller, operation, origin)).await
    }

    /// Whether the credentials work.
    pub async fn test(&self, connector: &str, credential: &Credential, timeout: Duration) -> Result<(), CallError> {
        if let Some(Native::Smtp) = self.native(connector) {
            return Box::pin(smtp::test(self.transport.as_ref(), credential, timeout)).await;
        }
        let caller = self.caller(connector, credential, timeout)?;
        Box::pin(data::test(caller)).await
    }

    /// Whose credentials these are.
    pub async fn identity(&self, connector: &str, credential: &Credential, timeout: Duration) -> Result<Account, CallError> {
        if let Some(Native::Smtp) = self.native(connector) {
            // Values that do not work are not kept.
            Box::pin(smtp::test(self.transport.as_ref(), credential, timeout)).await?;
            return smtp::identity(credential);
        }
        let caller = self.caller(connector, credential, timeout)?;
        Box::pin(data::identity(caller)).await
    }

    /// Sends one mail through a connection of the connector `email`. `key` tells this mail from others: an attempt to send the same one
    /// again has the same key. An error with `indeterminate` says that nobody knows whether it was taken.
    pub async fn send_mail(&self, credential: &Credential, mail: &Mail, key: &str, timeout: Duration) -> Result<Sent, CallError> {
        Box::pin(smtp::send(self.transport.as_ref(), credential, mail, key, timeout)).await.map_err(|failed| failed.0)
    }

    /// What a field offers to choose from, read from the account. `input` holds what is filled in so far, as plain values.
    pub async fn options(
        &self,
        question: Question<'_>,
        credential: &Credential,
        timeout: Duration,
    ) -> Result<Options, CallError> {
        let caller = self.caller(question.connector, credential, timeout)?;
        Box::pin(data::options(caller, question)).await
    }

    /// The names that a `key_value` field of the form takes, with their types, read from the account.
    pub async fn fields(
        &self,
        question: Question<'_>,
        credential: &Credential,
        timeout: Duration,
    ) -> Result<Vec<manifest::Field>, CallError> {
        let caller = self.caller(question.connector, credential, timeout)?;
        Box::pin(data::fields(caller, question)).await
    }

    /// What happened since `since`, oldest first. What is `known` is neither fetched nor given again.
    pub async fn poll(
        &self,
        since: Since<'_>,
        known: &dyn Known,
        credential: &Credential,
        timeout: Duration,
    ) -> Result<Polled, CallError> {
        let caller = self.caller(since.connector, credential, timeout)?;
        Box::pin(data::poll(caller, since, known)).await
    }

    pub(crate) fn caller<'a>(
        &'a self,
        connector: &str,
        credential: &'a Credential,
        timeout: Duration,
    ) -> Result<data::Caller<'a>, CallError> {
        let connector = self.find(connector).ok_or_else(|| unknown(connector, ""))?;
        Ok(data::Caller::new(self.transport.as_ref(), connector, Some(credential), "", timeout))
    }

    fn operation(&self, connector: &str, operation: &str) -> Result<(&Connector, &manifest::Operation), CallError> {
        let found = self.find(connector).and_then(|found| Some((found, found.operation(operation)?)));
        found.ok_or_else(|| unknown(connector, operation))
    }

    fn native(&self, connector: &str) -> Option<Native> {
        self.find(connector)?.native()
    }

    fn find(&self, id: &str) -> Option<&Connector> {
        match &self.connectors {
            Some(connectors) => connectors.iter().find(|connector| connector.id == id),
            None => manifest::find(id),
        }
    }
}

/// Which field of which form is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub connector: &'a str,
    /// The id of an operation or trigger.
    pub form: &'a str,
    pub field: &'a str,
    pub input: &'a Value,
    /// What a person typed to search by.
    pub search: Option<&'a str>,
}

/// The account behind a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Stays the same when the connection is renewed.
    pub id: String,
    pub label: String,
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub choices: Vec<manifest::Choice>,
    /// There are more: search for the others.
    pub more: bool,
}

/// Whether these values are of an account that the vendor has for trying things out, as the manifest tells them apart.
pub fn is_test_account(method: &manifest::AuthMethod, values: &BTreeMap<String, String>) -> bool {
    let env = data::Env::new().with("connection", serde_json::json!(values));
    method.is_sandbox.as_ref().is_some_and(|condition| env.holds(condition))
}

fn unknown(connector: &str, operation: &str) -> CallError {
    let message = format!("This version of Patchbay does not know the operation \"{operation}\" of \"{connector}\"");
    CallError::new(ErrorClass::Permanent, "connect.unknown_operation", message)
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

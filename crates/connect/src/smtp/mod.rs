//! E-mail by SMTP: the native operation of the connector `email`. Messages are made by `lettre`, the conversation is held here (why:
//! `docs/adr/0007-mail.md`), over connections of `egress` only.

mod account;
mod mail;
mod message;
mod reply;
mod session;
mod simulated;
mod verdict;

use std::time::{Duration, Instant};

use manifest::{Connector, Operation};
use model::run::{EffectClass, ErrorClass};
use serde_json::{Value, json};

use crate::connect::{Account as Whose, CallResult, Prepared};
use crate::credential::Credential;
use crate::error::CallError;
use crate::record::{Answer, BodyRecord, Origin, RequestRecord, ResponseRecord};
use crate::transport::Transport;

use account::Account;
use message::Letter;
use reply::Reply;
use session::{Progress, Session};

pub use mail::{Attachment, Mail};

/// What was sent, and what the server said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// With its angle brackets; the same for every attempt of a call.
    pub message_id: String,
    /// Everybody it goes to, those of the blind copies too.
    pub recipients: Vec<String>,
    /// The server's last word, often with its own id of the message.
    pub answer: String,
    pub duration_ms: u64,
}

/// Why a mail was not sent, and what the server said to that.
pub(crate) type Failed = Box<(CallError, Option<Reply>)>;

/// Checks the input and records what will be sent. The sender stands in the connection.
pub(crate) fn prepare(connector: &Connector, operation: &Operation, input: &Value) -> Result<Prepared, CallError> {
    let input = crate::data::filled_in(&operation.fields, input)?;
    let mail = Mail::of(&input)?;
    let request = RequestRecord {
        method: "SMTP".to_owned(),
        url: "smtp://{connection.host}:{connection.port}".to_owned(),
        headers: mail.shown(),
        body: match (mail.text.is_empty(), mail.html.is_empty()) {
            (false, _) => BodyRecord::Text(mail.text.clone()),
            (true, false) => BodyRecord::Text(mail.html.clone()),
            (true, true) => BodyRecord::None,
        },
        idempotency_header: None,
        max_response_bytes: reply::MOST_BYTES as u64,
        max_redirects: 0,
        answer: Answer::Text,
        sandbox: false,
        origin: Some(Box::new(Origin { connector: connector.id.clone(), operation: operation.id.clone(), request: 0, input })),
    };
    let timeout_ms = operation.timeout_ms;
    Ok(Prepared { request, class: EffectClass::Unsafe, timeout_ms, key_ttl_s: None, replays_errors: false })
}

/// Sends a recorded mail.
pub(crate) async fn perform(
    transport: &dyn Transport,
    connector: &Connector,
    origin: &Origin,
    key: &str,
    credential: Option<&Credential>,
    timeout: Duration,
) -> CallResult {
    let needed = || CallError::new(ErrorClass::Input, "connection.missing", "Choose an e-mail connection for this step");
    let started = Instant::now();
    let foreign = || {
        let message = format!("{} does not sign in as the connection of this step does; choose another one", connector.name);
        CallError::new(ErrorClass::Permission, "connection.method", message)
    };
    let credential = match credential {
        None => Err(needed()),
        Some(credential) if connector.auth_method(credential.method.id()).is_none() => Err(foreign()),
        Some(credential) => Ok(credential),
    };
    let sent = match (Mail::of(&origin.input), credential) {
        (Ok(mail), Ok(credential)) => send(transport, credential, &mail, key, timeout).await,
        (Err(error), _) | (_, Err(error)) => Err(Box::new((error, None))),
    };
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match sent {
        Ok(sent) => CallResult {
            response: Some(record(250, &sent.answer, duration_ms)),
            outcome: Ok(json!({ "message_id": sent.message_id, "recipients": sent.recipients, "answer": sent.answer })),
        },
        Err(failed) => {
            let (error, reply) = *failed;
            CallResult { outcome: Err(error), response: reply.map(|reply| record(reply.code, &reply.text, duration_ms)) }
        }
    }
}

/// Connects, signs in and leaves again.
pub(crate) async fn test(transport: &dyn Transport, credential: &Credential, timeout: Duration) -> Result<(), CallError> {
    let account = Account::of(credential)?;
    if account.sandbox.is_some() {
        return Ok(());
    }
    let progress = Progress::default();
    let talk = async {
        let session = Session::open(transport, &account, &progress).await?;
        session.quit().await;
        Ok(())
    };
    within(timeout, &account, &progress, talk).await.map_err(|failed: Failed| failed.0)
}

/// Whose mail it sends, as the connection says.
pub(crate) fn identity(credential: &Credential) -> Result<Whose, CallError> {
    let account = Account::of(credential)?;
    let id = format!("{} {}", account.host, account.from.email).to_lowercase();
    Ok(Whose { id, label: account.from.email.to_string() })
}

/// Sends one mail. `key` is the call's idempotency key: the message's id follows from it, so that a mail that came twice can be told.
/// When nobody knows whether it was taken, the error says so (`indeterminate`).
pub(crate) async fn send(
    transport: &dyn Transport,
    credential: &Credential,
    mail: &Mail,
    key: &str,
    timeout: Duration,
) -> Result<Sent, Failed> {
    let bare = |error: CallError| -> Failed { Box::new((error, None)) };
    let account = Account::of(credential).map_err(bare)?;
    let letter = message::letter(mail, &account, key).map_err(bare)?;
    let progress = Progress::default();
    let started = Instant::now();
    if let Some(simulated) = &account.sandbox {
        let answer = simulated::send(transport, simulated, &letter, mail, timeout).await?;
        return Ok(sent(letter, answer, started.elapsed()));
    }
    let talk = async {
        let mut session = Session::open(transport, &account, &progress).await?;
        let answer = session.send(&letter, &progress).await?;
        // It was taken: whatever happens now changes nothing.
        session.quit().await;
        Ok(answer)
    };
    let answer = within(timeout, &account, &progress, talk).await?;
    Ok(sent(letter, answer.text, started.elapsed()))
}

fn sent(letter: Letter, answer: String, took: Duration) -> Sent {
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    Sent { message_id: letter.message_id, recipients: letter.recipients, answer, duration_ms }
}

/// One limit for the whole conversation.
async fn within<T>(
    timeout: Duration,
    account: &Account,
    progress: &Progress,
    talk: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    match Box::pin(tokio::time::timeout(timeout, talk)).await {
        Ok(done) => done,
        Err(_) => {
            let message = format!("{} did not answer within {} s", account.host, timeout.as_secs_f64());
            let error = CallError::new(ErrorClass::TimedOut, "smtp.timeout", message);
            Err(Box::new((CallError { indeterminate: progress.is_handed_over(), ..error }, None)))
        }
    }
}

fn record(code: u16, text: &str, duration_ms: u64) -> ResponseRecord {
    let bytes = text.len() as u64;
    ResponseRecord { status: code, headers: Vec::new(), body: Some(text.to_owned()), truncated: false, bytes, duration_ms }
}

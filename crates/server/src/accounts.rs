//! Calls in the name of a connection for a person who waits: its test, and what menus and forms offer.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use connect::{AuthMethod, CallError, Credential, Options, Polled, Question, Since};
use manifest::Field;
use model::{
    ids::{ConnectionId, SecretId},
    run::ErrorClass,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::ConnectionRow;
use tokio::time::Instant;
use vault::{OpenError, Opened};

use crate::{app::App, auth::Member, error::ApiError};

/// A person waits for it.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long an answer is used again: while a form is filled in, not while an account changes.
const FRESH: Duration = Duration::from_secs(60);
/// Answers that are kept.
const MOST: usize = 64;

/// What is asked of an account.
#[derive(Clone, Copy)]
pub(crate) enum Ask<'a> {
    Test,
    Options(Question<'a>),
    Fields(Question<'a>),
    /// What a trigger's list holds.
    Poll(Since<'a>, &'a HashSet<String>),
}

/// What it answered.
pub(crate) enum Told {
    Works,
    Options(Options),
    Fields(Vec<Field>),
    Polled(Polled),
}

/// Why it did not.
pub(crate) enum Refusal {
    Open(OpenError),
    Call(CallError),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Open(OpenError::Vault(error)) => error.into(),
            Refusal::Open(error @ OpenError::Later { .. }) => {
                ApiError::new(StatusCode::BAD_GATEWAY, "account.unavailable", error.to_string())
            }
            Refusal::Open(OpenError::Gone) => ApiError::not_found("The connection"),
            Refusal::Open(OpenError::Source(error)) => {
                ApiError::new(StatusCode::CONFLICT, error.code(), OpenError::Source(error).to_string())
            }
            Refusal::Open(error) => ApiError::new(StatusCode::CONFLICT, "connection.needs_reauth", error.to_string()),
            Refusal::Call(error) => {
                let (status, code) = match error.class {
                    ErrorClass::Auth => (StatusCode::CONFLICT, "connection.needs_reauth"),
                    ErrorClass::Transient | ErrorClass::TimedOut | ErrorClass::System => {
                        (StatusCode::BAD_GATEWAY, "account.unavailable")
                    }
                    _ => (StatusCode::UNPROCESSABLE_ENTITY, "account.refused"),
                };
                let details = json!({ "code": error.code(), "path": error.field, "status": error.status });
                ApiError::new(status, code, error.message).with(details)
            }
        }
    }
}

impl Refusal {
    /// The stable name of the error.
    pub fn code(&self) -> String {
        match self {
            Refusal::Open(OpenError::NeedsReauth(_)) => "connection.needs_reauth".to_owned(),
            Refusal::Open(OpenError::Empty) => "connection.empty".to_owned(),
            Refusal::Open(OpenError::Gone) => "connection.gone".to_owned(),
            Refusal::Open(OpenError::Later { .. }) => "connection.later".to_owned(),
            Refusal::Open(OpenError::Source(error)) => error.code().to_owned(),
            Refusal::Open(OpenError::Vault(error)) => error.code().to_owned(),
            Refusal::Call(error) => error.code().to_owned(),
        }
    }

    /// In words for a person; never inner texts.
    pub fn message(&self) -> String {
        match self {
            Refusal::Open(OpenError::Vault(_)) => "The credentials of the connection cannot be read right now.".to_owned(),
            Refusal::Open(error) => error.to_string(),
            Refusal::Call(error) => error.message.clone(),
        }
    }
}

/// Asks in the name of a connection. Values that are refused are renewed once; refused again, the connection says so from then on.
pub(crate) async fn ask(app: &App, caller: &Member, row: &ConnectionRow, ask: Ask<'_>) -> Result<Told, Refusal> {
    let (workspace, id) = (caller.scope.workspace, row.connection.id);
    let opened = app.tokens.open(workspace, id).await.map_err(Refusal::Open)?;
    let first = once(app, row, &opened, ask).await;
    match first {
        Err(error) if error.class == ErrorClass::Auth => {
            let renewed = match app.tokens.renew(workspace, id, opened.secret).await {
                Ok(renewed) if renewed.secret != opened.secret => renewed,
                Err(later @ OpenError::Later { .. }) => return Err(Refusal::Open(later)),
                _ => return Err(refused(app, id, opened.secret, error).await),
            };
            match once(app, row, &renewed, ask).await {
                Err(error) if error.class == ErrorClass::Auth => Err(refused(app, id, renewed.secret, error).await),
                told => told.map_err(Refusal::Call),
            }
        }
        told => told.map_err(Refusal::Call),
    }
}

async fn refused(app: &App, id: ConnectionId, secret: SecretId, error: CallError) -> Refusal {
    if let Err(error) = app.store.refused(id, secret).await {
        tracing::warn!(connection.id = %id, error = %error, "a connection could not be marked as needing its owner");
    }
    Refusal::Call(error)
}

async fn once(app: &App, row: &ConnectionRow, opened: &Opened, ask: Ask<'_>) -> Result<Told, CallError> {
    let credential = credential(&row.connection.method, opened.values.clone(), row.connection.hosts.clone())?;
    match ask {
        Ask::Test => app.connect.test(&row.connection.connector, &credential, TIMEOUT).await.map(|()| Told::Works),
        Ask::Options(question) => app.connect.options(question, &credential, TIMEOUT).await.map(Told::Options),
        Ask::Fields(question) => app.connect.fields(question, &credential, TIMEOUT).await.map(Told::Fields),
        Ask::Poll(since, known) => app.connect.poll(since, known, &credential, TIMEOUT).await.map(Told::Polled),
    }
}

/// Whose values these are; nothing where the connector cannot say.
pub(crate) async fn identity(
    app: &App,
    connector: &str,
    method: &manifest::AuthMethod,
    values: vault::Values,
    hosts: Vec<String>,
) -> Result<Option<store::Account>, CallError> {
    if method.identity.is_none() {
        return Ok(None);
    }
    let credential = credential(&method.id, values, hosts)?;
    let account = app.connect.identity(connector, &credential, TIMEOUT).await?;
    let label = account.label.chars().filter(|c| !c.is_control()).take(200).collect();
    Ok(Some(store::Account { id: account.id, label }))
}

pub(crate) fn credential(method: &str, values: vault::Values, allowed_hosts: Vec<String>) -> Result<Credential, CallError> {
    let method = AuthMethod::parse(method)
        .ok_or_else(|| CallError::new(ErrorClass::Permanent, "connection.method", "The connection is of an unknown kind."))?;
    Ok(Credential { method, values, allowed_hosts })
}

/// Answers of accounts, kept for a moment: forms ask the same again and again.
#[derive(Default)]
pub(crate) struct Answers(Mutex<HashMap<[u8; 32], (Instant, Value)>>);

impl Answers {
    /// What an answer depends on: the values it was asked with, and the question.
    pub fn key(kind: &str, secret: Option<SecretId>, question: &Question<'_>) -> [u8; 32] {
        let of = json!([
            kind,
            secret.map(|id| id.0),
            question.connector,
            question.form,
            question.field,
            question.input,
            question.search
        ]);
        Sha256::digest(of.to_string()).into()
    }

    pub fn get(&self, key: &[u8; 32]) -> Option<Value> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, answer)| answer.clone())
    }

    pub fn keep(&self, key: [u8; 32], answer: Value) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (at, _)| at.elapsed() < FRESH);
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, (Instant::now(), answer));
    }
}

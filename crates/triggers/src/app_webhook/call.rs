//! Calls to vendors in the name of a trigger's connection.

use std::time::Duration;

use connect::{AuthMethod, CallError, Credential, OfTrigger, Subscribing, Webhook};
use model::{
    ids::{ConnectionId, WorkspaceId},
    run::ErrorClass,
};
use serde_json::Value;
use vault::{OpenError, Opened};

use super::Apps;
use crate::{Error, Ingest};

/// One call, in milliseconds.
pub(super) const TIMEOUT_MS: i64 = 30_000;
const TIMEOUT: Duration = Duration::from_millis(TIMEOUT_MS as u64);

/// Why a call did not succeed, in words for a person; never an inner text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub class: ErrorClass,
    pub code: String,
    pub message: String,
    /// Of the vendor's answer.
    pub status: Option<u16>,
    /// Nobody knows what the vendor did.
    pub is_unknown: bool,
    pub retry_after_ms: Option<u64>,
    /// The connection does not exist any more.
    pub is_gone: bool,
}

impl Failure {
    pub fn new(class: ErrorClass, code: &str, message: &str) -> Self {
        let (code, message) = (code.to_owned(), message.to_owned());
        Failure { class, code, message, status: None, is_unknown: false, retry_after_ms: None, is_gone: false }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Failure {
            class: error.class,
            status: error.status,
            is_unknown: error.indeterminate,
            retry_after_ms: error.retry_after_ms,
            is_gone: false,
            code: error.code,
            message: error.message,
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let message = error.to_string();
        match error {
            OpenError::Gone => Failure { is_gone: true, ..Failure::new(ErrorClass::Permanent, "connection.gone", &message) },
            OpenError::NeedsReauth(_) => Failure::new(ErrorClass::Auth, "connection.needs_reauth", &message),
            OpenError::Empty => Failure::new(ErrorClass::Auth, "connection.empty", &message),
            OpenError::Source(error) => Failure::new(ErrorClass::Transient, error.code(), &message),
            OpenError::Later { retry_after_ms, .. } => {
                let failure = Failure::new(ErrorClass::Transient, "connection.later", &message);
                Failure { retry_after_ms: Some(retry_after_ms), ..failure }
            }
            OpenError::Vault(error) => {
                tracing::error!(error = %error, "credentials cannot be read");
                let message = "The credentials of the connection cannot be read right now.";
                Failure::new(ErrorClass::Transient, "connection.unreadable", message)
            }
        }
    }
}

/// What is asked of a vendor.
#[derive(Clone, Copy)]
pub(super) enum Ask<'a> {
    /// About a webhook; the answer holds what is kept of it.
    Webhook(Subscribing, Webhook<'a>),
    /// What an event only names.
    Event { input: &'a Value, event: &'a Value },
}

impl Ingest {
    /// Asks with the credentials of a connection. Values that are refused are renewed once; refused again, the connection needs its owner.
    pub(super) async fn ask(
        &self,
        apps: &Apps,
        workspace: WorkspaceId,
        connection: Option<ConnectionId>,
        of: OfTrigger<'_>,
        ask: Ask<'_>,
    ) -> Result<Result<Value, Failure>, Error> {
        let Some(id) = connection else {
            let message = "The trigger has no connection. Choose one and publish the workflow again.";
            return Ok(Err(Failure::new(ErrorClass::Permanent, "connection.missing", message)));
        };
        let opened = match apps.tokens.open(workspace, id).await {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error.into())),
        };
        let error = match self.once(apps, workspace, id, &opened, of, ask).await {
            Err(error) if error.class == ErrorClass::Auth && !error.is_unknown => error,
            result => return Ok(result),
        };
        let refused = match apps.tokens.renew(workspace, id, opened.secret).await {
            Ok(renewed) if renewed.secret != opened.secret => match self.once(apps, workspace, id, &renewed, of, ask).await {
                Err(error) if error.class == ErrorClass::Auth => renewed.secret,
                result => return Ok(result),
            },
            Err(later @ OpenError::Later { .. }) => return Ok(Err(later.into())),
            _ => opened.secret,
        };
        self.store.refused(id, refused).await?;
        Ok(Err(error))
    }

    async fn once(
        &self,
        apps: &Apps,
        workspace: WorkspaceId,
        id: ConnectionId,
        opened: &Opened,
        of: OfTrigger<'_>,
        ask: Ask<'_>,
    ) -> Result<Value, Failure> {
        let row = self.store.connection_for_call(workspace, id).await.map_err(OpenError::from)?;
        if row.connection.connector != of.connector {
            let message = "The connection of the trigger belongs to another service. Choose one that fits, and publish again.";
            return Err(Failure::new(ErrorClass::Permanent, "connection.other", message));
        }
        let Some(method) = AuthMethod::parse(&row.connection.method) else {
            return Err(Failure::new(ErrorClass::Permanent, "connection.method", "The connection is of an unknown kind."));
        };
        let credential = Credential { method, values: opened.values.clone(), allowed_hosts: row.connection.hosts };
        let told = match ask {
            Ask::Webhook(what, webhook) => apps.connect.webhook(of, what, webhook, &credential, TIMEOUT).await.map(Value::Object),
            Ask::Event { input, event } => apps.connect.fetch_event(of, input, event, &credential, TIMEOUT).await,
        };
        told.map_err(Failure::from)
    }
}

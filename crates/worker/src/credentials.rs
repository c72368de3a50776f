//! A connection's values, opened for one call.

use connect::{AuthMethod, Credential};
use model::{
    api::ConnectionStatus,
    ids::{ConnectionId, RunId, SecretId, WorkspaceId},
    run::{ErrorClass, SignalKind, StepError},
};
use serde_json::Value;
use store::Scope;
use vault::OpenError;

use crate::worker::Inner;

/// Tokens that were renewed less than so long ago, in milliseconds, and are refused again, are not renewed once more: only the
/// connection's owner can help.
const FRESH_MS: i64 = 60_000;

/// A connection's values, and where they are stored: whoever replaces or renews them stores new ones.
pub(crate) struct Opened {
    pub credential: Credential,
    pub secret: SecretId,
}

impl Inner {
    /// The credentials of a connection, renewed first where they are about to end, or why the call cannot be made.
    pub(crate) async fn credential(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<Opened, StepError> {
        let opened = self.tokens.open(workspace, id).await.map_err(closed)?;
        let connection = match self.store.connection_for_call(workspace, id).await {
            Ok(row) => row.connection,
            Err(error) => return Err(closed(error.into())),
        };
        let method = AuthMethod::parse(&connection.method)
            .ok_or_else(|| StepError::new(ErrorClass::Permanent, "connection.method", "The connection is of an unknown kind."))?;
        let credential = Credential { method, values: opened.values, allowed_hosts: connection.hosts };
        Ok(Opened { credential, secret: opened.secret })
    }

    /// The other side refused these values. Tokens are renewed, once: the run that waits for its connection is told by
    /// [`Inner::repaired_meanwhile`] and goes on. Everything else needs the connection's owner, unless that has happened already.
    pub(crate) async fn refused(&self, workspace: WorkspaceId, id: ConnectionId, refused: SecretId) {
        let Ok(row) = self.store.connection_for_call(workspace, id).await else { return };
        if row.secret != Some(refused) {
            return;
        }
        let now = self.store.now();
        let is_fresh = row.connection.refreshed_at.is_some_and(|at| now.since(at) < FRESH_MS);
        if !is_fresh {
            match self.tokens.renew(workspace, id, refused).await {
                // Renewed, or it is tried again later: the run looks again by itself.
                Ok(_) | Err(OpenError::Later { .. }) => return,
                Err(error) => tracing::info!(connection.id = %id, reason = %error, "refused credentials could not be renewed"),
            }
        }
        self.needs_reauth(workspace, id, refused).await;
    }

    /// The connection says that it needs its owner until they replace the values, unless that has happened already.
    async fn needs_reauth(&self, workspace: WorkspaceId, id: ConnectionId, refused: SecretId) {
        match self.store.connection_for_call(workspace, id).await {
            Ok(row) if row.secret == Some(refused) => {}
            _ => return,
        }
        let scope = Scope::system(workspace);
        if let Err(error) = self.store.set_connection_status(&scope, id, ConnectionStatus::NeedsReauth).await {
            tracing::warn!(connection.id = %id, error = %error, "a connection could not be marked as needing its owner");
        }
    }

    /// For a run that has just begun to wait for a connection: whoever repaired it a moment before could not know of the run.
    pub(crate) async fn repaired_meanwhile(
        &self,
        workspace: WorkspaceId,
        id: ConnectionId,
        refused: Option<SecretId>,
        run: RunId,
    ) {
        let Ok(row) = self.store.connection_for_call(workspace, id).await else { return };
        let renewed = row.secret.is_some() && row.secret != refused;
        if row.connection.status == ConnectionStatus::Active
            && renewed
            && let Err(error) = self.store.signal(run, SignalKind::Reconnected, None, Value::Null, None).await
        {
            tracing::warn!(run.id = %run, error = %error, "a run could not be told that its connection works again; it tries later");
        }
    }
}

/// Nothing was sent.
fn closed(error: OpenError) -> StepError {
    let message = error.to_string();
    match error {
        OpenError::NeedsReauth(_) => StepError::new(ErrorClass::Auth, "connection.needs_reauth", message),
        OpenError::Empty => StepError::new(ErrorClass::Auth, "connection.empty", message),
        // The run waits and looks again by itself: an operator may put right what is wrong outside at any time.
        OpenError::Source(error) => StepError::new(ErrorClass::Auth, error.code(), message),
        OpenError::Gone => StepError::new(ErrorClass::Permanent, "connection.gone", message),
        // Not `Auth`: nobody has to reconnect, and a run that waits for a connection that works would be told so at once, again and again.
        OpenError::Later { .. } => StepError::new(ErrorClass::Transient, "connection.later", message),
        OpenError::Vault(error) => {
            tracing::error!(error = %error, "credentials cannot be read");
            let message = "The credentials of the connection cannot be read right now.";
            StepError::new(ErrorClass::Transient, "connection.unreadable", message)
        }
    }
}

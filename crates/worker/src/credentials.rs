//! A connection's values, opened for one call.

use std::collections::BTreeMap;

use connect::{AuthMethod, Credential};
use model::{
    api::ConnectionStatus,
    ids::{ConnectionId, RunId, SecretId, WorkspaceId},
    run::{ErrorClass, SignalKind, StepError},
};
use serde_json::Value;
use store::Scope;

use crate::worker::Inner;

/// A connection's values, and where they are stored: an owner who replaces them stores new ones.
pub(crate) struct Opened {
    pub credential: Credential,
    pub secret: SecretId,
}

impl Inner {
    /// The credentials of a connection, or why the call cannot be made.
    pub(crate) async fn credential(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<Opened, StepError> {
        let row = match self.store.connection_for_call(workspace, id).await {
            Ok(row) => row,
            Err(store::Error::NotFound(_)) => {
                return Err(StepError::new(
                    ErrorClass::Permanent,
                    "connection.gone",
                    "The connection of this step was deleted. Choose another one in the editor.",
                ));
            }
            Err(error) => return Err(unreadable(&error.to_string())),
        };
        if row.connection.status != ConnectionStatus::Active {
            let message = format!("The connection “{}” has to be reconnected first.", row.connection.label);
            return Err(StepError::new(ErrorClass::Auth, "connection.needs_reauth", message));
        }
        let Some(secret) = row.secret else {
            return Err(StepError::new(ErrorClass::Auth, "connection.empty", "The connection has no credentials yet."));
        };
        let revealed = self.vault.reveal(workspace, secret).await.map_err(|error| unreadable(&error.to_string()))?;
        let values: BTreeMap<String, String> =
            serde_json::from_slice(revealed.as_bytes()).map_err(|_| unreadable("the stored values are not readable"))?;
        let method = AuthMethod::parse(&row.connection.method)
            .ok_or_else(|| StepError::new(ErrorClass::Permanent, "connection.method", "The connection is of an unknown kind."))?;
        Ok(Opened { credential: Credential { method, values, allowed_hosts: row.connection.hosts }, secret })
    }

    /// The other side refused these values: the connection says so until its owner replaces them, unless that has happened already.
    pub(crate) async fn needs_reauth(&self, workspace: WorkspaceId, id: ConnectionId, refused: SecretId) {
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

/// Nothing was sent and trying again may help.
fn unreadable(detail: &str) -> StepError {
    tracing::error!("credentials cannot be read: {detail}");
    StepError::new(ErrorClass::Transient, "connection.unreadable", "The credentials of the connection cannot be read right now.")
}

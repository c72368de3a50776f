//! A connection's values, opened for one call.

use std::collections::BTreeMap;

use connect::{AuthMethod, Credential};
use model::{
    api::ConnectionStatus,
    ids::{ConnectionId, WorkspaceId},
    run::{ErrorClass, StepError},
};
use store::Scope;

use crate::worker::Inner;

impl Inner {
    /// The credentials of a connection, or why the call cannot be made.
    pub(crate) async fn credential(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<Credential, StepError> {
        let scope = Scope::system(workspace);
        let row = match self.store.connection(&scope, id).await {
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
        Ok(Credential { method, values, allowed_hosts: row.connection.hosts })
    }

    /// The other side refused the credentials: the connection says so until its owner replaces them.
    pub(crate) async fn needs_reauth(&self, workspace: WorkspaceId, id: ConnectionId) {
        let scope = Scope::system(workspace);
        if let Err(error) = self.store.set_connection_status(&scope, id, ConnectionStatus::NeedsReauth).await {
            tracing::warn!(connection.id = %id, error = %error, "a connection could not be marked as needing its owner");
        }
    }
}

/// Nothing was sent and trying again may help.
fn unreadable(detail: &str) -> StepError {
    tracing::error!("credentials cannot be read: {detail}");
    StepError::new(ErrorClass::Transient, "connection.unreadable", "The credentials of the connection cannot be read right now.")
}

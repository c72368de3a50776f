//! A connection's values, ready for a call: tokens are renewed ahead of their end, by one caller at a time over all processes.

mod app_secret;
mod apps;
mod fetch;
mod turns;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect::Connect;
use egress::Egress;
use manifest::Connector;
use model::{
    api::ConnectionStatus,
    ids::{ConnectionId, SecretId, WorkspaceId},
};
use store::{ConnectionRow, Renewal, Store};

use crate::{
    Error, SourceError, Sources, Vault,
    oauth::{App, Values},
};
use turns::Turns;

/// Tokens are renewed this long before they end, in milliseconds, so that none ends on its way.
const MARGIN_MS: i64 = 90_000;
/// A turn to renew is over by then, in milliseconds: whoever had it may have died.
const TURN_MS: i64 = 30_000;
/// Between two looks at whether somebody else's renewal is done.
const LOOK_AGAIN: Duration = Duration::from_millis(150);
/// Values that were replaced while they were read are read anew so often.
const REPLACED_AT_MOST: usize = 3;
/// The first pause after a failed renewal, in milliseconds; doubles up to the longest.
const FIRST_PAUSE_MS: i64 = 5_000;
const LONGEST_PAUSE_MS: i64 = 600_000;

/// Opens connections and keeps their tokens alive. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) vault: Vault,
    pub(crate) store: Store,
    pub(crate) egress: Egress,
    /// For calls that manifests describe.
    connect: Connect,
    connectors: Arc<Vec<Connector>>,
    /// From the environment, by connector.
    apps: Arc<BTreeMap<String, App>>,
    /// Where secrets may stand besides the database.
    sources: Arc<Sources>,
    turns: Arc<Turns>,
}

/// A connection's values, and which ones they are: renewed ones are sealed anew.
pub struct Opened {
    pub values: Values,
    pub secret: SecretId,
}

/// Why a connection cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Only its owner can help: runs wait.
    #[error("The connection “{0}” has to be reconnected first.")]
    NeedsReauth(String),
    #[error("The connection has no credentials yet.")]
    Empty,
    #[error("The connection of this step was deleted. Choose another one in the editor.")]
    Gone,
    /// May work later; in milliseconds.
    #[error("{message}")]
    Later { message: String, retry_after_ms: u64 },
    /// A value stands elsewhere and cannot be had: an operator can help.
    #[error("The credentials of the connection stand outside Patchbay: {0}.")]
    Source(#[from] SourceError),
    #[error(transparent)]
    Vault(#[from] Error),
}

impl From<store::Error> for OpenError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound(_) => OpenError::Gone,
            error => OpenError::Vault(error.into()),
        }
    }
}

impl Tokens {
    pub fn new(vault: Vault, store: Store, egress: Egress, connectors: Arc<Vec<Connector>>, apps: BTreeMap<String, App>) -> Self {
        let connect = Connect::new(egress.clone()).with_connectors(Arc::clone(&connectors));
        let (apps, sources, turns) = (Arc::new(apps), Arc::default(), Arc::default());
        Tokens { vault, store, egress, connect, connectors, apps, sources, turns }
    }

    /// The same, with secrets that stand outside the database.
    #[must_use]
    pub fn with_sources(self, sources: Sources) -> Self {
        Tokens { sources: Arc::new(sources), ..self }
    }

    pub(crate) fn find(&self, connector: &str) -> Option<&Connector> {
        self.connectors.iter().find(|known| known.id == connector)
    }

    /// The values of a connection, renewed first where they are about to end.
    pub async fn open(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<Opened, OpenError> {
        let row = self.store.connection_for_call(workspace, id).await?;
        let now = self.store.now();
        if !self.is_renewable(&row) || row.connection.expires_at.is_none_or(|end| end.since(now) > MARGIN_MS) {
            return self.reveal(workspace, &row).await;
        }
        let stale = row.secret.ok_or(OpenError::Empty)?;
        self.renew(workspace, id, stale).await
    }

    /// After a call that was refused with `refused`: the values anew, or why there are none. Values that were replaced since count.
    pub async fn renew(&self, workspace: WorkspaceId, id: ConnectionId, refused: SecretId) -> Result<Opened, OpenError> {
        let turn = self.turns.of(id);
        let _turn = turn.lock().await;
        let deadline = tokio::time::Instant::now() + Duration::from_millis(TURN_MS.unsigned_abs());
        loop {
            // Somebody may have renewed it while we waited.
            let row = self.store.connection_for_call(workspace, id).await?;
            if row.secret != Some(refused) || row.connection.status != ConnectionStatus::Active {
                return self.reveal(workspace, &row).await;
            }
            if !self.is_renewable(&row) {
                return Err(OpenError::NeedsReauth(row.connection.label));
            }
            let now = self.store.now();
            if let Some(after) = row.refresh_after.filter(|after| after.since(now) > 0) {
                return self.meanwhile(workspace, &row, after.since(now)).await;
            }
            if self.store.lock_refresh(id, refused, now.plus_ms(TURN_MS)).await? {
                return self.renew_now(workspace, row, refused).await;
            }
            if tokio::time::Instant::now() >= deadline {
                return self.meanwhile(workspace, &row, FIRST_PAUSE_MS).await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// It is our turn: fetches, stores, and only then hands out.
    async fn renew_now(&self, workspace: WorkspaceId, row: ConnectionRow, stale: SecretId) -> Result<Opened, OpenError> {
        let (id, label) = (row.connection.id, row.connection.label.clone());
        let kept = self.kept(workspace, &row).await;
        if was_replaced(&kept) {
            // By its owner, since our turn began, which has ended with that.
            return self.reveal(workspace, &self.store.connection_for_call(workspace, id).await?).await;
        }
        let kept = kept?;
        let before = self.resolve(&row.connection.connector, &row.connection.method, kept.values.clone())?;
        match self.fetch(workspace, &row.connection, &before).await {
            Ok(granted) => {
                let secret = self.seal(workspace, id, &with_references(&granted.values, &kept.values)).await?;
                let renewal = Renewal { secret, expires_at: granted.expires_at, scopes: granted.scopes, account: None };
                if self.store.refreshed(id, stale, renewal).await? {
                    return Ok(Opened { values: granted.values, secret });
                }
                // Its owner replaced it meanwhile: theirs counts.
                self.vault.delete(workspace, secret).await?;
                let row = self.store.connection_for_call(workspace, id).await?;
                self.reveal(workspace, &row).await
            }
            Err(error) if error.is_final() => {
                tracing::warn!(connection.id = %id, reason = %error, "a connection's tokens can no longer be renewed");
                self.store.refused(id, stale).await?;
                Err(OpenError::NeedsReauth(label))
            }
            Err(error) => {
                let pause = (FIRST_PAUSE_MS << row.refresh_failures.min(10)).min(LONGEST_PAUSE_MS);
                tracing::warn!(connection.id = %id, reason = %error, pause_ms = pause, "a connection's tokens could not be renewed");
                self.store.refresh_failed(id, stale, self.store.now().plus_ms(pause)).await?;
                self.meanwhile(workspace, &row, pause).await
            }
        }
    }

    /// Renewing has to wait: values that are still good are used on.
    async fn meanwhile(&self, workspace: WorkspaceId, row: &ConnectionRow, wait_ms: i64) -> Result<Opened, OpenError> {
        if row.connection.expires_at.is_some_and(|end| end.since(self.store.now()) > 0) {
            return self.reveal(workspace, row).await;
        }
        let message = format!("The tokens of “{}” could not be renewed just now; it is tried again.", row.connection.label);
        Err(OpenError::Later { message, retry_after_ms: wait_ms.max(1).unsigned_abs() })
    }

    fn is_renewable(&self, row: &ConnectionRow) -> bool {
        // Its tokens are made up: the vendor must not be asked.
        if row.connection.sandbox {
            return false;
        }
        let connector = self.find(&row.connection.connector);
        let method = connector.and_then(|connector| connector.auth_method(&row.connection.method));
        method.is_some_and(|method| method.oauth2.is_some() || method.exchange.is_some() || method.service_account.is_some())
    }

    async fn reveal(&self, workspace: WorkspaceId, row: &ConnectionRow) -> Result<Opened, OpenError> {
        let mut kept = self.kept(workspace, row).await;
        for _ in 0..REPLACED_AT_MOST {
            if !was_replaced(&kept) {
                break;
            }
            kept = self.kept(workspace, &self.store.connection_for_call(workspace, row.connection.id).await?).await;
        }
        let Opened { values, secret } = kept?;
        Ok(Opened { values: self.resolve(&row.connection.connector, &row.connection.method, values)?, secret })
    }

    /// The values as they are kept.
    async fn kept(&self, workspace: WorkspaceId, row: &ConnectionRow) -> Result<Opened, OpenError> {
        if row.connection.status != ConnectionStatus::Active {
            return Err(OpenError::NeedsReauth(row.connection.label.clone()));
        }
        self.open_as_kept(workspace, row).await
    }

    /// The values as they are kept, neither renewed nor resolved, whatever the connection's status: to finish or to end it.
    pub async fn open_as_kept(&self, workspace: WorkspaceId, row: &ConnectionRow) -> Result<Opened, OpenError> {
        let secret = row.secret.ok_or(OpenError::Empty)?;
        let revealed = self.vault.reveal(workspace, secret).await?;
        let values = serde_json::from_slice(revealed.as_bytes()).map_err(|_| Error::Broken)?;
        Ok(Opened { values, secret })
    }

    /// The values with those that stand elsewhere read from there: `env:NAME` and `file:PATH`, where the way to sign in calls the field
    /// secret.
    pub fn resolve(&self, connector: &str, method: &str, mut values: Values) -> Result<Values, SourceError> {
        let method = self.find(connector).and_then(|connector| connector.auth_method(method));
        for field in method.into_iter().flat_map(|method| &method.fields).filter(|field| field.secret) {
            if let Some(value) = values.get_mut(&field.key).filter(|value| Sources::is_reference(value)) {
                *value = self.sources.resolve(value)?;
            }
        }
        Ok(values)
    }

    /// Seals a connection's values.
    pub async fn seal(&self, workspace: WorkspaceId, id: ConnectionId, values: &Values) -> Result<SecretId, Error> {
        let text = serde_json::to_vec(values).map_err(|_| Error::Broken)?;
        self.vault.put_secret(workspace, &format!("connection {id}"), "values", text).await
    }
}

/// Between the look at the connection and the look at its values: the old ones are deleted with that.
fn was_replaced(kept: &Result<Opened, OpenError>) -> bool {
    matches!(kept, Err(OpenError::Vault(Error::Store(store::Error::NotFound(_)))))
}

/// Values to keep: what stands elsewhere stays there.
fn with_references(values: &Values, kept: &Values) -> Values {
    let references = kept.iter().filter(|(_, value)| Sources::is_reference(value));
    let mut values = values.clone();
    values.extend(references.map(|(key, value)| (key.clone(), value.clone())));
    values
}

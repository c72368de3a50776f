//! A connection's values, ready for a call: tokens are renewed ahead of their end, by one caller at a time over all processes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use egress::Egress;
use manifest::{AuthMethod, Connector, Grant};
use model::{
    api::ConnectionStatus,
    ids::{ConnectionId, SecretId, WorkspaceId},
};
use store::{ConnectionRow, Renewal, Store};

use crate::{
    Error, Vault,
    oauth::{self, App, Granted, OAuthError, Values},
};

/// Tokens are renewed this long before they end, in milliseconds, so that none ends on its way.
const MARGIN_MS: i64 = 90_000;
/// A turn to renew is over by then, in milliseconds: whoever had it may have died.
const TURN_MS: i64 = 30_000;
/// Between two looks at whether somebody else's renewal is done.
const LOOK_AGAIN: Duration = Duration::from_millis(150);
/// The first pause after a failed renewal, in milliseconds; doubles up to the longest.
const FIRST_PAUSE_MS: i64 = 5_000;
const LONGEST_PAUSE_MS: i64 = 600_000;

/// Opens connections and keeps their tokens alive. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) vault: Vault,
    pub(crate) store: Store,
    pub(crate) egress: Egress,
    connectors: Arc<Vec<Connector>>,
    /// From the environment, by connector.
    apps: Arc<BTreeMap<String, App>>,
    /// Who renews in this process.
    turns: Arc<Mutex<HashMap<ConnectionId, Arc<tokio::sync::Mutex<()>>>>>,
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
        Tokens { vault, store, egress, connectors, apps: Arc::new(apps), turns: Arc::default() }
    }

    pub(crate) fn find(&self, connector: &str) -> Option<&Connector> {
        self.connectors.iter().find(|known| known.id == connector)
    }

    /// Whether the environment names an app for this connector: it comes before a registered one.
    pub fn app_from_environment(&self, connector: &str) -> Option<&str> {
        self.apps.get(connector).map(|app| app.client_id.as_str())
    }

    /// The owner's app at a vendor.
    pub(crate) async fn app(&self, workspace: WorkspaceId, connector: &Connector) -> Result<App, OAuthError> {
        if let Some(app) = self.apps.get(&connector.id) {
            return Ok(app.clone());
        }
        let Some(row) = self.store.oauth_app(workspace, &connector.id).await? else {
            return Err(OAuthError::NoApp(connector.name.clone()));
        };
        let client_secret = match row.secret {
            None => None,
            Some(id) => {
                let revealed = self.vault.reveal(workspace, id).await?;
                Some(String::from_utf8(revealed.as_bytes().to_vec()).map_err(|_| Error::Broken)?)
            }
        };
        Ok(App { client_id: row.client_id, client_secret })
    }

    /// Registers the owner's app; its secret is kept sealed.
    /// `client_secret`: absent, it stays as it was; empty, there is none.
    pub async fn put_app(
        &self,
        scope: &store::Scope,
        connector: &str,
        client_id: String,
        client_secret: Option<String>,
    ) -> Result<(), Error> {
        let client_secret = match client_secret {
            Some(text) => Some(text).filter(|text| !text.is_empty()),
            None => match self.store.oauth_app(scope.workspace, connector).await?.and_then(|app| app.secret) {
                None => None,
                Some(before) => {
                    let revealed = self.vault.reveal(scope.workspace, before).await?;
                    Some(String::from_utf8(revealed.as_bytes().to_vec()).map_err(|_| Error::Broken)?)
                }
            },
        };
        let secret = match client_secret {
            None => None,
            Some(text) => Some(self.vault.put_secret(scope.workspace, &format!("app {connector}"), "client_secret", text).await?),
        };
        let put = self.store.put_oauth_app(scope, connector, &client_id, secret).await;
        if let (Err(_), Some(secret)) = (&put, secret) {
            self.vault.delete(scope.workspace, secret).await?;
        }
        Ok(put?)
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
        let turn = Arc::clone(self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default());
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
        let before = self.reveal(workspace, &row).await?;
        match self.fetch(workspace, &row, &before.values).await {
            Ok(granted) => {
                let secret = self.seal(workspace, id, &granted.values).await?;
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

    async fn fetch(&self, workspace: WorkspaceId, row: &ConnectionRow, before: &Values) -> Result<Granted, OAuthError> {
        let (connector, _, oauth) = self.oauth(&row.connection.connector, &row.connection.method)?;
        let app = self.app(workspace, connector).await?;
        let vendor = oauth::Vendor { egress: &self.egress, connector, oauth, app: &app, now: self.store.now() };
        match oauth.grant {
            Grant::AuthorizationCode => oauth::refresh(&vendor, before).await,
            Grant::ClientCredentials => oauth::client_credentials(&vendor, before, &row.connection.scopes).await,
        }
    }

    /// The first tokens of a connection that needs nobody's consent.
    pub async fn without_consent(
        &self,
        workspace: WorkspaceId,
        connector: &str,
        method: &str,
        values: &Values,
        scopes: &[String],
    ) -> Result<Granted, OAuthError> {
        let (connector, _, oauth) = self.oauth(connector, method)?;
        if oauth.grant != Grant::ClientCredentials {
            return Err(OAuthError::NotOAuth);
        }
        let app = self.app(workspace, connector).await?;
        let vendor = oauth::Vendor { egress: &self.egress, connector, oauth, app: &app, now: self.store.now() };
        oauth::client_credentials(&vendor, values, scopes).await
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
        let connector = self.find(&row.connection.connector);
        let method = connector.and_then(|connector| connector.auth_method(&row.connection.method));
        method.is_some_and(|method: &AuthMethod| method.oauth2.is_some())
    }

    async fn reveal(&self, workspace: WorkspaceId, row: &ConnectionRow) -> Result<Opened, OpenError> {
        if row.connection.status != ConnectionStatus::Active {
            return Err(OpenError::NeedsReauth(row.connection.label.clone()));
        }
        let secret = row.secret.ok_or(OpenError::Empty)?;
        let revealed = self.vault.reveal(workspace, secret).await?;
        let values = serde_json::from_slice(revealed.as_bytes()).map_err(|_| Error::Broken)?;
        Ok(Opened { values, secret })
    }

    /// Seals a connection's values.
    pub async fn seal(&self, workspace: WorkspaceId, id: ConnectionId, values: &Values) -> Result<SecretId, Error> {
        let text = serde_json::to_vec(values).map_err(|_| Error::Broken)?;
        self.vault.put_secret(workspace, &format!("connection {id}"), "values", text).await
    }
}

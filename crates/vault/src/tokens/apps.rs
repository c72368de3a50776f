//! The owner's apps at vendors.

use manifest::Connector;
use model::ids::WorkspaceId;

use super::Tokens;
use crate::{
    Error,
    oauth::{App, OAuthError},
};

impl Tokens {
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
                let text = String::from_utf8(revealed.as_bytes().to_vec()).map_err(|_| Error::Broken)?;
                Some(self.sources.resolve(&text)?)
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
}

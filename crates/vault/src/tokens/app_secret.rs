//! What a vendor's app signs its webhooks with.

use model::ids::WorkspaceId;

use super::Tokens;
use crate::{Error, oauth::OAuthError};

impl Tokens {
    /// The client secret of the owner's app at a vendor, with which some vendors sign their webhooks; nothing where there is none.
    pub async fn app_secret(&self, workspace: WorkspaceId, connector: &str) -> Result<Option<String>, Error> {
        let Some(connector) = self.find(connector) else { return Ok(None) };
        match self.app(workspace, connector).await {
            Ok(app) => Ok(app.client_secret.filter(|secret| !secret.is_empty())),
            Err(OAuthError::Vault(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }
}

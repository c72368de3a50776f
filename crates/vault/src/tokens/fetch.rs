//! Where tokens come from, by the way to sign in.

use std::time::Duration;

use connect::{AuthMethod as Method, CallError, Credential};
use manifest::{AuthMethod, Connector, Exchange, Grant, OAuth2};
use model::{api::Connection, ids::WorkspaceId, run::ErrorClass};

use super::{Tokens, with_references};
use crate::oauth::{self, Granted, OAuthError, Scope, Values};
use crate::service_account;

/// Nothing waits longer for a token.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A way to sign in that renews its tokens.
enum Source<'a> {
    OAuth(&'a OAuth2),
    Exchange(&'a Exchange),
    ServiceAccount(&'a manifest::ServiceAccount),
}

impl<'a> Source<'a> {
    fn of(method: &'a AuthMethod) -> Option<Self> {
        let exchange = || method.exchange.as_ref().map(Source::Exchange);
        let account = || method.service_account.as_ref().map(Source::ServiceAccount);
        method.oauth2.as_ref().map(Source::OAuth).or_else(exchange).or_else(account)
    }
}

impl Tokens {
    /// New tokens of a connection that has had some. `before`: its values, resolved.
    pub(super) async fn fetch(
        &self,
        workspace: WorkspaceId,
        connection: &Connection,
        before: &Values,
    ) -> Result<Granted, OAuthError> {
        let (connector, method) = self.method(&connection.connector, &connection.method)?;
        match Source::of(method) {
            Some(Source::OAuth(oauth)) if oauth.grant == Grant::AuthorizationCode => {
                let app = self.app(workspace, connector).await?;
                let vendor = oauth::Vendor { egress: &self.egress, connector, oauth, app: &app, now: self.store.now() };
                oauth::refresh(&vendor, before).await
            }
            Some(source) => self.grant_of(workspace, connector, method, source, before, &connection.scopes).await,
            None => Err(OAuthError::NotOAuth),
        }
    }

    /// The first tokens of a connection that needs nobody's consent; none where its values are sent as they are. `values`: as typed.
    pub async fn without_consent(
        &self,
        workspace: WorkspaceId,
        connector: &str,
        method: &str,
        values: &Values,
        scopes: &[String],
    ) -> Result<Option<Granted>, OAuthError> {
        let resolved = self.resolve(connector, method, values.clone())?;
        let (connector, method) = self.method(connector, method)?;
        let Some(source) = Source::of(method) else { return Ok(None) };
        let granted = self.grant_of(workspace, connector, method, source, &resolved, scopes).await?;
        Ok(Some(Granted { values: with_references(&granted.values, values), ..granted }))
    }

    async fn grant_of(
        &self,
        workspace: WorkspaceId,
        connector: &Connector,
        method: &AuthMethod,
        source: Source<'_>,
        values: &Values,
        scopes: &[String],
    ) -> Result<Granted, OAuthError> {
        let now = self.store.now();
        match source {
            Source::OAuth(oauth) if oauth.grant == Grant::ClientCredentials => {
                let app = self.app(workspace, connector).await?;
                let vendor = oauth::Vendor { egress: &self.egress, connector, oauth, app: &app, now };
                oauth::client_credentials(&vendor, values, scopes).await
            }
            Source::OAuth(_) => Err(OAuthError::NotOAuth),
            Source::ServiceAccount(account) => service_account::fetch(&self.egress, connector, account, values, now).await,
            Source::Exchange(exchange) => self.exchange(connector, method, exchange, values).await,
        }
    }

    async fn exchange(
        &self,
        connector: &Connector,
        method: &AuthMethod,
        exchange: &Exchange,
        values: &Values,
    ) -> Result<Granted, OAuthError> {
        let vendor = connector.name.clone();
        let Some(id) = Method::parse(&method.id) else { return Err(OAuthError::NotOAuth) };
        // Without the tokens of before: an answer that gives the same one again must be readable.
        let typed = values.iter().filter(|(key, _)| !exchange.tokens.contains_key(*key));
        let typed = typed.map(|(key, value)| (key.clone(), value.clone())).collect();
        let credential = Credential { method: id, values: typed, allowed_hosts: Vec::new() };
        let exchanged =
            self.connect.exchange(&connector.id, &credential, TIMEOUT).await.map_err(|error| refused(vendor, error))?;
        let mut values = values.clone();
        values.extend(exchanged.tokens);
        let scope = Scope::default().with("body", exchanged.body).connection(&values);
        let expires_at = oauth::ends(&exchange.expiry, &scope, self.store.now());
        Ok(Granted { values, expires_at, scopes: None })
    }

    fn method(&self, connector: &str, method: &str) -> Result<(&Connector, &AuthMethod), OAuthError> {
        let connector = self.find(connector).ok_or(OAuthError::NotOAuth)?;
        Ok((connector, connector.auth_method(method).ok_or(OAuthError::NotOAuth)?))
    }
}

/// Whether the keys are wrong, or the vendor cannot answer just now.
fn refused(vendor: String, error: CallError) -> OAuthError {
    let message = error.message;
    match error.class {
        ErrorClass::Auth | ErrorClass::Rejected | ErrorClass::Permission => OAuthError::Keys { vendor, message },
        ErrorClass::Input | ErrorClass::System | ErrorClass::Permanent => OAuthError::Manifest(message),
        _ => OAuthError::Unreachable { vendor, message },
    }
}

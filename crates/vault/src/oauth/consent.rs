//! A consent: from the click to the granted tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use manifest::{AuthMethod, Connector, Grant, OAuth2, Pkce};
use model::ids::{ConnectionId, UserId};
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, basic::BasicClient};
use rand::TryRngCore as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::Consent;
use url::Url;

use super::{Granted, OAuthError, Scope, Values, client::Vendor, exchange};
use crate::{Error, Tokens};

/// A consent is good for ten minutes.
const EXPIRES_MS: i64 = 10 * 60_000;

/// What somebody wants to connect.
pub struct Begin {
    pub connector: String,
    pub method: String,
    pub label: String,
    /// What the person typed before: a subdomain, say.
    pub values: Values,
    /// The connection that is renewed.
    pub connection: Option<ConnectionId>,
    /// The renewed connection may become another account's.
    pub other_account: bool,
    /// Of a new connection: only these people may use it.
    pub only: Option<Vec<UserId>>,
    /// What the workspace's steps need; the connector's own are added.
    pub scopes: Vec<String>,
    /// Of the browser that began: only it can finish.
    pub session: Vec<u8>,
    /// Where the vendor sends the browser back to: exactly as registered.
    pub redirect_uri: String,
}

/// Where to send the browser.
#[derive(Debug)]
pub struct Begun {
    pub url: Url,
}

/// A consent that was given.
#[derive(Debug)]
pub struct Finished {
    pub consent: Consent,
    /// As it was begun.
    pub other_account: bool,
    /// As it was begun.
    pub only: Option<Vec<UserId>>,
    pub granted: Granted,
}

/// What is kept sealed while the person is away.
#[derive(Serialize, Deserialize)]
struct Kept {
    verifier: Option<String>,
    values: Values,
    #[serde(default)]
    other_account: bool,
    #[serde(default)]
    only: Option<Vec<UserId>>,
}

impl Tokens {
    /// Begins a consent: remembers it, bound to the browser's session, and says where to go.
    pub async fn begin(&self, scope: &store::Scope, begin: Begin) -> Result<Begun, OAuthError> {
        let (connector, _, oauth) = self.oauth(&begin.connector, &begin.method)?;
        if oauth.grant != Grant::AuthorizationCode {
            return Err(OAuthError::NotOAuth);
        }
        let app = self.app(scope.workspace, connector).await?;
        let state = random()?;
        let (challenge, verifier) = match oauth.pkce {
            Pkce::S256 => {
                let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
                (Some(challenge), Some(verifier.into_secret()))
            }
            Pkce::None => (None, None),
        };
        let mut scopes = oauth.always_scopes.clone();
        scopes.extend(begin.scopes);
        scopes.sort();
        scopes.dedup();
        let data = Scope::default().connection(&begin.values);
        let address = oauth.authorize_url.as_ref().ok_or_else(|| OAuthError::Manifest("authorize_url is missing".into()))?;
        let wrong = |error: url::ParseError| OAuthError::Manifest(error.to_string());
        let client = BasicClient::new(ClientId::new(app.client_id))
            .set_auth_uri(AuthUrl::new(super::data::address(address, &begin.values)?).map_err(wrong)?)
            .set_redirect_uri(RedirectUrl::new(begin.redirect_uri.clone()).map_err(wrong)?);
        let token = CsrfToken::new(state.clone());
        let mut request = client.authorize_url(|| token);
        if let Some(challenge) = challenge {
            request = request.set_pkce_challenge(challenge);
        }
        for (name, words) in scope_params(connector, oauth, &scopes) {
            request = request.add_extra_param(name, words);
        }
        for (name, value) in &oauth.authorize_params {
            request = request.add_extra_param(name.clone(), data.fill(value)?);
        }
        let (url, _) = request.url();

        let Begin { values, other_account, only, .. } = begin;
        let kept = serde_json::to_vec(&Kept { verifier, values, other_account, only }).map_err(|_| Error::Broken)?;
        let hash = hash(state.as_bytes());
        let secret = self.vault.put_secret(scope.workspace, &owner(&hash), "consent", kept).await?;
        let consent = Consent {
            workspace: scope.workspace,
            state_hash: hash,
            session_hash: self::hash(&begin.session),
            connector: begin.connector,
            method: begin.method,
            label: begin.label,
            connection: begin.connection,
            secret,
            redirect_uri: begin.redirect_uri,
            scopes,
            expires_at: self.store.now().plus_ms(EXPIRES_MS),
        };
        self.store.begin_consent(scope, consent).await?;
        Ok(Begun { url })
    }

    /// Finishes the consent of `state`: once, and only for the browser that began it.
    pub async fn finish(&self, state: &str, session: &[u8], code: &str) -> Result<Finished, OAuthError> {
        let (consent, kept) = self.take(state, session).await?;
        let (connector, _, oauth) = self.oauth(&consent.connector, &consent.method)?;
        let app = self.app(consent.workspace, connector).await?;
        let vendor = Vendor { egress: &self.egress, connector, oauth, app: &app, now: self.store.now() };
        let granted = exchange(&vendor, &kept.values, code, &consent.redirect_uri, kept.verifier).await?;
        Ok(Finished { consent, other_account: kept.other_account, only: kept.only, granted })
    }

    /// The vendor came back with an error instead of a code: the consent is used up, and its error is told in words.
    pub async fn refused(&self, state: &str, session: &[u8], code: &str, description: &str) -> OAuthError {
        let vendor = match self.take(state, session).await {
            Ok((consent, _)) => self.find(&consent.connector).map_or(consent.connector, |connector| connector.name.clone()),
            Err(error) => return error,
        };
        let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
        let said = short(description);
        let message = match code {
            "access_denied" => "the access was not granted".to_owned(),
            _ if said.is_empty() => short(code),
            _ => said,
        };
        OAuthError::Refused { vendor, code: short(code), message }
    }

    async fn take(&self, state: &str, session: &[u8]) -> Result<(Consent, Kept), OAuthError> {
        let hash = hash(state.as_bytes());
        let consent = self.store.take_consent(&hash, &self::hash(session)).await?.ok_or(OAuthError::UnknownState)?;
        let kept = self.vault.reveal(consent.workspace, consent.secret).await?;
        let kept: Kept = serde_json::from_slice(kept.as_bytes()).map_err(|_| Error::Broken)?;
        self.vault.delete(consent.workspace, consent.secret).await?;
        Ok((consent, kept))
    }

    pub(crate) fn oauth(&self, connector: &str, method: &str) -> Result<(&Connector, &AuthMethod, &OAuth2), OAuthError> {
        let connector = self.find(connector).ok_or(OAuthError::NotOAuth)?;
        let method = connector.auth_method(method).ok_or(OAuthError::NotOAuth)?;
        let oauth = method.oauth2.as_ref().ok_or(OAuthError::NotOAuth)?;
        Ok((connector, method, oauth))
    }
}

/// The parameters that ask for scopes, by the kind of each scope.
fn scope_params(connector: &Connector, oauth: &OAuth2, scopes: &[String]) -> Vec<(String, String)> {
    let kind = |id: &String| {
        let known = connector.scopes.iter().find(|scope| &scope.id == id);
        known.map_or("", |scope| scope.kind.as_str())
    };
    let mut params = Vec::new();
    for (of, name) in &oauth.scope_params {
        let words: Vec<&str> = scopes.iter().filter(|id| kind(id) == of).map(String::as_str).collect();
        if !words.is_empty() {
            params.push((name.clone(), words.join(&oauth.scope_separator)));
        }
    }
    params
}

fn owner(hash: &[u8]) -> String {
    format!("consent {}", hex::encode(hash))
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// 256 bits.
fn random() -> Result<String, Error> {
    let mut bytes = [0u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| Error::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

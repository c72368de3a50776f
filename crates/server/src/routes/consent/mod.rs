//! Connecting an account: where the browser is sent, and what happens when it comes back.

mod finish;
mod page;

use axum::http::StatusCode;
use manifest::{Connector, Grant};
use model::api::{Consent, NewConsent, StartConsent};
use vault::{Begin, OAuthError};

pub(crate) use finish::callback;
pub(crate) use page::script;

use super::connections::{checked_people, checked_values};
use crate::{app::App, auth::Member, endpoint::Input, error::ApiError, needs, routes::setup::named};

pub(crate) async fn start(app: App, caller: Member, input: Input<StartConsent>) -> Result<Consent, ApiError> {
    let NewConsent { connector, method, label, values, scopes, connection, other_account, only } = input.body;
    let known = match connection {
        Some(id) => Some(app.store.connection_to_use(&caller.scope, id).await?.connection),
        None => None,
    };
    let connector = known.as_ref().map_or(connector, |known| known.connector.clone());
    let Some(of) = app.connectors.iter().find(|of| of.id == connector) else {
        return Err(ApiError::field("connector", format!("There is no connector `{connector}`.")));
    };
    let auth = of.auth_method(&method).filter(|auth| is_consented(auth));
    let auth = auth.ok_or_else(|| ApiError::field("method", format!("{} has no such way to sign in by a consent.", of.name)))?;
    let values = checked_values(auth, values)?;
    let label = match (known.as_ref(), label.trim()) {
        (Some(known), _) => known.label.clone(),
        (None, "") => String::new(),
        (None, label) => named("label", label)?,
    };
    let Some(session) = caller.person.as_ref().and_then(|person| person.session.id()) else {
        let message = "This is for a person who is signed in; an API token cannot give a consent.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "person_only", message));
    };
    if only.is_some() && connection.is_some() {
        let message = "A connection that is renewed is for whom it was before; change that on its page.";
        return Err(ApiError::field("only", message));
    }
    checked_people(&app, &caller, only.as_deref()).await?;
    let mut asked = checked_scopes(of, scopes)?;
    match &known {
        Some(known) => {
            asked.extend(known.scopes.iter().filter(|scope| of.scopes.iter().any(|one| &one.id == *scope)).cloned());
            asked.extend(needs::of_connection(of, known.id, &app.store.definitions_in_use(&caller.scope).await?));
        }
        None if asked.is_empty() => asked.extend(of.scopes.iter().map(|scope| scope.id.clone())),
        None => {}
    }
    let begin = Begin {
        connector,
        method,
        label,
        values,
        connection,
        other_account,
        only,
        scopes: asked,
        session: session.to_string().into_bytes(),
        redirect_uri: app.redirect_uri(),
    };
    let begun = app.tokens.begin(&caller.scope, begin).await?;
    Ok(Consent { url: begun.url.into() })
}

fn is_consented(method: &manifest::AuthMethod) -> bool {
    method.oauth2.as_ref().is_some_and(|oauth| oauth.grant == Grant::AuthorizationCode)
}

fn checked_scopes(connector: &Connector, scopes: Vec<String>) -> Result<Vec<String>, ApiError> {
    let unknown = scopes.iter().position(|scope| !connector.scopes.iter().any(|known| &known.id == scope));
    match unknown {
        None => Ok(scopes),
        Some(at) => Err(ApiError::field(&format!("scopes[{at}]"), format!("{} has no such scope.", connector.name))),
    }
}

impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        let (status, code) = match &error {
            OAuthError::Vault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            OAuthError::Unreachable { .. } | OAuthError::Unreadable { .. } => (StatusCode::BAD_GATEWAY, error.code()),
            OAuthError::NoApp(_) => (StatusCode::CONFLICT, error.code()),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, error.code()),
        };
        match error {
            OAuthError::Vault(error) => error.into(),
            error => ApiError::new(status, code, error.to_string()),
        }
    }
}

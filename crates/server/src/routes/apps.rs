//! The owner's apps at vendors, through which people sign in.

use manifest::{AuthMethod, Connector, Grant, OAuth2};
use model::api::*;
use store::OAuthApp;

use crate::{app::App, auth::Member, catalog::app_steps, endpoint::Input, error::ApiError};

/// Bytes of a client id or secret.
const LONGEST: usize = 4 * 1024;

pub(crate) async fn list(app: App, caller: Member, _: Input<ListApps>) -> Result<Apps, ApiError> {
    let known = app.store.oauth_apps(&caller.scope).await?;
    let items = app.connectors.iter().filter_map(|connector| {
        let oauth = oauth(connector)?;
        Some(shown(&app, connector, oauth, known.iter().find(|known| known.connector == connector.id)))
    });
    Ok(Apps { items: items.collect() })
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetApp>) -> Result<AppAt, ApiError> {
    let (connector, oauth) = find(&app, &input.path.0)?;
    let known = app.store.oauth_apps(&caller.scope).await?;
    Ok(shown(&app, connector, oauth, known.iter().find(|known| known.connector == connector.id)))
}

pub(crate) async fn put(app: App, caller: Member, input: Input<PutApp>) -> Result<AppAt, ApiError> {
    let (connector, oauth) = find(&app, &input.path.0)?;
    if app.tokens.app_from_environment(&connector.id).is_some() {
        let message = format!("The app of {} is set by the environment of the server, which comes first.", connector.name);
        return Err(ApiError::field("client_id", message));
    }
    let client_id = text("client_id", &input.body.client_id)?;
    if client_id.is_empty() {
        return Err(ApiError::field("client_id", "The client ID is needed; the vendor shows it with the app."));
    }
    let secret = input.body.client_secret.as_deref().map(|secret| text("client_secret", secret)).transpose()?;
    app.tokens.put_app(&caller.scope, &connector.id, client_id, secret).await?;
    let known = app.store.oauth_apps(&caller.scope).await?;
    Ok(shown(&app, connector, oauth, known.iter().find(|known| known.connector == connector.id)))
}

pub(crate) async fn delete(app: App, caller: Member, input: Input<DeleteApp>) -> Result<Empty, ApiError> {
    let (connector, _) = find(&app, &input.path.0)?;
    match app.store.delete_oauth_app(&caller.scope, &connector.id).await {
        // What was asked for holds already.
        Ok(()) | Err(store::Error::NotFound(_)) => Ok(Empty {}),
        Err(error) => Err(error.into()),
    }
}

/// Never repeats the value in an error.
fn text(path: &str, value: &str) -> Result<String, ApiError> {
    let value = value.trim();
    if value.len() > LONGEST || value.chars().any(char::is_control) {
        return Err(ApiError::field(path, format!("The value must be one line of at most {LONGEST} bytes.")));
    }
    Ok(value.to_owned())
}

fn find<'a>(app: &'a App, id: &str) -> Result<(&'a Connector, &'a OAuth2), ApiError> {
    let found = app.connectors.iter().find(|connector| connector.id == id);
    found.and_then(|connector| Some((connector, oauth(connector)?))).ok_or_else(|| ApiError::not_found("A connector with apps"))
}

/// The connector's OAuth, the kind that people consent to first.
fn oauth(connector: &Connector) -> Option<&OAuth2> {
    let all = || connector.auth.iter().filter_map(|method: &AuthMethod| method.oauth2.as_ref());
    all().find(|oauth| oauth.grant == Grant::AuthorizationCode).or_else(|| all().next())
}

fn shown(app: &App, connector: &Connector, oauth: &OAuth2, known: Option<&OAuthApp>) -> AppAt {
    let redirect_uri = app.redirect_uri();
    let from_environment = app.tokens.app_from_environment(&connector.id).map(str::to_owned);
    AppAt {
        connector: connector.id.clone(),
        from_environment: from_environment.is_some(),
        has_secret: from_environment.is_none() && known.is_some_and(|app| app.secret.is_some()),
        client_id: from_environment.or_else(|| known.map(|app| app.client_id.clone())),
        updated_at: known.map(|app| app.updated_at),
        steps: app_steps(oauth, &redirect_uri),
        redirect_uri,
        scopes: connector.scopes.iter().map(|scope| AppScope { id: scope.id.clone(), why: scope.why.clone() }).collect(),
    }
}

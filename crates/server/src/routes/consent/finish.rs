//! The browser comes back from the vendor.

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use model::{
    Role,
    api::{ConsentEnd, StreamEvent},
    ids::ConnectionId,
};
use serde::Deserialize;
use store::{NewConnection, Renewal};
use vault::{Finished, OAuthError};

use super::page;
use crate::{
    app::App,
    auth::{SignedIn, scope_in, signed_in_of},
    error::ApiError,
    routes::connecting::{find_out, finished, told_apart},
};

/// Bytes of the vendor's answer in the address.
const LONGEST_QUERY: usize = 16 * 1024;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Came {
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// `GET /oauth/callback`: the vendor sends the browser here with a code, or with why there is none.
pub(crate) async fn callback(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let came: Came =
        if query.len() > LONGEST_QUERY { Came::default() } else { serde_urlencoded::from_str(query).unwrap_or_default() };
    let state = came.state.clone();
    let finished = match signed_in_of(&app, &parts).await {
        Ok(Some(person)) => finish(&app, &person, came).await,
        Ok(None) => Err(ApiError::unauthorized("You are not signed in any more. Sign in, then connect the account again.")),
        Err(error) => Err(error),
    };
    let (status, end) = match finished {
        Ok((connection, message)) => (StatusCode::OK, ConsentEnd { state, connection: Some(connection), message, code: None }),
        Err(error) => {
            let end =
                ConsentEnd { state, connection: None, message: error.message().to_owned(), code: Some(error.code().to_owned()) };
            (error.status(), end)
        }
    };
    page::shown(status, &end)
}

async fn finish(app: &App, person: &SignedIn, came: Came) -> Result<(ConnectionId, String), ApiError> {
    let session = person.session.id().map(|id| id.to_string().into_bytes()).unwrap_or_default();
    if came.state.is_empty() || session.is_empty() {
        return Err(OAuthError::UnknownState.into());
    }
    let Some(code) = came.code.filter(|code| !code.is_empty() && came.error.is_none()) else {
        let error = came.error.unwrap_or_else(|| "no code came back".to_owned());
        let description = came.error_description.unwrap_or_default();
        return Err(app.tokens.refused(&came.state, &session, &error, &description).await.into());
    };
    let Finished { consent, other_account, only, granted } = app.tokens.finish(&came.state, &session, &code).await?;
    // The role may have changed since the consent was begun.
    let scope = scope_in(app, person, consent.workspace).await?.filter(|scope| scope.role >= Role::Maker);
    let scope = scope.ok_or_else(|| ApiError::forbidden(Role::Maker))?;

    let connector = app.connectors.iter().find(|connector| connector.id == consent.connector);
    let method = connector.and_then(|connector| Some((connector, connector.auth_method(&consent.method)?)));
    let (connector, method) = method.ok_or_else(|| ApiError::not_found("The connector"))?;
    let renewed = match consent.connection {
        Some(id) => Some(app.store.connection_to_use(&scope, id).await?),
        None => None,
    };
    // What was chosen of the account stays chosen, where the new access reaches it.
    let before = match &renewed {
        Some(row) => app.tokens.open_as_kept(scope.workspace, row).await.map(|opened| opened.values).unwrap_or_default(),
        None => vault::Values::new(),
    };
    let found = find_out(app, connector, method, granted.values, &[], (&before, None)).await?;
    let account = found.account.unwrap_or(Ok(None)).map_err(|error| {
        let message = format!("{} gave access, but does not say whose account it is: {}", connector.name, error.message);
        ApiError::new(StatusCode::BAD_GATEWAY, "oauth.identity", message)
    })?;
    let scopes = granted.scopes.unwrap_or(consent.scopes);
    let (id, message) = match (consent.connection, renewed) {
        (None, _) | (_, None) => {
            let id = ConnectionId(app.store.next_id());
            let secret = app.tokens.seal(scope.workspace, id, &found.values).await?;
            let named = account.as_ref().map_or(&connector.name, |account| &account.label);
            let label = if consent.label.is_empty() { named.chars().take(100).collect() } else { consent.label };
            let new = NewConnection {
                id,
                connector: consent.connector,
                method: consent.method,
                label,
                hosts: Vec::new(),
                secret: Some(secret),
                account,
                scopes,
                expires_at: granted.expires_at,
            };
            // Somebody may have left while the person was away; it still becomes nobody else's.
            let only = match only {
                Some(people) => Some(app.store.makers_among(scope.workspace, &people).await?),
                None => None,
            };
            if let Err(error) = app.store.create_connection_for(&scope, new, only.as_deref()).await {
                app.vault.delete(scope.workspace, secret).await?;
                return Err(error.into());
            }
            (id, format!("{} is connected.", connector.name))
        }
        (Some(id), Some(before)) => {
            let is_other = matches!((&before.account_id, &account), (Some(before), Some(now)) if *before != now.id);
            if is_other && !other_account {
                let was = before.connection.account.unwrap_or(before.connection.label);
                let now = account.map(|account| account.label).unwrap_or_default();
                let message = format!(
                    "This is the account “{now}”, but the connection is “{was}”. Choose “{was}”, or say that it is to change."
                );
                return Err(ApiError::new(StatusCode::CONFLICT, "oauth.other_account", message));
            }
            let secret = app.tokens.seal(scope.workspace, id, &found.values).await?;
            let renewal = Renewal { secret, expires_at: granted.expires_at, scopes: Some(scopes), account };
            if let Err(error) = app.store.reconnect(&scope, id, &consent.method, renewal).await {
                app.vault.delete(scope.workspace, secret).await?;
                return Err(error.into());
            }
            (id, format!("{} is connected again. Runs that waited for it go on.", before.connection.label))
        }
    };
    told_apart(app, &scope, id, (connector, method), &found.values).await?;
    // Without one there is no way to new tokens but another consent.
    app.store.set_connection_renews(&scope, id, found.values.contains_key("refresh_token")).await?;
    finished(app, &scope, id, found.question.is_some()).await?;
    let message = match &found.question {
        Some(question) => format!("{} is connected. One question is left: {question}", connector.name),
        None => message,
    };
    app.live.publish(scope.workspace, &StreamEvent::Connection { connection: id });
    Ok((id, message))
}

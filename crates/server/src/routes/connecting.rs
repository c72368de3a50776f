//! What follows connecting an account: further values are found out, a person chooses where there are several, and at the end the vendor
//! is told that access is no longer used.

use std::time::Duration;

use connect::{CallError, FoundOut};
use manifest::{AuthMethod, Connector};
use model::{api::*, ids::ConnectionId};
use serde_json::json;
use store::{ConnectionRow, Renewal};
use vault::Values;

use crate::{
    accounts::{self, Refusal, credential},
    app::App,
    auth::Member,
    endpoint::Input,
    error::ApiError,
    routes::connections::auth_method,
};

/// A person waits for it.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Deleting waits no longer for the vendor.
const REVOKE: Duration = Duration::from_secs(10);

/// What an account is found to be after connecting.
pub(super) struct Found {
    /// The connection's values with what was found.
    pub values: Values,
    /// Absent as long as something has to be chosen: who it is may depend on it.
    pub account: Option<Result<Option<store::Account>, CallError>>,
    pub question: Option<String>,
}

/// Makes the calls that follow connecting. `values`: as they are kept; `before`: those of the connection that is renewed.
pub(super) async fn find_out(
    app: &App,
    connector: &Connector,
    method: &AuthMethod,
    values: Values,
    hosts: &[String],
    (before, choice): (&Values, Option<&str>),
) -> Result<Found, ApiError> {
    let resolved = resolve(app, connector, method, values.clone())?;
    let FoundOut { values: new, ask } = asked(app, connector, method, resolved.clone(), hosts, (before, choice)).await?;
    let mut found = Found { values, account: None, question: ask.map(|ask| ask.question) };
    found.values.extend(new.clone());
    if found.question.is_none() {
        let resolved = resolved.into_iter().chain(new).collect();
        found.account = Some(accounts::identity(app, &connector.id, method, resolved, hosts.to_vec()).await);
    }
    Ok(found)
}

fn resolve(app: &App, connector: &Connector, method: &AuthMethod, values: Values) -> Result<Values, ApiError> {
    app.tokens.resolve(&connector.id, &method.id, values).map_err(|error| ApiError::field("values", format!("{error}.")))
}

async fn asked(
    app: &App,
    connector: &Connector,
    method: &AuthMethod,
    values: Values,
    hosts: &[String],
    (before, choice): (&Values, Option<&str>),
) -> Result<FoundOut, ApiError> {
    if connector.after_connect.is_empty() {
        return Ok(FoundOut::default());
    }
    let credential = credential(&method.id, values, hosts.to_vec()).map_err(Refusal::Call)?;
    let found = app.connect.find_out(&connector.id, &credential, before, choice, TIMEOUT).await;
    found.map_err(|error| Refusal::Call(error).into())
}

pub(crate) async fn question(
    app: App,
    caller: Member,
    input: Input<GetConnectionQuestion>,
) -> Result<ConnectionQuestion, ApiError> {
    let row = app.store.connection_to_use(&caller.scope, input.path.0).await?;
    let (connector, method) = auth_method(&app, &row.connection.connector, &row.connection.method)?;
    let nothing = ConnectionQuestion { question: None, choices: Vec::new() };
    if connector.after_connect.is_empty() || row.secret.is_none() {
        return Ok(nothing);
    }
    let kept = app.tokens.open_as_kept(caller.scope.workspace, &row).await.map_err(Refusal::Open)?.values;
    let values = resolve(&app, connector, method, kept.clone())?;
    let found = asked(&app, connector, method, values, &row.connection.hosts, (&kept, None)).await?;
    let Some(ask) = found.ask else { return Ok(nothing) };
    let choices = ask.choices.into_iter().map(|choice| AccountOption { value: choice.value, label: choice.label });
    Ok(ConnectionQuestion { question: Some(ask.question), choices: choices.collect() })
}

pub(crate) async fn answer(app: App, caller: Member, input: Input<AnswerConnectionQuestion>) -> Result<Connection, ApiError> {
    let (id, workspace) = (input.path.0, caller.scope.workspace);
    let row = app.store.connection_to_use(&caller.scope, id).await?;
    let (connector, method) = auth_method(&app, &row.connection.connector, &row.connection.method)?;
    let kept = app.tokens.open_as_kept(workspace, &row).await.map_err(Refusal::Open)?.values;
    let choice = Some(input.body.choice.as_str());
    let found = find_out(&app, connector, method, kept.clone(), &row.connection.hosts, (&kept, choice)).await?;
    if found.question.is_some() && found.values == kept {
        return Err(ApiError::field("choice", "This is not among the choices any more; choose again."));
    }
    let secret = app.tokens.seal(workspace, id, &found.values).await?;
    let account = found.account.and_then(Result::ok).flatten();
    let renewal = Renewal { secret, expires_at: row.connection.expires_at, scopes: None, account };
    if let Err(error) = app.store.reconnect(&caller.scope, id, &method.id, renewal).await {
        app.vault.delete(workspace, secret).await?;
        return Err(error.into());
    }
    finished(&app, &caller.scope, id, found.question.is_some()).await?;
    Ok(app.store.connection(&caller.scope, id).await?.connection)
}

/// Whether the values are of an account for trying things out is kept beside them: nobody opens them to show a list.
pub(super) async fn told_apart(
    app: &App,
    scope: &store::Scope,
    id: ConnectionId,
    (connector, method): (&Connector, &AuthMethod),
    values: &Values,
) -> Result<(), ApiError> {
    if method.is_sandbox.is_none() {
        return Ok(());
    }
    let is_test = connect::is_test_account(method, &resolve(app, connector, method, values.clone())?);
    Ok(app.store.set_test_account(scope, id, is_test).await?)
}

/// A connection with new values is used by the runs that wait for it, unless something has to be chosen first.
pub(super) async fn finished(app: &App, scope: &store::Scope, id: ConnectionId, has_question: bool) -> Result<(), ApiError> {
    if has_question {
        app.store.set_connection_status(scope, id, ConnectionStatus::Disabled).await?;
    } else {
        app.store.connection_repaired(id).await?;
    }
    Ok(())
}

pub(crate) async fn delete(app: App, caller: Member, input: Input<DeleteConnection>) -> Result<ConnectionDeleted, ApiError> {
    let id = input.path.0;
    let row = app.store.connection_to_use(&caller.scope, id).await?;
    // Opened before the row goes, and used after: a connection that cannot be deleted keeps its access.
    let access = access(&app, &caller, &row).await;
    app.store.delete_connection(&caller.scope, id).await?;
    let Some(access) = access else { return Ok(ConnectionDeleted { access_kept: None }) };
    let (connector, of) = (&row.connection.connector, &row.connection.label);
    let told = match access {
        Ok(credential) => app.connect.revoke(connector, &credential, REVOKE).await.map_err(|error| error.message),
        Err(message) => Err(message),
    };
    let access_kept = told.err();
    if let Some(reason) = &access_kept {
        tracing::warn!(connection.id = %id, connector.id = %connector, reason = %reason, "access could not be taken back at the vendor");
        let detail = json!({ "label": of, "reason": reason });
        app.store.audit(&caller.scope, "connection.access_kept", &id.to_string(), detail).await?;
    }
    Ok(ConnectionDeleted { access_kept })
}

/// What the vendor is told with that access ends, where it knows such a call.
async fn access(app: &App, caller: &Member, row: &ConnectionRow) -> Option<Result<connect::Credential, String>> {
    if row.connection.sandbox {
        return None;
    }
    let (connector, method) = auth_method(app, &row.connection.connector, &row.connection.method).ok()?;
    method.oauth2.as_ref()?.revoke.as_ref()?;
    row.secret?;
    let opened = match app.tokens.open_as_kept(caller.scope.workspace, row).await {
        Ok(opened) => opened,
        Err(error) => return Some(Err(Refusal::Open(error).message())),
    };
    let values = app.tokens.resolve(&connector.id, &method.id, opened.values).map_err(|error| error.to_string());
    Some(values.and_then(|values| credential(&method.id, values, Vec::new()).map_err(|error| error.message)))
}

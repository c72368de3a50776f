//! Sandbox connections: made without a vendor, looked into, emptied, told to misbehave.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use manifest::{AuthMethod, Connector};
use model::{
    api::*,
    ids::{ConnectionId, UserId},
};
use store::{Account, NewConnection as StoredConnection};

use crate::{
    app::App,
    auth::Member,
    endpoint::Input,
    error::ApiError,
    routes::connections::{auth_method, kept},
};

/// Of `SandboxBehaviour::calls`.
const MOST_CALLS: u32 = 1_000;
/// Of an answer that a person wrote.
const MOST_HEADERS: usize = 20;
const MOST_BODY_BYTES: usize = 96 * 1024;
/// In milliseconds, and in seconds.
const SLOWEST_MS: u32 = 120_000;
const LONGEST_RETRY_S: u32 = 3_600;

pub(crate) async fn get(app: App, caller: Member, input: Input<GetSandbox>) -> Result<SandboxAccount, ApiError> {
    let connection = sandbox(&app, &caller, input.path.0).await?;
    look(&app, &connection).await
}

pub(crate) async fn set(app: App, caller: Member, input: Input<SetSandbox>) -> Result<SandboxAccount, ApiError> {
    let connection = sandbox(&app, &caller, input.path.0).await?;
    let behaviour = checked(input.body)?;
    if behaviour.answer.is_some() && !look(&app, &connection).await?.scripted {
        return Err(ApiError::field("answer", "Only answers to HTTP requests can be written; this sandbox knows its own."));
    }
    simulated(&app)?.behave(&connection.connector, connection.id, behaviour).await.map_err(|why| ApiError::internal(&why))?;
    look(&app, &connection).await
}

pub(crate) async fn clear(app: App, caller: Member, input: Input<EmptySandbox>) -> Result<Empty, ApiError> {
    let connection = sandbox(&app, &caller, input.path.0).await?;
    simulated(&app)?.clear(connection.id).await.map_err(|why| ApiError::internal(&why))?;
    Ok(Empty {})
}

async fn look(app: &App, connection: &Connection) -> Result<SandboxAccount, ApiError> {
    simulated(app)?.look(&connection.connector, connection.id).await.map_err(|why| ApiError::internal(&why))
}

async fn sandbox(app: &App, caller: &Member, id: ConnectionId) -> Result<Connection, ApiError> {
    let connection = app.store.connection_to_use(&caller.scope, id).await?.connection;
    if !connection.sandbox {
        return Err(ApiError::field("id", format!("“{}” is a real connection, not a sandbox.", connection.label)));
    }
    Ok(connection)
}

fn simulated(app: &App) -> Result<&dyn connect::Sandbox, ApiError> {
    app.connect.sandbox().ok_or_else(|| ApiError::field("sandbox", "Sandboxes are not available here."))
}

fn checked(behaviour: SandboxBehaviour) -> Result<SandboxBehaviour, ApiError> {
    if behaviour.calls.is_some_and(|calls| !(1..=MOST_CALLS).contains(&calls)) {
        return Err(ApiError::field("calls", format!("Write a number from 1 to {MOST_CALLS}, or leave it out for always.")));
    }
    if let Some(answer) = &behaviour.answer {
        written(answer)?;
    }
    match behaviour.misbehaviour {
        Some(Misbehaviour::Slow { ms }) if !(1..=SLOWEST_MS).contains(&ms) => {
            Err(ApiError::field("misbehaviour.ms", format!("Write a number from 1 to {SLOWEST_MS}, in milliseconds.")))
        }
        Some(Misbehaviour::RateLimited { retry_after_s }) if retry_after_s > LONGEST_RETRY_S => {
            Err(ApiError::field("misbehaviour.retry_after_s", format!("Write at most {LONGEST_RETRY_S} seconds.")))
        }
        None if behaviour.calls.is_some() => {
            Err(ApiError::field("misbehaviour", "Say what it should do for these calls, or leave out `calls`."))
        }
        _ => Ok(behaviour),
    }
}

fn written(answer: &ScriptedAnswer) -> Result<(), ApiError> {
    if !(200..=599).contains(&answer.status) {
        return Err(ApiError::field("answer.status", "Write a status from 200 to 599."));
    }
    let is_header = |(name, value): (&String, &String)| {
        HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok()
    };
    if answer.headers.len() > MOST_HEADERS || !answer.headers.iter().all(is_header) {
        return Err(ApiError::field("answer.headers", format!("Write at most {MOST_HEADERS} headers, each on one line.")));
    }
    if answer.body.to_string().len() > MOST_BODY_BYTES {
        return Err(ApiError::field("answer.body", format!("Write at most {} kB.", MOST_BODY_BYTES / 1024)));
    }
    Ok(())
}

/// Makes a sandbox connection. `method`: as the connector names it; absent, the one that most operations work with.
pub(super) async fn create(
    app: &App,
    caller: &Member,
    connector: &str,
    method: Option<&str>,
    label: String,
    (hosts, values): (&[String], &BTreeMap<String, String>),
    only: Option<&[UserId]>,
) -> Result<Connection, ApiError> {
    nothing_given(hosts, Some(values))?;
    let method = match method {
        Some(method) => method.to_owned(),
        None => app.connectors.iter().find(|known| known.id == connector).and_then(widest).unwrap_or_default(),
    };
    let (of, auth) = auth_method(app, connector, &method)?;
    let id = ConnectionId(app.store.next_id());
    let secret = Some(app.tokens.seal(caller.scope.workspace, id, &made_up(app, of, auth, id)?).await?);
    let account = Some(Account { id: format!("sandbox:{id}"), label: format!("{} sandbox", of.name) });
    let new = StoredConnection {
        id,
        connector: of.id.clone(),
        method,
        label,
        hosts: Vec::new(),
        secret,
        account,
        scopes: of.scopes.iter().map(|scope| scope.id.clone()).collect(),
        expires_at: None,
    };
    kept(app, caller, secret, app.store.create_sandbox_connection(&caller.scope, new, only).await).await
}

/// Renames it, or has it work again after its values were refused: `values` is then empty.
pub(super) async fn update(
    app: &App,
    caller: &Member,
    known: &Connection,
    label: Option<String>,
    (hosts, values): (Option<&[String]>, Option<&BTreeMap<String, String>>),
) -> Result<Connection, ApiError> {
    nothing_given(hosts.unwrap_or_default(), values)?;
    let secret = match values {
        None => None,
        Some(_) => {
            let (of, auth) = auth_method(app, &known.connector, &known.method)?;
            Some(app.tokens.seal(caller.scope.workspace, known.id, &made_up(app, of, auth, known.id)?).await?)
        }
    };
    let stored = app.store.update_connection(&caller.scope, known.id, label, None, secret).await;
    let connection = kept(app, caller, secret, stored).await?;
    if secret.is_some() {
        app.store.connection_repaired(known.id).await?;
    }
    Ok(connection)
}

/// What is real must not get into a sandbox: it would look as if it were used.
fn nothing_given(hosts: &[String], values: Option<&BTreeMap<String, String>>) -> Result<(), ApiError> {
    if values.is_some_and(|values| !values.is_empty()) {
        return Err(ApiError::field("values", "A sandbox connection has no values, and cannot become a real one: add another."));
    }
    if !hosts.is_empty() {
        return Err(ApiError::field("hosts", "A sandbox connection calls no hosts: leave them out."));
    }
    Ok(())
}

fn made_up(
    app: &App,
    connector: &Connector,
    method: &AuthMethod,
    id: ConnectionId,
) -> Result<BTreeMap<String, String>, ApiError> {
    let values = app.connect.sandbox().and_then(|sandbox| sandbox.values(&connector.id, &method.id));
    let values = values.ok_or_else(|| ApiError::field("connector", format!("{} has no sandbox.", connector.name)))?;
    Ok(connect::marked(values, &connector.id, id))
}

/// The way to sign in that most operations work with; of several the first.
fn widest(connector: &Connector) -> Option<String> {
    let fits = |method: &AuthMethod| {
        connector.operations.iter().filter(|one| one.auth.is_empty() || one.auth.contains(&method.id)).count()
    };
    let most = connector.auth.iter().map(fits).max()?;
    connector.auth.iter().find(|method| fits(method) == most).map(|method| method.id.clone())
}

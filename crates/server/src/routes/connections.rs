use std::collections::BTreeMap;

use manifest::{AuthMethod, Connector, Grant};
use model::{
    Timestamp,
    api::*,
    ids::{ConnectionId, SecretId, UserId},
    run::ErrorClass,
};
use store::{Account, NewConnection as StoredConnection};
use vault::{OAuthError, Sources};

use crate::{
    app::App,
    auth::Member,
    endpoint::Input,
    error::ApiError,
    needs,
    routes::{
        connecting::{Found, find_out, finished, told_apart},
        sandboxes,
        setup::named,
    },
};

/// Bytes of one secret value.
const LONGEST_VALUE: usize = 16 * 1024;

pub(crate) async fn list(app: App, caller: Member, _: Input<ListConnections>) -> Result<Connections, ApiError> {
    let mut items = app.store.connections(&caller.scope).await?;
    let definitions = app.store.definitions_in_use(&caller.scope).await?;
    for connection in &mut items {
        if let Some(connector) = app.connectors.iter().find(|connector| connector.id == connection.connector) {
            connection.needed_scopes = needs::of_connection(connector, connection.id, &definitions);
        }
    }
    Ok(Connections { items })
}

pub(crate) async fn create(app: App, caller: Member, input: Input<CreateConnection>) -> Result<Connection, ApiError> {
    let NewConnection { connector, method, label, hosts, values, sandbox, only } = input.body;
    let label = named("label", &label)?;
    checked_people(&app, &caller, only.as_deref()).await?;
    if sandbox {
        let only = only.as_deref();
        return sandboxes::create(&app, &caller, &connector, Some(&method), label, (&hosts, &values), only).await;
    }
    let (of, auth) = auth_method(&app, &connector, &method)?;
    let hosts = if of.is_data() && hosts.is_empty() { hosts } else { checked_hosts(hosts)? };
    let values = checked_values(auth, values)?;
    let given = given(&app, &caller, of, auth, values, &hosts, &BTreeMap::new()).await?;
    let Given { values, account, scopes, expires_at, has_question } = given;
    let id = ConnectionId(app.store.next_id());
    let secret = Some(app.tokens.seal(caller.scope.workspace, id, &values).await?);
    let new = StoredConnection { id, connector, method, label, hosts, secret, account, scopes, expires_at };
    let made = app.store.create_connection_for(&caller.scope, new, only.as_deref()).await;
    kept(&app, &caller, secret, made).await?;
    told_apart(&app, &caller.scope, id, (of, auth), &values).await?;
    if has_question {
        finished(&app, &caller.scope, id, true).await?;
    }
    Ok(app.store.connection(&caller.scope, id).await?.connection)
}

pub(crate) async fn update(app: App, caller: Member, input: Input<UpdateConnection>) -> Result<Connection, ApiError> {
    let id = input.path.0;
    let ConnectionUpdate { label, hosts, values } = input.body;
    let row = app.store.connection_to_use(&caller.scope, id).await?;
    let known = &row.connection;
    let label = label.map(|label| named("label", &label)).transpose()?;
    let is_data = app.connectors.iter().any(|connector| connector.id == known.connector && connector.is_data());
    let hosts = hosts.map(|hosts| if is_data && hosts.is_empty() { Ok(hosts) } else { checked_hosts(hosts) }).transpose()?;
    let adds = hosts.as_ref().is_some_and(|hosts| hosts.iter().any(|host| !known.hosts.contains(host)));
    if adds && values.is_none() {
        // Whoever does not know the secret must not be able to have it sent to a host of their choice.
        return Err(ApiError::field("hosts", "To add a host, enter the connection's secret values again."));
    }
    if known.sandbox {
        return sandboxes::update(&app, &caller, known, label, (hosts.as_deref(), values.as_ref())).await;
    }
    let mut has_question = false;
    let mut test = None;
    let secret = match values {
        Some(values) => {
            let (of, auth) = auth_method(&app, &known.connector, &known.method)?;
            let values = checked_values(auth, values)?;
            // What was chosen of the account stays chosen; values that cannot be opened any more are no reason to refuse new ones.
            let before =
                app.tokens.open_as_kept(caller.scope.workspace, &row).await.map(|opened| opened.values).unwrap_or_default();
            let hosts = hosts.as_ref().unwrap_or(&known.hosts);
            let given = given(&app, &caller, of, auth, values, hosts, &before).await?;
            has_question = given.has_question;
            let sealed = app.tokens.seal(caller.scope.workspace, id, &given.values).await?;
            test = Some((of, auth, given.values));
            Some(sealed)
        }
        None => None,
    };
    let renewed = secret.is_some();
    let connection =
        kept(&app, &caller, secret, app.store.update_connection(&caller.scope, id, label, hosts, secret).await).await?;
    if !renewed {
        return Ok(connection);
    }
    if let Some((of, auth, values)) = test {
        told_apart(&app, &caller.scope, id, (of, auth), &values).await?;
    }
    finished(&app, &caller.scope, id, has_question).await?;
    Ok(app.store.connection(&caller.scope, id).await?.connection)
}

/// Who may use it.
pub(crate) async fn share(app: App, caller: Member, input: Input<ShareConnection>) -> Result<ConnectionAccess, ApiError> {
    let id = input.path.0;
    let access = app.store.share_connection(&caller.scope, id, &input.body).await?;
    app.live.publish(caller.scope.workspace, &StreamEvent::Connection { connection: id });
    Ok(access)
}

/// What a connection that needs nobody's consent begins with.
struct Given {
    values: BTreeMap<String, String>,
    account: Option<Account>,
    scopes: Vec<String>,
    expires_at: Option<Timestamp>,
    /// Something has to be chosen before it can be used.
    has_question: bool,
}

/// Fetches the first tokens where the values alone give them, and asks whose they are: values that the other side refuses are not kept.
async fn given(
    app: &App,
    caller: &Member,
    connector: &Connector,
    method: &AuthMethod,
    values: BTreeMap<String, String>,
    hosts: &[String],
    before: &BTreeMap<String, String>,
) -> Result<Given, ApiError> {
    if method.oauth2.as_ref().is_some_and(|oauth| oauth.grant == Grant::AuthorizationCode) {
        let message = format!("{} asks a person for consent: use `/connections/consent`.", connector.name);
        return Err(ApiError::field("method", message));
    }
    let asked: Vec<String> = connector.scopes.iter().map(|scope| scope.id.clone()).collect();
    let granted = app.tokens.without_consent(caller.scope.workspace, &connector.id, &method.id, &values, &asked).await;
    let (values, scopes, expires_at) = match granted {
        Ok(None) => (values, Vec::new(), None),
        Ok(Some(granted)) => (granted.values, granted.scopes.unwrap_or(asked), granted.expires_at),
        Err(error @ (OAuthError::Keys { .. } | OAuthError::Source(_))) => {
            return Err(ApiError::field("values", error.to_string()));
        }
        Err(error) => return Err(error.into()),
    };
    let Found { values, account, question } = find_out(app, connector, method, values, hosts, (before, None)).await?;
    let account = match account {
        None => None,
        Some(Ok(account)) => account,
        Some(Err(error)) if error.class == ErrorClass::Auth => {
            return Err(ApiError::field("values", format!("{} does not accept this: {}", connector.name, error.message)));
        }
        // Not reachable now, or not allowed to say who it is: the values may be right all the same.
        Some(Err(error)) => {
            tracing::info!(connector.id = %connector.id, reason = %error, "a new connection's account could not be asked for");
            None
        }
    };
    Ok(Given { values, account, scopes, expires_at, has_question: question.is_some() })
}

pub(super) fn auth_method<'a>(app: &'a App, connector: &str, method: &str) -> Result<(&'a Connector, &'a AuthMethod), ApiError> {
    let Some(connector) = app.connectors.iter().find(|c| c.id == connector) else {
        return Err(ApiError::field("connector", format!("There is no connector `{connector}`.")));
    };
    connector.auth_method(method).map(|auth| (connector, auth)).ok_or_else(|| {
        let known: Vec<String> = connector.auth.iter().map(|m| format!("`{}`", m.id)).collect();
        ApiError::field(
            "method",
            format!("{} has no way to sign in called `{method}`; choose {}.", connector.name, known.join(", ")),
        )
    })
}

/// Whom a new connection is for. Said before anything is asked of the vendor: afterwards there would be access that nobody keeps.
pub(super) async fn checked_people(app: &App, caller: &Member, only: Option<&[UserId]>) -> Result<(), ApiError> {
    let Some(people) = only else { return Ok(()) };
    if people.len() > AccessChange::MOST {
        return Err(ApiError::field("only", format!("At most {} people can be named at once.", AccessChange::MOST)));
    }
    let makers = app.store.makers_among(caller.scope.workspace, people).await?;
    match people.iter().position(|person| !makers.contains(person)) {
        None => Ok(()),
        Some(at) => Err(ApiError::field(&format!("only[{at}]"), "Name members of the workspace who make workflows.")),
    }
}

/// Exactly the fields of the method, without what people paste around a value; never repeats a value in an error.
pub(super) fn checked_values(
    method: &AuthMethod,
    mut values: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ApiError> {
    for (key, value) in &values {
        let path = format!("values.{key}");
        if !method.fields.iter().any(|field| &field.key == key) {
            let known: Vec<String> = method.fields.iter().map(|f| format!("`{}`", f.key)).collect();
            return Err(ApiError::field(
                &path,
                format!("There is no value `{key}`; {} takes {}.", method.label, known.join(", ")),
            ));
        }
        if value.len() > LONGEST_VALUE {
            return Err(ApiError::field(&path, format!("The value may have at most {LONGEST_VALUE} bytes.")));
        }
    }
    for field in &method.fields {
        if field.required && values.get(&field.key).is_none_or(|value| value.trim().is_empty()) {
            return Err(ApiError::field(&format!("values.{}", field.key), format!("{} is needed.", field.label)));
        }
        if let (Some(pattern), Some(value)) = (&field.pattern, values.get_mut(&field.key))
            && !value.trim().is_empty()
            && !(field.secret && Sources::is_reference(value))
        {
            let Some(accepted) = pattern.accept(value).map(str::to_owned) else {
                let message = format!("{} does not look right; check it against the example.", field.label);
                return Err(ApiError::field(&format!("values.{}", field.key), message));
            };
            *value = accepted;
        }
    }
    Ok(values)
}

/// `api.example.com`, `api.example.com:8443` or `*.example.com`, in lower case.
fn checked_hosts(hosts: Vec<String>) -> Result<Vec<String>, ApiError> {
    if hosts.is_empty() {
        return Err(ApiError::field("hosts", "Name at least one host the credentials may be sent to."));
    }
    let check = |(at, host): (usize, String)| {
        let host = host.trim().to_ascii_lowercase();
        if is_host(&host) {
            Ok(host)
        } else {
            Err(ApiError::field(
                &format!("hosts[{at}]"),
                "Write a host such as `api.example.com` or `*.example.com`, without `https://`.",
            ))
        }
    };
    hosts.into_iter().enumerate().map(check).collect()
}

fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    // A star over a whole top-level domain would be everybody.
    if name.is_empty() || (host.starts_with("*.") && !name.contains('.')) {
        return false;
    }
    let (name, port) = match name.rsplit_once(':') {
        Some((name, port)) if !name.ends_with(']') || port.parse::<u16>().is_ok() => (name, Some(port)),
        _ => (name, None),
    };
    let plain = name.starts_with('[') || name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    !name.is_empty() && plain && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Takes a sealed secret away again when what it was for could not be stored.
pub(super) async fn kept<T>(
    app: &App,
    caller: &Member,
    secret: Option<SecretId>,
    stored: Result<T, store::Error>,
) -> Result<T, ApiError> {
    if let (Err(_), Some(secret)) = (&stored, secret)
        && let Err(error) = app.vault.delete(caller.scope.workspace, secret).await
    {
        tracing::warn!(error = %error, "a secret that nothing uses could not be deleted");
    }
    Ok(stored?)
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn hosts_are_names_only() {
        for good in ["api.example.com", "*.example.com", "localhost", "127.0.0.1:9099", "[::1]:80", "intern_1.lan"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "*", "*.com", "https://example.com", "example.com/x", "a b", "example.com:http", "user@example.com"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}

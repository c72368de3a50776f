use std::collections::BTreeMap;

use manifest::AuthMethod;
use model::{
    api::*,
    ids::{ConnectionId, SecretId, WorkspaceId},
};
use store::NewConnection as StoredConnection;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError, routes::setup::named};

/// Bytes of one secret value.
const LONGEST_VALUE: usize = 16 * 1024;

pub(crate) async fn list(app: App, caller: Member, _: Input<ListConnections>) -> Result<Connections, ApiError> {
    Ok(Connections { items: app.store.connections(&caller.scope).await? })
}

pub(crate) async fn create(app: App, caller: Member, input: Input<CreateConnection>) -> Result<Connection, ApiError> {
    let NewConnection { connector, method, label, hosts, values } = input.body;
    let label = named("label", &label)?;
    let hosts = checked_hosts(hosts)?;
    let auth = auth_method(&app, &connector, &method)?;
    let values = checked_values(auth, values)?;
    let id = ConnectionId(app.store.next_id());
    let secret = Some(seal(&app, caller.scope.workspace, id, &values).await?);
    let new =
        StoredConnection { id, connector, method, label, hosts, secret, account: None, scopes: Vec::new(), expires_at: None };
    kept(&app, &caller, secret, app.store.create_connection(&caller.scope, new).await).await
}

pub(crate) async fn update(app: App, caller: Member, input: Input<UpdateConnection>) -> Result<Connection, ApiError> {
    let id = input.path.0;
    let ConnectionUpdate { label, hosts, values } = input.body;
    let known = app.store.connection(&caller.scope, id).await?.connection;
    let label = label.map(|label| named("label", &label)).transpose()?;
    let hosts = hosts.map(checked_hosts).transpose()?;
    let adds = hosts.as_ref().is_some_and(|hosts| hosts.iter().any(|host| !known.hosts.contains(host)));
    if adds && values.is_none() {
        // Whoever does not know the secret must not be able to have it sent to a host of their choice.
        return Err(ApiError::field("hosts", "To add a host, enter the connection's secret values again."));
    }
    let secret = match values {
        Some(values) => {
            let values = checked_values(auth_method(&app, &known.connector, &known.method)?, values)?;
            Some(seal(&app, caller.scope.workspace, id, &values).await?)
        }
        None => None,
    };
    let renewed = secret.is_some();
    let connection =
        kept(&app, &caller, secret, app.store.update_connection(&caller.scope, id, label, hosts, secret).await).await?;
    if renewed {
        app.store.connection_repaired(id).await?;
    }
    Ok(connection)
}

pub(crate) async fn delete(app: App, caller: Member, input: Input<DeleteConnection>) -> Result<Empty, ApiError> {
    app.store.delete_connection(&caller.scope, input.path.0).await?;
    Ok(Empty {})
}

fn auth_method<'a>(app: &'a App, connector: &str, method: &str) -> Result<&'a AuthMethod, ApiError> {
    let Some(connector) = app.connectors.iter().find(|c| c.id == connector) else {
        return Err(ApiError::field("connector", format!("There is no connector `{connector}`.")));
    };
    connector.auth_method(method).ok_or_else(|| {
        let known: Vec<String> = connector.auth.iter().map(|m| format!("`{}`", m.id)).collect();
        ApiError::field(
            "method",
            format!("{} has no way to sign in called `{method}`; choose {}.", connector.name, known.join(", ")),
        )
    })
}

/// Exactly the fields of the method; never repeats a value in an error.
fn checked_values(method: &AuthMethod, values: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ApiError> {
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
async fn kept<T>(app: &App, caller: &Member, secret: Option<SecretId>, stored: Result<T, store::Error>) -> Result<T, ApiError> {
    if let (Err(_), Some(secret)) = (&stored, secret)
        && let Err(error) = app.vault.delete(caller.scope.workspace, secret).await
    {
        tracing::warn!(error = %error, "a secret that nothing uses could not be deleted");
    }
    Ok(stored?)
}

async fn seal(
    app: &App,
    workspace: WorkspaceId,
    id: ConnectionId,
    values: &BTreeMap<String, String>,
) -> Result<SecretId, ApiError> {
    let text = serde_json::to_string(values).map_err(|error| ApiError::internal(&error))?;
    Ok(app.vault.put_secret(workspace, &format!("connection {id}"), "values", &text).await?)
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

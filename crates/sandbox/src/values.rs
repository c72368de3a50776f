//! Made-up values of a connection, so that its requests can be put together.

use std::collections::BTreeMap;

use manifest::{AuthKind, AuthMethod, Connector, Placement, parse_parts};

use crate::record::Record;

/// The values that requests of this connector may ask for when it is signed in so: those of its cases, others made up.
pub(crate) fn of(connector: &Connector, method: &AuthMethod, record: &Record) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for key in keys(connector, method) {
        if let Some(value) = record.book.values.get(&key) {
            values.insert(key, value.clone());
            continue;
        }
        let own = record.cases.iter().filter(|case| case.auth.as_deref() == Some(method.id.as_str()));
        let mut known = own.chain(&record.cases).filter_map(|case| case.connection.get(&key));
        let value = known.find(|value| !value.trim().is_empty()).cloned();
        values.insert(key.clone(), value.unwrap_or_else(|| format!("sandbox-{}", key.replace('_', "-"))));
    }
    values
}

fn keys(connector: &Connector, method: &AuthMethod) -> Vec<String> {
    let mut texts: Vec<&str> = vec![&connector.base_url];
    texts.extend(connector.hosts.iter().map(String::as_str));
    texts.extend(connector.headers.values().map(String::as_str));
    for placement in method.send.iter().chain(method.send_as.values().flatten()) {
        match placement {
            Placement::Header { value, .. } | Placement::Query { value, .. } | Placement::Body { value, .. } => texts.push(value),
            Placement::Basic { username, password } => texts.extend([username.as_str(), password.as_str()]),
        }
    }
    let requests = connector.operations.iter().flat_map(|operation| &operation.requests);
    let requests = requests.chain(connector.loads.values().map(|load| &load.request));
    let requests = requests.chain(method.identity.as_ref().map(|identity| &identity.request)).chain(&method.test);
    let in_triggers = connector.triggers.iter().flat_map(|trigger| {
        let poll = trigger.poll.iter().flat_map(|poll| std::iter::once(&poll.request).chain(&poll.fetch));
        let webhook = trigger.webhook.iter().flat_map(|hook| hook.subscribe.iter().chain(&hook.renew).chain(&hook.unsubscribe));
        poll.chain(webhook)
    });
    for request in requests.chain(in_triggers) {
        texts.extend(request.base_url.as_deref().into_iter().chain([request.path.as_str()]));
        texts.extend(request.headers.values().map(String::as_str));
    }
    let mut keys: Vec<String> = texts.into_iter().flat_map(in_text).collect();
    keys.extend(method.fields.iter().filter(|field| field.required).map(|field| field.key.clone()));
    keys.extend(default_keys(method).iter().map(|key| (*key).to_owned()));
    keys
}

fn default_keys(method: &AuthMethod) -> &'static [&'static str] {
    match method.kind {
        AuthKind::Fields | AuthKind::ApiKey => &[],
        AuthKind::Basic => &["username", "password"],
        AuthKind::Bearer => &["token"],
        AuthKind::Oauth2 | AuthKind::TwoStep | AuthKind::ServiceAccount => &["access_token"],
    }
}

fn in_text(text: &str) -> Vec<String> {
    let parts = parse_parts(text).unwrap_or_default();
    let key = |part| match part {
        expr::Part::Expr(source) => source.strip_prefix("connection.").map(str::to_owned),
        expr::Part::Text(_) | expr::Part::Pill(_) => None,
    };
    parts.into_iter().filter_map(key).filter(|key| key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).collect()
}

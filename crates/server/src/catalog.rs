//! The connectors as browsers need them: forms, ways to sign in, scopes. What only calls need stays here.

use std::collections::BTreeSet;

use axum::body::Bytes;
use manifest::{Connector, OAuth2};
use model::api::Connectors;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::needs;

/// Of connectors, operations, triggers and auth methods: whatever describes requests and their answers.
const OF_CONNECTORS: &[&str] = &["after_connect", "headers", "limits", "message", "outcome", "loads"];
const OF_OPERATIONS: &[&str] = &["requests", "checked"];
const OF_TRIGGERS: &[&str] = &["checked"];
/// What a browser needs of the way a trigger hears of events: how often, and what a person has to do.
const KEPT_OF_POLL: &[&str] = &["order", "every_s", "most"];
const KEPT_OF_WEBHOOK: &[&str] = &["endpoint", "secret", "steps", "renew_before_s"];
const OF_METHODS: &[&str] = &["send", "send_as", "exchange", "service_account", "identity", "test"];
/// What a browser needs of OAuth; the addresses are the server's business.
const KEPT_OF_OAUTH: &[&str] = &["grant", "always_scopes", "grants_add_up", "app_steps"];

/// The answer to every browser, made once.
pub(crate) struct Catalog {
    pub body: Bytes,
    /// Changes with the content.
    pub etag: String,
}

impl Catalog {
    pub fn new(connectors: &[Connector]) -> Self {
        let items = connectors.iter().map(shown).collect();
        let body = Bytes::from(serde_json::to_vec(&Connectors { items }).unwrap_or_default());
        let etag = format!("\"{}\"", &hex::encode(Sha256::digest(&body))[..32]);
        Catalog { body, etag }
    }
}

fn shown(connector: &Connector) -> Value {
    // Browsers see no loads: a form's scopes include those of the reads that fill it.
    let mut connector = connector.clone();
    let whole = connector.clone();
    let owned = |scopes: BTreeSet<&str>| scopes.into_iter().map(str::to_owned).collect();
    for operation in &mut connector.operations {
        operation.scopes =
            whole.operation(&operation.id).map(|known| owned(needs::of_operation(&whole, known))).unwrap_or_default();
    }
    for trigger in &mut connector.triggers {
        trigger.scopes = whole.trigger(&trigger.id).map(|known| owned(needs::of_trigger(&whole, known))).unwrap_or_default();
    }
    let mut value = serde_json::to_value(connector).unwrap_or_default();
    strip(&mut value, OF_CONNECTORS);
    each(&mut value, "operations", |operation| {
        strip(operation, OF_OPERATIONS);
        if let Some(idempotency) = operation.get_mut("idempotency") {
            strip(idempotency, &["lookup"]);
        }
    });
    each(&mut value, "triggers", |trigger| {
        strip(trigger, OF_TRIGGERS);
        // Manifests are read with the rest: it is there, and empty.
        if let Some(Value::Object(poll)) = trigger.get_mut("poll") {
            poll.retain(|key, _| KEPT_OF_POLL.contains(&key.as_str()));
            poll.insert("request".to_owned(), Value::Object(Default::default()));
            poll.insert("dedupe".to_owned(), Value::String(String::new()));
        }
        if let Some(Value::Object(webhook)) = trigger.get_mut("webhook") {
            webhook.retain(|key, _| KEPT_OF_WEBHOOK.contains(&key.as_str()));
            webhook.insert("dedupe".to_owned(), Value::String(String::new()));
        }
    });
    each(&mut value, "auth", |method| {
        strip(method, OF_METHODS);
        if let Some(Value::Object(oauth)) = method.get_mut("oauth2") {
            oauth.retain(|key, _| KEPT_OF_OAUTH.contains(&key.as_str()));
            // Manifests are read with one.
            oauth.insert("token_url".to_owned(), Value::String(String::new()));
        }
    });
    value
}

fn strip(value: &mut Value, keys: &[&str]) {
    if let Value::Object(entries) = value {
        entries.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

fn each(value: &mut Value, key: &str, change: impl Fn(&mut Value)) {
    let items = value.get_mut(key).and_then(Value::as_array_mut);
    items.into_iter().flatten().for_each(change);
}

/// The steps at the vendor, with the address to enter there.
pub(crate) fn app_steps(oauth: &OAuth2, redirect_uri: &str) -> Vec<String> {
    oauth.app_steps.iter().map(|step| step.replace("{redirect_url}", redirect_uri)).collect()
}

/// Whether a part of a manifest is left out for browsers; for tests.
#[cfg(test)]
fn holds(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(entries) => entries.iter().any(|(name, value)| name == key || holds(value, key)),
        Value::Array(items) => items.iter().any(|item| holds(item, key)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_read_every_connector_without_its_requests() {
        let catalog = Catalog::new(manifest::builtin());
        let whole = serde_json::to_vec(manifest::builtin()).unwrap_or_default();
        assert!(catalog.body.len() < whole.len() * 3 / 4, "{} of {}", catalog.body.len(), whole.len());
        let read: serde_json::Map<String, Value> = serde_json::from_slice(&catalog.body).unwrap_or_default();
        let items = read["items"].clone();
        for key in ["requests", "authorize_url", "send", "loads", "client_auth", "identity", "cursor", "subscribe", "signature"] {
            let samples_apart = |value: &Value| {
                let mut value = value.clone();
                for form in ["operations", "triggers"] {
                    each(&mut value, form, |form| strip(form, &["output", "sample", "schema", "fields"]));
                }
                value
            };
            assert!(!items.as_array().is_some_and(|all| all.iter().any(|one| holds(&samples_apart(one), key))), "{key}");
        }
        let read: Vec<Connector> = serde_json::from_value(items).unwrap_or_else(|error| panic!("{error}"));
        for (shown, known) in read.iter().zip(manifest::builtin()) {
            assert_eq!(shown.is_data(), known.is_data());
            assert_eq!(shown.scopes, known.scopes);
            for (shown, known) in shown.triggers.iter().zip(&known.triggers) {
                let every = |trigger: &manifest::Trigger| trigger.poll.as_ref().map(|poll| poll.every_s);
                let secret = |trigger: &manifest::Trigger| trigger.webhook.as_ref().map(|webhook| webhook.secret);
                assert_eq!((every(shown), secret(shown)), (every(known), secret(known)), "{}", known.id);
            }
            for (shown, of) in shown.operations.iter().zip(&known.operations) {
                assert_eq!((&shown.fields, shown.effect), (&of.fields, of.effect));
                assert!(shown.scopes.iter().map(String::as_str).eq(needs::of_operation(known, of)), "{}", of.id);
            }
        }
    }
}

//! From a vendor's delivery to events, as the manifest says. Pure.

use connect::Env;
use http::HeaderMap;
use manifest::Route;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::DedupeKey;

use super::Known;

/// Events of one delivery.
pub(super) const MOST: usize = 1_000;

/// A delivery that was checked and read.
pub(super) struct Delivered {
    pub headers: Value,
    pub body: Value,
}

/// One event of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// As the vendor sent it.
    pub event: Value,
    /// By which doubles are known.
    pub key: String,
}

/// Why a delivery cannot be read; in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    TooMany,
    Broken(String),
}

impl Delivered {
    pub fn new(headers: &HeaderMap, body: Value) -> Self {
        Delivered { headers: names(headers), body }
    }

    fn env(&self, input: &Value) -> Env {
        Env::new().with("body", self.body.clone()).with("headers", self.headers.clone()).with("input", input.clone())
    }
}

/// Headers by their names in lower case.
fn names(headers: &HeaderMap) -> Value {
    let mut object = Map::new();
    for (name, value) in headers {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match object.get_mut(name.as_str()) {
            Some(Value::String(before)) => *before = format!("{before}, {text}"),
            _ => drop(object.insert(name.as_str().to_owned(), Value::String(text))),
        }
    }
    Value::Object(object)
}

/// The events of a delivery that concern a trigger. `account`: of its connection, for deliveries that are routed. `input`: its form, complete.
pub(super) fn found(known: Known<'_>, input: &Value, account: Option<&str>, delivered: &Delivered) -> Result<Vec<Found>, Unread> {
    let env = delivered.env(input);
    let spec = known.webhook;
    let events = match &spec.split {
        None => vec![delivered.body.clone()],
        Some(source) => match env.value(source).map_err(|error| Unread::Broken(error.message))? {
            Some(Value::Array(events)) => events,
            None | Some(Value::Null) => Vec::new(),
            Some(one) => vec![one],
        },
    };
    if events.len() > MOST {
        return Err(Unread::TooMany);
    }
    let mut found = Vec::new();
    for event in events.into_iter().filter(|event| !event.is_null()) {
        let env = env.with("event", event.clone());
        if spec.route.as_ref().is_some_and(|route| !concerns(route, account, &env)) {
            continue;
        }
        if spec.keep_if.as_ref().is_some_and(|keep| !env.holds(keep)) {
            continue;
        }
        let key = env.value(&spec.dedupe).ok().flatten().and_then(text).unwrap_or_else(|| {
            // Without a key of the vendor's, equal events are one.
            hex::encode(Sha256::digest(event.to_string().as_bytes()))
        });
        found.push(Found { event, key });
    }
    Ok(found)
}

/// The account is the connection's when it is its identity, or what stands before the first colon of it: some vendors tell of the team, and
/// an identity also names the person.
fn concerns(route: &Route, account: Option<&str>, env: &Env) -> bool {
    let of = |source: &str| env.value(source).ok().flatten().and_then(text);
    let (Some(account), Some(told)) = (account, of(&route.account)) else { return false };
    let is_account = account == told || account.split_once(':').is_some_and(|(team, _)| team == told);
    is_account && of(&route.event).is_some_and(|event| route.is.contains(&event))
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// What the workflow sees of an event: `{body}`.
pub(super) fn payload(
    known: Known<'_>,
    input: &Value,
    headers: &Value,
    event: &Value,
    fetched: Option<Value>,
) -> Result<Value, String> {
    let mut env = Env::new().with("event", event.clone()).with("headers", headers.clone()).with("input", input.clone());
    if let Some(fetched) = &fetched {
        env = env.with("fetched", fetched.clone());
    }
    let body = match &known.webhook.event {
        Some(template) => env.template(template).map_err(|error| error.message)?.unwrap_or_default(),
        None => fetched.unwrap_or_else(|| event.clone()),
    };
    Ok(json!({ "body": body }))
}

/// The memory of an event's key; of how many days the store decides.
pub(super) fn dedupe(key: &str) -> DedupeKey {
    DedupeKey { hash: Sha256::digest(format!("app:{key}").as_bytes()).into(), keep_ms: None }
}

/// Whether somebody could give a copy of a signed delivery another key: it stands in headers, which the signature does not cover.
pub(super) fn key_is_unsigned(known: Known<'_>) -> bool {
    let Some(recipe) = &known.webhook.signature else { return false };
    let is_covered = recipe.parts.iter().any(|part| matches!(part, manifest::Part::Header(_)));
    recipe.algorithm != manifest::Algorithm::Equal && known.webhook.dedupe.contains("headers") && !is_covered
}

#[cfg(test)]
mod cases;

//! Calls around the life of a connection: keys are exchanged for a token, what only the account knows is found out, and at the end the
//! vendor is told that the tokens are no longer used.

use std::collections::BTreeMap;

use manifest::{AfterConnect, Choice};
use model::run::ErrorClass;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::env::Env;
use super::flow::{Got, one, pieces};
use crate::connect::{Choose, Exchanged};
use crate::error::CallError;
use crate::http::input::scalar;

/// Things to choose from after connecting.
const MOST_CHOICES: usize = 500;

/// Turns what a person typed in into a token.
pub(crate) async fn exchange(caller: Caller<'_>) -> Result<Exchanged, CallError> {
    let (method, _) = caller.method()?.ok_or_else(|| caller.needs_connection())?;
    let exchange = method.exchange.as_ref().ok_or_else(|| nothing(&caller, "no call that gives a token"))?;
    let mut spec = exchange.request.clone();
    // What a way to sign in sends by default is the very token that is asked for here.
    spec.anonymous |= spec.send_as.is_none();
    let got = one(&caller, &spec, &env(&caller), None, None).await.map_err(|failed| failed.0)?;
    let mut tokens = BTreeMap::new();
    for (key, source) in &exchange.tokens {
        let text = got.env.value(source)?.and_then(|value| scalar(&value)).filter(|text| !text.is_empty());
        tokens.extend(text.map(|text| (key.clone(), text)));
    }
    if tokens.is_empty() && !exchange.tokens.is_empty() {
        let message = format!("{} answered, but gave no token", caller.connector.name);
        return Err(CallError::new(ErrorClass::Rejected, "connect.no_token", message));
    }
    Ok(Exchanged { tokens, body: got.body })
}

/// What one call after connecting found.
pub(crate) enum Found {
    /// It does not apply.
    Nothing,
    Values(BTreeMap<String, String>),
    /// There are several: a person has to choose.
    Ask(Choose),
}

/// Finds further values of a connection. `before`: what was chosen earlier is chosen again, where it is still there. `choice`: what the
/// person has chosen, see [`Choose`].
pub(crate) async fn after_connect(
    caller: Caller<'_>,
    after: &AfterConnect,
    before: &BTreeMap<String, String>,
    choice: Option<&str>,
) -> Result<Found, CallError> {
    let env = env(&caller);
    if pieces(&after.request, &env)?.is_empty() {
        return Ok(Found::Nothing);
    }
    let got = one(&caller, &after.request, &env, None, None).await.map_err(|failed| failed.0)?;
    let Some(source) = &after.items else {
        return Ok(Found::Values(values(&caller, after, &got.env)?));
    };
    let mut items = Vec::new();
    for item in list(&got, source)? {
        let env = got.env.with("item", item);
        let found = values(&caller, after, &env)?;
        let id = id(&found);
        let label = after.label.as_ref().map(|label| env.text(label)).transpose()?.flatten();
        let label = label.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| id.clone());
        items.push((Choice { value: id, label }, found));
    }
    let is_before = |found: &BTreeMap<String, String>| found.iter().all(|(key, value)| before.get(key) == Some(value));
    let chosen = match choice {
        Some(choice) => items.iter().position(|(one, _)| one.value == choice),
        None if items.len() == 1 || after.ask.is_none() => (!items.is_empty()).then_some(0),
        None => items.iter().position(|(_, found)| is_before(found)),
    };
    if let Some(at) = chosen {
        return Ok(Found::Values(items.swap_remove(at).1));
    }
    if items.is_empty() {
        let message = format!("{} gave access, but the account has nothing to connect to", caller.connector.name);
        return Err(CallError::new(ErrorClass::Rejected, "connect.nothing_there", message));
    }
    items.truncate(MOST_CHOICES);
    let question = after.ask.clone().unwrap_or_else(|| format!("Which part of {} is it for?", caller.connector.name));
    Ok(Found::Ask(Choose { question, choices: items.into_iter().map(|(choice, _)| choice).collect() }))
}

/// Tells the vendor that the connection's tokens are no longer used.
pub(crate) async fn revoke(caller: Caller<'_>) -> Result<(), CallError> {
    let (method, _) = caller.method()?.ok_or_else(|| caller.needs_connection())?;
    let spec = method.oauth2.as_ref().and_then(|oauth| oauth.revoke.as_ref());
    let spec = spec.ok_or_else(|| nothing(&caller, "no call that takes access back"))?;
    one(&caller, spec, &env(&caller), None, None).await.map(drop).map_err(|failed| failed.0)
}

/// Conditions look at which values there are. Where values stand in a request, they are put in when it is sent.
fn env(caller: &Caller<'_>) -> Env {
    let values = caller.credential.map(|credential| &credential.values);
    let object: Map<String, Value> =
        values.into_iter().flatten().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
    Env::new().with("connection", Value::Object(object))
}

fn list(got: &Got, source: &str) -> Result<Vec<Value>, CallError> {
    if !got.items.is_empty() {
        return Ok(got.items.clone());
    }
    match got.env.value(source)? {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

fn values(caller: &Caller<'_>, after: &AfterConnect, env: &Env) -> Result<BTreeMap<String, String>, CallError> {
    let mut found = BTreeMap::new();
    for (key, template) in &after.values {
        let text = env.template(template)?.and_then(|value| scalar(&value)).filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| {
            let message = format!("{} gave access, but does not say the {}", caller.connector.name, key.replace('_', " "));
            CallError::new(ErrorClass::Rejected, "connect.value_missing", message)
        })?;
        found.insert(key.clone(), text);
    }
    Ok(found)
}

/// The same for the same values, however the list is ordered the next time.
fn id(values: &BTreeMap<String, String>) -> String {
    let text = Value::from_iter(values.iter().map(|(key, value)| (key.clone(), value.clone()))).to_string();
    hex::encode(&Sha256::digest(text)[..12])
}

fn nothing(caller: &Caller<'_>, what: &str) -> CallError {
    CallError::new(ErrorClass::Permanent, "connect.unknown_call", format!("{}: {what}", caller.connector.name))
}

//! The requests of a vendor's webhook.

use manifest::{AppWebhook, Trigger};
use serde_json::{Map, Value};

use super::{
    caller::Caller,
    env::Env,
    flow::{Got, one},
    input,
};
use crate::{
    error::CallError,
    subscribing::{Subscribing, Webhook, unknown},
};

pub(crate) async fn subscribe(
    caller: Caller<'_>,
    trigger: &str,
    what: Subscribing,
    webhook: Webhook<'_>,
) -> Result<Map<String, Value>, CallError> {
    let (trigger, spec) = found(&caller, trigger)?;
    let request = match what {
        Subscribing::Subscribe => &spec.subscribe,
        Subscribing::Renew => &spec.renew,
        Subscribing::Unsubscribe => &spec.unsubscribe,
    };
    let request = request.as_ref().ok_or_else(|| unknown(&caller.connector.name))?;
    let mut env = Env::new()
        .with("input", complete(trigger, webhook.input)?)
        .with("url", Value::from(webhook.url))
        .with("state", webhook.state.clone());
    if let Some(secret) = webhook.secret {
        env = env.with("secret", Value::from(secret));
    }
    let got = one(&caller, request, &env, None, None).await.map_err(|failed| failed.0)?;
    if what == Subscribing::Unsubscribe { Ok(Map::new()) } else { kept(spec, &got) }
}

/// What the manifest keeps of an answer; what the answer does not hold is left out.
fn kept(spec: &AppWebhook, got: &Got) -> Result<Map<String, Value>, CallError> {
    let mut kept = Map::new();
    for (name, source) in &spec.state {
        if let Some(value) = got.env.value(source)?.filter(|value| !value.is_null()) {
            kept.insert(name.clone(), value);
        }
    }
    Ok(kept)
}

pub(crate) async fn fetch(caller: Caller<'_>, trigger: &str, input: &Value, event: &Value) -> Result<Value, CallError> {
    let (trigger, spec) = found(&caller, trigger)?;
    let request = spec.thin.as_ref().ok_or_else(|| unknown(&caller.connector.name))?;
    let env = Env::new().with("input", complete(trigger, input)?).with("event", event.clone());
    let got = one(&caller, request, &env, None, None).await.map_err(|failed| failed.0)?;
    Ok(if request.paging.is_some() { Value::Array(got.items) } else { got.body })
}

pub(crate) fn complete(trigger: &Trigger, given: &Value) -> Result<Value, CallError> {
    input::complete(&trigger.fields, given)
}

fn found<'a>(caller: &Caller<'a>, id: &str) -> Result<(&'a Trigger, &'a AppWebhook), CallError> {
    let found = caller.connector.trigger(id).and_then(|trigger| Some((trigger, trigger.webhook.as_ref()?)));
    found.ok_or_else(|| unknown(&caller.connector.name))
}

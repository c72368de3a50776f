//! Makes something happen in an account, so that a trigger notices: its webhook sends it, or its list has it from now on.

use connect::{Happening, Occurred};
use manifest::Trigger;
use model::Timestamp;
use model::api::Misbehaviour;
use serde_json::Value;

use crate::account::{Account, LARGEST_OBJECT, Object};
use crate::act::{self, begun, settings};
use crate::book::Event;
use crate::env::Env;
use crate::json::scalar;
use crate::known::Known;
use crate::place::Holes;
use crate::request::Incoming;
use crate::simulate::begin;

/// Counts what happened by itself; no collection of a vendor is named so.
const COUNTER: &str = "$events";

/// Nothing where neither the connector's `sandbox.toml` nor the trigger's sample says what such an event looks like.
pub(crate) fn happen(known: &Known<'_>, account: &mut Account, what: &Happening, now: Timestamp) -> Option<Occurred> {
    begin(known, account, now);
    let trigger = known.connector.trigger(&what.trigger)?;
    let unknown = Event::default();
    let event = known.record.book.events.get(&what.trigger).unwrap_or(&unknown);
    let n = account.next(COUNTER, 1);
    let env = env(trigger, what, n, Timestamp(now.ms() - what.late_ms.max(0)));
    let is_sent = trigger.webhook.is_some();
    if event.collection.is_empty() {
        return is_sent.then(|| sent(trigger, event, &env, what));
    }
    let edited = what.event.as_ref().filter(|_| !is_sent);
    let object = put(known, account, event, &env, edited, now)?;
    if what.doubled && !is_sent {
        (account.behaviour.misbehaviour, account.behaviour.calls) = (Some(Misbehaviour::Duplicates), Some(1));
    }
    Some(if is_sent { sent(trigger, event, &env.with("object", object), what) } else { Occurred::Listed { event: object } })
}

fn env(trigger: &Trigger, what: &Happening, n: u64, now: Timestamp) -> Env {
    let number = now.ms().saturating_add(i64::try_from(n).unwrap_or_default());
    let uuid = format!("{:08x}-{:04x}-4000-8000-{:012x}", n & 0xffff_ffff, now.ms() & 0xffff, now.ms() & 0xffff_ffff_ffff);
    act::env(&Incoming::default(), &Holes::new(), now)
        .with("input", what.input.clone())
        .with("sample", trigger.sample.clone())
        .with("account", Value::from(what.account.as_str()))
        .with("n", Value::from(n))
        .with("number", Value::from(number))
        .with("uuid", Value::from(uuid))
        .with("now_ms", Value::from(now.ms()))
}

/// What it is from now on; nothing where it is too large to be kept.
fn put(
    known: &Known<'_>,
    account: &mut Account,
    event: &Event,
    env: &Env,
    edited: Option<&Value>,
    now: Timestamp,
) -> Option<Value> {
    let name = env.text(&event.collection)?;
    let env = &env.with("count", Value::from(account.objects(&name).len()));
    let given = edited.cloned().or_else(|| env.template(&event.object)).filter(Value::is_object)?;
    let (id, value) = begun(account, env, &name, settings(&known.record.book, &name), given);
    if value.to_string().len() > LARGEST_OBJECT {
        return None;
    }
    account.put(&name, Object { id, at: now, value: value.clone() });
    Some(value)
}

fn sent(trigger: &Trigger, event: &Event, env: &Env, what: &Happening) -> Occurred {
    let made_up = || event.body.as_ref().map_or_else(|| trigger.sample.clone(), |body| env.template(body).unwrap_or_default());
    let value = what.event.clone().unwrap_or_else(made_up);
    let (kind, body) = if event.form {
        ("application/x-www-form-urlencoded", form(&value).into_bytes())
    } else {
        ("application/json", value.to_string().into_bytes())
    };
    let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
    headers.extend(event.headers.iter().filter_map(|(name, text)| Some((name.to_ascii_lowercase(), env.text(text)?))));
    Occurred::Sent { headers, body, event: value }
}

fn form(value: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        form.append_pair(name, &scalar(value).unwrap_or_default());
    }
    form.finish()
}

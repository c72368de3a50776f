//! One call, answered: a pure function of the account, the request and the time.

use egress::Request;
use manifest::{KeyIn, Template};
use model::Timestamp;
use model::api::{Misbehaviour, SandboxBehaviour, SandboxCall};
use serde_json::Value;

use crate::account::{Account, Kept, Object};
use crate::act::{self, Act, begun, settings};
use crate::behaviour;
use crate::book::Does;
use crate::echo::echo;
use crate::json::{get, path};
use crate::known::{Known, Spec};
use crate::place::Holes;
use crate::refusal::refuse;
use crate::request::Incoming;
use crate::scripted;

/// Of an address in the list of calls, in characters.
const LONGEST_URL: usize = 300;

/// What the simulated system answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// `{"$base64": "..."}`: bytes.
    pub body: Value,
    /// Otherwise a text as it stands.
    pub is_json: bool,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body, is_json: true }
    }
}

/// What became of a call.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub reply: Reply,
    /// The answer does not arrive.
    pub is_dropped: bool,
    /// The answer comes so much later, in milliseconds.
    pub late_ms: u32,
}

/// Answers one call; the account remembers it.
pub(crate) fn simulate(known: &Known<'_>, account: &mut Account, request: &Request, now: Timestamp) -> Outcome {
    begin(known, account, now);
    let incoming = Incoming::read(request);
    let misbehaviour = next(&mut account.behaviour);
    let (mut note, mut reply) = (misbehaviour.map(|one| one.as_str()).unwrap_or_default().to_owned(), None);
    match misbehaviour {
        Some(Misbehaviour::Unauthorized) => reply = Some(refuse(known, "auth", 401, None)),
        Some(Misbehaviour::Forbidden) => reply = Some(refuse(known, "permission", 403, None)),
        Some(Misbehaviour::Unavailable) => reply = Some(refuse(known, "", 503, None)),
        Some(Misbehaviour::RateLimited { retry_after_s }) => reply = Some(rate_limited(known, retry_after_s)),
        Some(Misbehaviour::Slow { .. } | Misbehaviour::Dropped | Misbehaviour::Duplicates) | None => {}
    }
    let reply = reply.unwrap_or_else(|| {
        let doubles = misbehaviour == Some(Misbehaviour::Duplicates);
        let (reply, why) = answer(known, account, &incoming, now, doubles);
        note = if note.is_empty() { why.to_owned() } else { note.clone() };
        reply
    });
    let is_dropped = misbehaviour == Some(Misbehaviour::Dropped);
    account.called(SandboxCall {
        at: now,
        method: incoming.method,
        url: incoming.url.chars().take(LONGEST_URL).collect(),
        status: (!is_dropped).then_some(reply.status),
        note,
    });
    let late_ms = if let Some(Misbehaviour::Slow { ms }) = misbehaviour { ms } else { 0 };
    Outcome { reply, is_dropped, late_ms }
}

fn rate_limited(known: &Known<'_>, retry_after_s: u32) -> Reply {
    let mut reply = refuse(known, "rate_limited", 429, None);
    // Told with 200 or by a time of the vendor's own, the wait that was asked for would be lost.
    if reply.status != 429 {
        reply = Reply::json(429, reply.body);
    }
    reply.headers.retain(|(name, _)| name != "retry-after" && !name.contains("ratelimit") && !name.contains("rate-limit"));
    reply.headers.push(("retry-after".to_owned(), retry_after_s.to_string()));
    reply
}

/// What is asked for of this call; one fewer is left.
fn next(behaviour: &mut SandboxBehaviour) -> Option<Misbehaviour> {
    let asked = behaviour.misbehaviour?;
    match &mut behaviour.calls {
        None => {}
        Some(left) => {
            *left = left.saturating_sub(1);
            if *left == 0 {
                (behaviour.misbehaviour, behaviour.calls) = (None, None);
            }
        }
    }
    Some(asked)
}

/// The seeds, once.
pub(crate) fn begin(known: &Known<'_>, account: &mut Account, now: Timestamp) {
    if account.is_begun {
        return;
    }
    account.is_begun = true;
    let env = act::env(&Incoming::default(), &Holes::new(), now);
    for (name, collection) in &known.record.book.collections {
        for seed in &collection.seed {
            let (id, value) = begun(account, &env, name, settings(&known.record.book, name), seed.clone());
            account.put(name, Object { id, at: now, value });
        }
    }
}

/// The answer, and for a refusal of our own why.
fn answer(known: &Known<'_>, account: &mut Account, incoming: &Incoming, now: Timestamp, doubles: bool) -> (Reply, &'static str) {
    if known.record.book.any_address {
        return (scripted::answer(account, incoming), "");
    }
    let found = known.specs(&incoming.method, &incoming.url);
    let rule = known.rules(&incoming.method, &incoming.url).find_map(|(call, holes)| {
        let env = act::env(incoming, &holes, now);
        call.when.as_ref().is_none_or(|when| env.holds(when)).then_some((call, env))
    });
    if found.is_empty() && rule.is_none() {
        return (refuse(known, "", 404, None), "no such address");
    }
    if let Some(missing) = found.first().and_then(|(spec, _)| missing(spec, incoming)).filter(|_| found.len() == 1) {
        return (refuse(known, "rejected", 400, Some(&format!("{missing} is required"))), "a field is missing");
    }
    let key = found.iter().find_map(|(spec, _)| key_of(spec, incoming));
    if let Some(kept) = key.as_ref().and_then(|key| account.kept(key)) {
        return (Reply::json(kept.status, kept.body.clone()), "the same idempotency key");
    }
    let reply = match rule {
        Some((call, env)) if call.does == Does::Code => behaviour::answer(known, account, incoming, &env, now, doubles)
            .unwrap_or_else(|| echo(known, &found, incoming, account, now, doubles)),
        Some((call, env)) => Act { known, call, account, now, doubles }.answer(&env),
        None => echo(known, &found, incoming, account, now, doubles),
    };
    if let Some(key) = key.filter(|_| reply.status < 400) {
        account.keep(key, Kept { status: reply.status, body: reply.body.clone() });
    }
    (reply, "")
}

/// The key under which the vendor carries a call out once, where the request has one.
fn key_of(spec: &Spec<'_>, incoming: &Incoming) -> Option<String> {
    let place = spec.key()?;
    let value = match place.place {
        KeyIn::Header => incoming.headers.get(place.name.to_ascii_lowercase()),
        KeyIn::Query => incoming.query.get(&place.name),
        KeyIn::Body => path(&place.name).and_then(|steps| get(&incoming.body, &steps)),
    };
    let value = value.and_then(Value::as_str).filter(|value| !value.is_empty())?;
    Some(format!("{} {} {value}", incoming.method, incoming.url))
}

/// A field without which the vendor refuses: required by the form, and in the body by itself.
fn missing(spec: &Spec<'_>, incoming: &Incoming) -> Option<String> {
    use manifest::Body;
    let operation = spec.operation?;
    let (Some(Body::Json { value } | Body::Form { value, .. } | Body::Multipart { value }), true) =
        (&spec.request.body, spec.request.for_each_chunk.is_none())
    else {
        return None;
    };
    let Template(Value::Object(entries)) = value else { return None };
    let field = |text: &str| -> Option<String> {
        let source = text.strip_prefix('=').or_else(|| text.strip_prefix('{')?.strip_suffix('}'))?;
        source.trim().strip_prefix("input.").map(str::to_owned)
    };
    let needed = entries.iter().filter(|(_, value)| {
        let key = value.as_str().and_then(field);
        key.and_then(|key| operation.field(&key).map(|field| field.required)).unwrap_or(false)
    });
    let is_empty = |key: &str| incoming.body.get(key).is_none_or(|value| value.is_null() || value == "");
    needed.map(|(key, _)| key).find(|key| is_empty(key)).cloned()
}

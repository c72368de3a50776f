//! Answers from recorded calls: what the recorded answer repeats of its request, this one repeats of ours.

use model::Timestamp;
use serde_json::{Value, json};

use crate::account::{Account, Object};
use crate::json::{get, merge, path, scalar, set};
use crate::known::{Known, Spec};
use crate::place::Holes;
use crate::record::Exchange;
use crate::request::{Incoming, pairs};
use crate::simulate::Reply;

/// Shorter texts occur by chance.
const SHORTEST_PART: usize = 4;
/// Where vendors put the id of what was made.
const IDS: [&str; 8] = ["id", "sid", "data.id", "result.id", "result.message_id", "token", "name", "ts"];

/// The answer to a request of the manifest that no rule is about.
pub(crate) fn echo(
    known: &Known<'_>,
    found: &[(&Spec<'_>, Holes)],
    incoming: &Incoming,
    account: &mut Account,
    now: Timestamp,
    doubles: bool,
) -> Reply {
    let Some((spec, holes)) = found.first() else { return Reply::json(200, json!({})) };
    let collection = noun(&incoming.url, holes);
    if let Some(reply) = remembered(account, &collection, incoming, holes, now) {
        return reply;
    }
    let actual = leaves(incoming, holes);
    let recorded: Vec<(&Exchange, Holes)> = known.successes(&spec.place, &incoming.method).collect();
    let best = recorded.iter().min_by_key(|(exchange, holes)| -likeness(&sample(exchange, holes), &actual));
    let Some((exchange, sample_holes)) = best else { return unrecorded(found, account) };
    let mut body = exchange.answer.body.clone().unwrap_or_default();
    let changes = changes(&sample(exchange, sample_holes), &actual);
    replace(&mut body, &changes);
    if incoming.method == "POST" && !is_read(spec) {
        made(&mut body, account, &collection, incoming, now);
    }
    if doubles {
        double(&mut body, spec);
    }
    let headers = exchange.answer.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    let is_json = !matches!(exchange.answer.body, Some(Value::String(_)) | None);
    Reply { status: exchange.answer.status, headers: headers.collect(), body, is_json }
}

fn is_read(spec: &Spec<'_>) -> bool {
    spec.operation.is_none_or(|operation| operation.effect == manifest::Effect::Read)
}

/// The kind of thing an address is about: its last segment that is not a value.
fn noun(url: &str, holes: &Holes) -> String {
    let segments = url.split("://").nth(1).unwrap_or(url).split('/').skip(1);
    let is_value = |segment: &str| holes.iter().any(|(_, value)| value == segment) || segment.bytes().any(|b| b == b'%');
    segments.filter(|segment| !segment.is_empty() && !is_value(segment)).last().unwrap_or("objects").to_owned()
}

/// What was made through this address before.
fn remembered(account: &mut Account, collection: &str, incoming: &Incoming, holes: &Holes, now: Timestamp) -> Option<Reply> {
    let (_, id) = holes.last().filter(|(name, _)| !name.starts_with("connection."))?;
    let at = account.find(collection, &[], id)?;
    match incoming.method.as_str() {
        "GET" => Some(Reply::json(200, account.objects(collection)[at].value.clone())),
        "PATCH" | "PUT" => {
            let mut value = account.objects(collection)[at].value.clone();
            merge(&mut value, incoming.body.clone());
            account.put(collection, Object { id: id.clone(), at: now, value: value.clone() });
            Some(Reply::json(200, value))
        }
        "DELETE" => account.remove(collection, at).map(|_| Reply::json(204, Value::Null)),
        _ => None,
    }
}

/// Gives what was made an id of its own, and remembers it.
fn made(body: &mut Value, account: &mut Account, collection: &str, incoming: &Incoming, now: Timestamp) {
    let found = IDS.iter().find_map(|place| {
        let steps = path(place)?;
        let id = get(body, &steps).and_then(scalar).filter(|id| !id.is_empty())?;
        Some((steps, id))
    });
    let Some((steps, sample)) = found else { return };
    let n = account.next(collection, 1);
    let id = numbered(&sample, n);
    let is_number = get(body, &steps).is_some_and(Value::is_number);
    // Everywhere, unless it is so short that it may be something else.
    if sample.len() >= SHORTEST_PART {
        replace(body, &[(sample, Value::from(id.as_str()))]);
    }
    let number = id.parse::<u64>().ok().filter(|_| is_number).map(Value::from);
    set(body, &steps, number.unwrap_or_else(|| Value::from(id.as_str())));
    let mut value = body.clone();
    if let (Value::Object(known), Value::Object(sent)) = (&mut value, &incoming.body) {
        for (key, sent) in sent {
            known.entry(key.clone()).or_insert_with(|| sent.clone());
        }
    }
    account.put(collection, Object { id, at: now, value });
}

/// The sample's digits at its end, counted on: `evt_100` becomes `evt_101`.
fn numbered(sample: &str, n: u64) -> String {
    let head = sample.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &sample[head.len()..];
    match digits.parse::<u64>() {
        Ok(number) => format!("{head}{:0width$}", number.saturating_add(n), width = digits.len()),
        Err(_) => format!("{sample}{n}"),
    }
}

/// What the manifest's own sample says, or what a subscription must answer.
fn unrecorded(found: &[(&Spec<'_>, Holes)], account: &mut Account) -> Reply {
    let spec = found.iter().find(|(spec, _)| !spec.state.is_empty()).or(found.first());
    let mut body = json!({});
    if let Some((spec, _)) = spec {
        for (name, steps) in spec.state.iter().filter(|(name, _)| name != "expires_at") {
            let n = account.next("subscriptions", 1);
            set(&mut body, steps, Value::from(format!("sandbox-{name}-{n}")));
        }
    }
    Reply::json(200, body)
}

/// Every value of a request, by where it stands.
fn leaves(incoming: &Incoming, holes: &Holes) -> Vec<(String, Value)> {
    let mut found: Vec<_> = holes.iter().map(|(name, value)| (format!("path.{name}"), Value::from(value.as_str()))).collect();
    gather(&incoming.query, "query", &mut found);
    gather(&incoming.body, "body", &mut found);
    found
}

fn sample(exchange: &Exchange, holes: &Holes) -> Vec<(String, Value)> {
    let query = exchange.request.url.split_once('?').map(|(_, query)| pairs(query.as_bytes())).unwrap_or_else(|| json!({}));
    let kind = exchange.request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let is_form = kind.is_some_and(|(_, kind)| kind.starts_with("application/x-www-form-urlencoded"));
    let body = match &exchange.request.body {
        Value::String(text) if is_form => pairs(text.as_bytes()),
        body => body.clone(),
    };
    let request = Incoming { method: String::new(), url: String::new(), query, body, headers: Value::Null };
    leaves(&request, holes)
}

fn gather(value: &Value, place: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, value)| gather(value, &format!("{place}.{key}"), found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| gather(value, &format!("{place}.{at}"), found)),
        Value::Null => {}
        leaf => found.push((place.to_owned(), leaf.clone())),
    }
}

/// The more places two requests share, and the more values, the more alike they are.
fn likeness(sample: &[(String, Value)], actual: &[(String, Value)]) -> i64 {
    let of = |place: &str| actual.iter().find(|(other, _)| other == place).map(|(_, value)| value);
    let shared: i64 = sample
        .iter()
        .map(|(place, value)| match of(place) {
            Some(actual) if actual == value => 3,
            Some(_) => 1,
            None => -2,
        })
        .sum();
    let odd = actual.iter().filter(|(place, _)| !sample.iter().any(|(other, _)| other == place)).count();
    shared - odd as i64
}

/// From the values of the recorded request to ours.
fn changes(sample: &[(String, Value)], actual: &[(String, Value)]) -> Vec<(String, Value)> {
    let of = |place: &str| actual.iter().find(|(other, _)| other == place).map(|(_, value)| value.clone());
    let mut changes = Vec::new();
    for (place, value) in sample {
        let Some(text) = scalar(value).filter(|text| text.len() >= 2 && !value.is_boolean()) else { continue };
        if let Some(actual) = of(place).filter(|actual| actual != value) {
            changes.push((text, actual));
        }
    }
    // The longest first: one may be a part of another.
    changes.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    changes
}

fn replace(value: &mut Value, changes: &[(String, Value)]) {
    match value {
        Value::Object(entries) => entries.values_mut().for_each(|value| replace(value, changes)),
        Value::Array(items) => items.iter_mut().for_each(|value| replace(value, changes)),
        Value::String(text) => {
            if let Some((_, new)) = changes.iter().find(|(sample, _)| sample == text) {
                *value = Value::from(scalar(new).unwrap_or_default());
            } else if let Some((sample, new)) =
                changes.iter().find(|(sample, _)| sample.len() >= SHORTEST_PART && text.contains(sample.as_str()))
            {
                *text = text.replace(sample.as_str(), &scalar(new).unwrap_or_default());
            }
        }
        Value::Number(number) => {
            let text = number.to_string();
            if let Some((_, new)) = changes.iter().find(|(sample, _)| *sample == text) {
                let as_number = scalar(new).and_then(|text| text.parse::<i64>().ok());
                *value = as_number.map_or_else(|| new.clone(), Value::from);
            }
        }
        Value::Bool(_) | Value::Null => {}
    }
}

/// Every item of the list twice.
fn double(body: &mut Value, spec: &Spec<'_>) {
    let place = spec.request.paging.as_ref().map(|paging| paging.items.as_str());
    let steps = place.and_then(|place| path(place.strip_prefix("body.")?));
    let list = match (&steps, place) {
        (Some(steps), _) => get(body, steps).cloned(),
        (None, Some("body")) => Some(body.clone()),
        _ => None,
    };
    let Some(Value::Array(items)) = list else { return };
    let twice: Value = items.into_iter().flat_map(|item| [item.clone(), item]).collect();
    set(body, &steps.unwrap_or_default(), twice);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_counted_on() {
        for (sample, wanted) in
            [("101", "104"), ("evt_009", "evt_012"), ("abc", "abc3"), ("99999999999999999999", "999999999999999999993")]
        {
            assert_eq!(numbered(sample, 3), wanted);
        }
    }

    #[test]
    fn what_was_repeated_is_repeated() {
        let sample = [
            ("body.email".to_owned(), json!("ada@example.com")),
            ("body.n".to_owned(), json!(100)),
            ("body.on".to_owned(), json!(true)),
        ];
        let actual = [
            ("body.email".to_owned(), json!("bob@example.org")),
            ("body.n".to_owned(), json!(7)),
            ("body.on".to_owned(), json!(false)),
        ];
        let mut body =
            json!({ "email": "ada@example.com", "url": "https://x/ada@example.com", "n": 100, "t": "100", "ok": true });
        replace(&mut body, &changes(&sample, &actual));
        assert_eq!(body, json!({ "email": "bob@example.org", "url": "https://x/bob@example.org", "n": 7, "t": "7", "ok": true }));
    }
}

//! Reads a list again and says what is new in it.

use jiff::{SignedDuration, Timestamp};
use manifest::{Order, Poll, Trigger};
use model::run::ErrorClass;
use serde_json::{Value, json};

use super::caller::Caller;
use super::env::Env;
use super::flow::{Failed, Got, one};
use super::{input, native};
use crate::connect::{Occurrence, Polled, Since};
use crate::error::CallError;
use crate::http::input::scalar;

/// Larger numbers are milliseconds since 1970, not seconds.
const SECONDS_END: i64 = 100_000_000_000;

pub(crate) async fn poll(
    caller: Caller<'_>,
    since: Since<'_>,
    seen: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Polled, CallError> {
    let (trigger, poll) = found(&caller, since.trigger)?;
    let base = Env::new().with("input", input::complete(&trigger.fields, since.input)?);
    let from = since.cursor.filter(|_| poll.cursor.is_some()).map(|cursor| earlier(cursor, poll.overlap_s));
    let (got, is_resync) = match read(&caller, poll, &base, from.as_deref()).await {
        Ok(got) => (got, false),
        Err(failed) if from.is_some() && has_expired(poll, &failed) => {
            (read(&caller, poll, &base, None).await.map_err(|failed| failed.0)?, true)
        }
        Err(failed) => return Err(failed.0),
    };
    let mut items = match &poll.items {
        None => got.items,
        Some(source) => got.env.value(source)?.and_then(|items| items.as_array().cloned()).unwrap_or_default(),
    };
    if poll.order == Order::NewestFirst {
        items.reverse();
    }
    let mut polled = Polled { events: Vec::new(), cursor: since.cursor.map(str::to_owned), more: got.more, is_resync };
    for item in items {
        let env = base.with("item", item.clone());
        let position =
            poll.cursor.as_ref().map(|source| env.value(source)).transpose()?.flatten().and_then(|value| scalar(&value));
        let is_kept = poll.keep_if.as_ref().is_none_or(|keep| env.holds(keep));
        let key = env.value(&poll.dedupe)?.and_then(|key| scalar(&key)).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| keyless(&caller))?;
        if is_kept && !seen(&key) {
            // Without a cursor the rest could not be found again.
            if poll.cursor.is_some() && polled.events.len() >= poll.most as usize {
                polled.more = true;
                break;
            }
            polled.events.push(Occurrence { key, data: event(&caller, poll, &env, item).await? });
        }
        polled.cursor = position.or(polled.cursor);
    }
    Ok(polled)
}

fn found<'a>(caller: &Caller<'a>, id: &str) -> Result<(&'a Trigger, &'a Poll), CallError> {
    let found = caller.connector.trigger(id).and_then(|trigger| Some((trigger, trigger.poll.as_ref()?)));
    found.ok_or_else(|| {
        let message = format!("{} has no list to look at for \"{id}\"", caller.connector.name);
        CallError::new(ErrorClass::Permanent, "connect.unknown_trigger", message)
    })
}

async fn read(caller: &Caller<'_>, poll: &Poll, base: &Env, cursor: Option<&str>) -> Result<Got, Failed> {
    let env = match cursor {
        Some(cursor) => base.with("cursor", Value::from(cursor)),
        None => base.clone(),
    };
    one(caller, &poll.request, &env, None, None).await
}

fn has_expired(poll: &Poll, failed: &Failed) -> bool {
    let (Some(expired), Some(response)) = (&poll.expired, &failed.1) else { return false };
    let body = response.body.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    Env::new().with("status", json!(response.status)).with("body", body).holds(expired)
}

async fn event(caller: &Caller<'_>, poll: &Poll, env: &Env, item: Value) -> Result<Value, CallError> {
    let (env, data) = match &poll.fetch {
        None => (env.clone(), item),
        Some(fetch) => {
            let fetched = one(caller, fetch, env, None, None).await.map_err(|failed| failed.0)?.body;
            (env.with("fetched", fetched.clone()), fetched)
        }
    };
    let data = match &poll.event {
        Some(template) => env.template(template)?.unwrap_or_default(),
        None => data,
    };
    match &poll.native {
        Some(native) => native::convert(native, data),
        None => Ok(data),
    }
}

fn keyless(caller: &Caller<'_>) -> CallError {
    let message = format!("{} answered with an item that cannot be told from others", caller.connector.name);
    CallError::new(ErrorClass::Permanent, "connect.dedupe", message)
}

/// A time so many seconds earlier, written as it was; anything else as it is.
fn earlier(cursor: &str, seconds: u64) -> String {
    let Ok(seconds) = i64::try_from(seconds) else { return cursor.to_owned() };
    if seconds == 0 {
        return cursor.to_owned();
    }
    if let Ok(number) = cursor.parse::<i64>() {
        let unit = if number >= SECONDS_END { 1000 } else { 1 };
        return number.saturating_sub(seconds.saturating_mul(unit)).to_string();
    }
    let time = cursor.parse::<Timestamp>().ok().and_then(|time| time.checked_sub(SignedDuration::from_secs(seconds)).ok());
    time.map_or_else(|| cursor.to_owned(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_were() {
        let cases = [
            ("2026-03-01T12:00:30Z", "2026-03-01T12:00:00Z"),
            ("2026-03-01T12:00:30.250Z", "2026-03-01T12:00:00.25Z"),
            ("1772366430", "1772366400"),
            ("1772366430000", "1772366400000"),
            ("cursor-abc", "cursor-abc"),
            ("", ""),
        ];
        for (cursor, wanted) in cases {
            assert_eq!(earlier(cursor, 30), wanted, "{cursor}");
        }
        assert_eq!(earlier("2026-03-01T12:00:30Z", 0), "2026-03-01T12:00:30Z");
    }
}

//! Reads a list again and says what is new in it.

mod position;
mod reading;

use std::collections::HashSet;

use manifest::{Order, Poll, Trigger};
use model::run::ErrorClass;
use serde_json::{Value, json};

use self::position::{earlier, is_before};
use self::reading::{End, Item, Read, Reader};
use super::caller::Caller;
use super::env::Env;
use super::flow::{Failed, one};
use super::{input, native};
use crate::error::CallError;
use crate::polling::{Holding, Known, LeftOut, Occurrence, Polled, Since, Want};

pub(crate) async fn poll(caller: Caller<'_>, since: Since<'_>, known: &dyn Known) -> Result<Polled, CallError> {
    let (trigger, poll) = found(&caller, since.trigger)?;
    let base = Env::new().with("input", input::complete(&trigger.fields, since.input)?);
    let cursor = since.cursor.filter(|_| poll.cursor.is_some());
    let from = cursor.map(|cursor| earlier(cursor, poll.overlap_s));
    let reader = Reader { caller: &caller, poll, base: &base, want: since.want, known };
    match reader.read(from.as_deref(), cursor).await {
        Ok(read) => {
            let look = Look { caller: &caller, poll, base: &base, since, cursor };
            look.at(read).await
        }
        Err(failed) if from.is_some() && has_expired(poll, &failed) => {
            let since = Since { cursor: None, want: Want::Nothing, ..since };
            let read = Reader { want: Want::Nothing, ..reader }.read(None, None).await.map_err(|failed| failed.0)?;
            let look = Look { caller: &caller, poll, base: &base, since, cursor: None };
            Ok(Polled { is_resync: true, ..look.at(read).await? })
        }
        Err(failed) => Err(failed.0),
    }
}

fn found<'a>(caller: &Caller<'a>, id: &str) -> Result<(&'a Trigger, &'a Poll), CallError> {
    let found = caller.connector.trigger(id).and_then(|trigger| Some((trigger, trigger.poll.as_ref()?)));
    found.ok_or_else(|| {
        let message = format!("{} has no list to look at for \"{id}\"", caller.connector.name);
        CallError::new(ErrorClass::Permanent, "connect.unknown_trigger", message)
    })
}

fn has_expired(poll: &Poll, failed: &Failed) -> bool {
    let (Some(expired), Some(response)) = (&poll.expired, &failed.1) else { return false };
    let body = response.body.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    Env::new().with("status", json!(response.status)).with("body", body).holds(expired)
}

/// What is made of the items that were read.
struct Look<'a> {
    caller: &'a Caller<'a>,
    poll: &'a Poll,
    base: &'a Env,
    since: Since<'a>,
    cursor: Option<&'a str>,
}

impl Look<'_> {
    async fn at(&self, read: Read) -> Result<Polled, CallError> {
        let Read { mut items, end } = read;
        let mut passed = self.passed(&items);
        if self.poll.order == Order::NewestFirst {
            items.reverse();
        }
        let mut seen = HashSet::new();
        // Of several items with one key the oldest counts.
        items.retain(|item| seen.insert(item.key.clone()));
        let mut polled = Polled {
            cursor: self.cursor.map(str::to_owned),
            is_whole: end == End::Whole && self.since.is_whole,
            more: end == End::Later,
            is_cut: end == End::Cut,
            ..Polled::default()
        };
        match self.since.want {
            Want::Nothing => {
                polled.passed = items.iter().filter(|item| !item.is_known).map(|item| item.key.clone()).collect();
                items.iter().for_each(|item| advance(&mut polled.cursor, item));
            }
            Want::Newest(most) => {
                items.retain(|item| item.is_kept && item.unreadable.is_none());
                items.drain(..items.len().saturating_sub(most));
                polled.found = items.len();
                self.take(items, &HashSet::new(), most, &mut polled).await?;
            }
            Want::New { at_most } => {
                polled.found = items.iter().filter(|item| item.is_new() && !passed.contains(&item.key)).count();
                let is_gap = polled.is_cut && self.poll.order == Order::NewestFirst;
                polled.held = match at_most {
                    Some(most) if polled.found > most => Some(Holding::TooMany),
                    Some(_) if is_gap => Some(Holding::Gap),
                    _ => None,
                };
                if polled.held.is_some() {
                    return Ok(Polled { is_whole: self.since.is_whole, ..polled });
                }
                self.take(items, &passed, self.poll.most as usize, &mut polled).await?;
                polled.passed.extend(passed.drain());
            }
        }
        if polled.is_cut && polled.events.is_empty() && self.poll.order == Order::OldestFirst {
            let message =
                format!("{}'s list holds too many items of one moment to go on behind them", self.caller.connector.name);
            return Err(CallError::new(ErrorClass::Permanent, "connect.list", message));
        }
        Ok(polled)
    }

    /// Keys of a list without a cursor that are no events: those the trigger does not keep and, where a look has not seen the whole list,
    /// those behind all that is known, which were there before.
    fn passed(&self, items: &[Item]) -> HashSet<String> {
        if self.poll.cursor.is_some() {
            return HashSet::new();
        }
        let last_known = items.iter().rposition(|item| item.is_known);
        let is_partial = self.poll.order == Order::NewestFirst && !self.since.is_whole;
        let before = last_known.filter(|_| is_partial).map_or(items.len(), |last| last + 1);
        let is_passed = |(at, item): &(usize, &Item)| !item.is_known && (*at >= before || !item.is_kept);
        items.iter().enumerate().filter(is_passed).map(|(_, item)| item.key.clone()).collect()
    }

    /// Makes events of what is new, up to `most` of them.
    async fn take(&self, items: Vec<Item>, passed: &HashSet<String>, most: usize, polled: &mut Polled) -> Result<(), CallError> {
        let wants_all = matches!(self.since.want, Want::Newest(_));
        for item in items {
            if (wants_all || item.is_new()) && !passed.contains(&item.key) {
                if polled.events.len() >= most {
                    polled.more = true;
                    break;
                }
                let made = match item.unreadable.clone() {
                    Some(error) => Err(error),
                    None => self.event(item.value.clone()).await,
                };
                match made {
                    Ok(data) => polled.events.push(Occurrence { key: item.key.clone(), data }),
                    Err(error) if is_of_the_item(&error) => {
                        polled.left_out.push(LeftOut { key: item.key.clone(), why: error });
                    }
                    // What is done is done; the rest comes with the next look.
                    Err(_) if !polled.events.is_empty() => {
                        polled.more = true;
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            advance(&mut polled.cursor, &item);
        }
        // When none of several can be read, it is not the items: better to stop than to leave out everything from now on.
        if polled.events.is_empty() && polled.left_out.len() > 1 {
            return Err(polled.left_out.swap_remove(0).why);
        }
        polled.passed.extend(polled.left_out.iter().map(|left| left.key.clone()));
        Ok(())
    }

    async fn event(&self, item: Value) -> Result<Value, CallError> {
        let env = self.base.with("item", item.clone());
        let (env, data) = match &self.poll.fetch {
            None => (env, item),
            Some(fetch) => {
                let fetched = one(self.caller, fetch, &env, None, None).await.map_err(|failed| failed.0)?.body;
                (env.with("fetched", fetched.clone()), fetched)
            }
        };
        let data = match &self.poll.event {
            Some(template) => env.template(template)?.unwrap_or_default(),
            None => data,
        };
        match &self.poll.native {
            Some(native) => native::convert(native, data),
            None => Ok(data),
        }
    }
}

/// The cursor never goes back, should the list not be quite in order.
fn advance(cursor: &mut Option<String>, item: &Item) {
    if let Some(position) = &item.position
        && cursor.as_deref().is_none_or(|cursor| !is_before(position, cursor))
    {
        *cursor = Some(position.clone());
    }
}

/// The error is about this one item and will not pass; everything else is about the account, or may.
fn is_of_the_item(error: &CallError) -> bool {
    matches!(error.class, ErrorClass::Input | ErrorClass::Rejected | ErrorClass::Permanent)
}

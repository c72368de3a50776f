//! Which pages of a list are read: back to what is known, or on from there, but never for ever.

use std::collections::HashSet;

use manifest::{Order, Poll};
use model::run::ErrorClass;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::position::is_before;
use crate::data::caller::Caller;
use crate::data::env::Env;
use crate::data::flow::{Failed, MOST_BYTES, MOST_ITEMS, Pages, bare};
use crate::data::native;
use crate::error::CallError;
use crate::http::input::scalar;
use crate::polling::{Known, Want};

/// One item of the list.
pub(super) struct Item {
    pub value: Value,
    /// Of an item that has none: a key made of all of it, and why.
    pub key: String,
    pub unreadable: Option<CallError>,
    pub position: Option<String>,
    pub is_kept: bool,
    pub is_known: bool,
    /// Before the place this look began at: the list holds more than was asked for.
    pub is_before: bool,
}

impl Item {
    /// It may make an event.
    pub fn is_new(&self) -> bool {
        self.is_kept && !self.is_known && !self.is_before
    }
}

/// How the reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Of the list.
    Whole,
    /// At what is known, or as far as anybody wanted.
    Enough,
    /// It goes on where this look ended.
    Later,
    /// Too long.
    Cut,
}

pub(super) struct Read {
    /// In the order of the list.
    pub items: Vec<Item>,
    pub end: End,
}

/// What is read, and from where.
pub(super) struct Reader<'a> {
    pub caller: &'a Caller<'a>,
    pub poll: &'a Poll,
    /// Without the cursor.
    pub base: &'a Env,
    pub want: Want,
    pub known: &'a dyn Known,
}

impl Reader<'_> {
    /// `from`: the cursor as the vendor is asked; `cursor`: as it was kept.
    pub async fn read(&self, from: Option<&str>, cursor: Option<&str>) -> Result<Read, Failed> {
        let base = match from {
            Some(from) => self.base.with("cursor", Value::from(from)),
            None => self.base.clone(),
        };
        let mut pages = Pages::begin(self.caller, &self.poll.request, &base, None)?;
        let whole = self.caller.left();
        let (mut items, mut bytes, mut number) = (Vec::new(), 0, 0);
        loop {
            let page = pages.next(None).await?;
            bytes += page.bytes;
            number += 1;
            let found = match &self.poll.items {
                None => page.got.items,
                Some(source) => {
                    page.got.env.value(source).map_err(bare)?.and_then(|items| items.as_array().cloned()).unwrap_or_default()
                }
            };
            let found = match &self.poll.native_items {
                None => found,
                Some(native) => native::items(native, found).map_err(bare)?,
            };
            let here = self.items(found, &base, from).await.map_err(bare)?;
            let meets = self.meets(&here, from);
            items.extend(here);
            if !pages.goes_on() {
                return Ok(Read { items, end: End::Whole });
            }
            if meets {
                return Ok(Read { items, end: End::Enough });
            }
            let most_pages = self.poll.request.paging.as_ref().map_or(1, |paging| paging.most_pages);
            if number >= most_pages
                && let Some(end) = self.pauses(&items, cursor)
            {
                return Ok(Read { items, end });
            }
            // A third of the time is left for what is done with the items.
            let is_late = self.caller.left() < whole / 3;
            if items.len() >= MOST_ITEMS || bytes >= MOST_BYTES || is_late {
                let end = if self.goes_on_later(&items, cursor) { End::Later } else { End::Cut };
                return Ok(Read { items, end });
            }
        }
    }

    /// The list goes back to what is known already.
    fn meets(&self, page: &[Item], from: Option<&str>) -> bool {
        match (self.poll.order, &self.poll.cursor, self.want) {
            (Order::NewestFirst, Some(_), _) => from.is_some() && page.iter().any(|item| item.is_before),
            (Order::NewestFirst, None, Want::New { .. }) => page.iter().any(|item| item.is_known),
            _ => false,
        }
    }

    /// After as many pages as the manifest reads at once.
    fn pauses(&self, items: &[Item], cursor: Option<&str>) -> Option<End> {
        match (self.poll.order, self.want) {
            (_, Want::Newest(_)) => Some(End::Enough),
            // Its newest ones say where to begin.
            (Order::NewestFirst, Want::Nothing) => Some(End::Enough),
            _ => self.goes_on_later(items, cursor).then_some(End::Later),
        }
    }

    /// The next look begins behind these items. Not where all of them share the place this look began at: it would read the same again.
    fn goes_on_later(&self, items: &[Item], cursor: Option<&str>) -> bool {
        let last = items.iter().rev().find_map(|item| item.position.as_deref());
        self.poll.order == Order::OldestFirst
            && self.poll.cursor.is_some()
            && last.is_some_and(|last| cursor.is_none_or(|cursor| last != cursor && !is_before(last, cursor)))
    }

    async fn items(&self, found: Vec<Value>, base: &Env, from: Option<&str>) -> Result<Vec<Item>, CallError> {
        let mut items: Vec<Item> = found.into_iter().map(|value| self.item(value, base, from)).collect();
        if matches!(self.want, Want::Newest(_)) {
            return Ok(items);
        }
        let keys: HashSet<String> = items.iter().map(|item| item.key.clone()).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let known = if keys.is_empty() { HashSet::new() } else { self.known.known(&keys).await? };
        for item in &mut items {
            item.is_known = known.contains(&item.key);
        }
        Ok(items)
    }

    fn item(&self, value: Value, base: &Env, from: Option<&str>) -> Item {
        let env = base.with("item", value.clone());
        let position = self.poll.cursor.as_ref().and_then(|source| env.value(source).ok().flatten());
        let position = position.and_then(|value| scalar(&value));
        let key = env.value(&self.poll.dedupe).map(|key| key.and_then(|key| scalar(&key)).filter(|key| !key.is_empty()));
        let (key, unreadable) = match key {
            Ok(Some(key)) => (key, None),
            Ok(None) => (own_key(&value), Some(keyless(self.caller))),
            Err(error) => (own_key(&value), Some(error)),
        };
        let is_before = from.zip(position.as_deref()).is_some_and(|(from, position)| is_before(position, from));
        let is_kept = self.poll.keep_if.as_ref().is_none_or(|keep| env.holds(keep));
        Item { value, key, unreadable, position, is_kept, is_known: false, is_before }
    }
}

/// So that an item without a key is left out once, and not at every look.
fn own_key(value: &Value) -> String {
    format!("unreadable:{}", hex::encode(Sha256::digest(value.to_string().as_bytes())))
}

fn keyless(caller: &Caller) -> CallError {
    let message = format!("{} answered with an item that cannot be told from others", caller.connector.name);
    CallError::new(ErrorClass::Permanent, "connect.dedupe", message)
}

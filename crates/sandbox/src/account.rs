//! What a simulated account holds.

use std::collections::{BTreeMap, VecDeque};

use model::Timestamp;
use model::api::{SandboxAccount, SandboxBehaviour, SandboxCall, SandboxCollection, SandboxItem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::{get, path, scalar};

/// Objects of one collection; the oldest go first.
const MOST_OBJECTS: usize = 300;
/// Of one object, in bytes of JSON.
pub(crate) const LARGEST_OBJECT: usize = 96 * 1024;
/// Of the whole account, in bytes of JSON.
const LARGEST_ACCOUNT: usize = 3 * 1024 * 1024;
/// Collections: their names may come from addresses.
const MOST_COLLECTIONS: usize = 60;
const MOST_CALLS: usize = 50;
/// Answers kept under their idempotency keys.
const MOST_KEPT: usize = 200;
/// Items that are shown of a collection.
const SHOWN: usize = 100;

/// A stored form: only add fields, with defaults.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    /// The seeds of its collections are in.
    pub is_begun: bool,
    pub behaviour: SandboxBehaviour,
    /// Objects that were ever made.
    pub made: BTreeMap<String, u64>,
    /// Oldest first.
    pub collections: BTreeMap<String, Vec<Object>>,
    kept: VecDeque<(String, Kept)>,
    /// Newest first.
    calls: VecDeque<SandboxCall>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub id: String,
    /// When it was made or changed last.
    pub at: Timestamp,
    pub value: Value,
}

/// The answer to a call with an idempotency key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub status: u16,
    pub body: Value,
}

impl Account {
    /// An object by its id or one of its keys.
    pub fn find(&self, collection: &str, keys: &[String], id: &str) -> Option<usize> {
        let objects = self.collections.get(collection)?;
        let named = |object: &Object| {
            let value_of = |key: &String| get(&object.value, &path(key)?).and_then(scalar);
            keys.iter().filter_map(value_of).any(|value| value.to_lowercase() == id.to_lowercase())
        };
        objects.iter().position(|object| object.id == id).or_else(|| objects.iter().position(named))
    }

    pub fn objects(&self, collection: &str) -> &[Object] {
        self.collections.get(collection).map(Vec::as_slice).unwrap_or_default()
    }

    /// The next number of a collection.
    pub fn next(&mut self, collection: &str, start: u64) -> u64 {
        let made = self.made.entry(collection.to_owned()).or_default();
        *made += 1;
        start + *made - 1
    }

    /// Adds it, or puts it in the place of the one with its id.
    pub fn put(&mut self, collection: &str, object: Object) {
        if !self.collections.contains_key(collection) && self.collections.len() >= MOST_COLLECTIONS {
            return;
        }
        let objects = self.collections.entry(collection.to_owned()).or_default();
        match objects.iter_mut().find(|known| known.id == object.id) {
            Some(known) => *known = object,
            None => objects.push(object),
        }
        if objects.len() > MOST_OBJECTS {
            objects.remove(0);
        }
    }

    pub fn remove(&mut self, collection: &str, at: usize) -> Option<Object> {
        let objects = self.collections.get_mut(collection)?;
        (at < objects.len()).then(|| objects.remove(at))
    }

    pub fn kept(&self, key: &str) -> Option<&Kept> {
        self.kept.iter().find(|(known, _)| known == key).map(|(_, kept)| kept)
    }

    pub fn keep(&mut self, key: String, kept: Kept) {
        self.kept.push_back((key, kept));
        if self.kept.len() > MOST_KEPT {
            self.kept.pop_front();
        }
    }

    pub fn called(&mut self, call: SandboxCall) {
        self.calls.push_front(call);
        self.calls.truncate(MOST_CALLS);
    }

    /// As it is stored; the oldest objects of the largest collection go until it is small enough.
    pub fn document(&mut self) -> Result<Vec<u8>, serde_json::Error> {
        loop {
            let document = serde_json::to_vec(self)?;
            if document.len() <= LARGEST_ACCOUNT {
                return Ok(document);
            }
            self.kept.clear();
            let sizes = self.collections.iter().map(|(name, objects)| {
                let bytes: usize = objects.iter().map(|object| object.value.to_string().len()).sum();
                (bytes, name.clone())
            });
            let Some((_, largest)) = sizes.max() else { return Ok(document) };
            if let Some(objects) = self.collections.get_mut(&largest) {
                objects.drain(..objects.len().div_ceil(4).max(1).min(objects.len()));
                if objects.is_empty() {
                    self.collections.remove(&largest);
                }
            }
        }
    }

    /// As people see it. `scripted`: a person may write its answers.
    pub fn shown(self, scripted: bool) -> SandboxAccount {
        let collection = |(name, objects): (String, Vec<Object>)| {
            let count = objects.len() as u64;
            let mut items: Vec<_> = objects.into_iter().map(|Object { id, at, value }| SandboxItem { id, at, value }).collect();
            items.sort_by_key(|item| item.at);
            items.reverse();
            items.truncate(SHOWN);
            SandboxCollection { name, count, items }
        };
        let collections = self.collections.into_iter().filter(|(_, objects)| !objects.is_empty()).map(collection).collect();
        SandboxAccount { behaviour: self.behaviour, scripted, collections, calls: self.calls.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(id: usize, value: Value) -> Object {
        Object { id: id.to_string(), at: Timestamp(id as i64), value }
    }

    #[test]
    fn it_stays_small() {
        let mut account = Account::default();
        for n in 0..400 {
            account.put("big", object(n, json!("x".repeat(90_000))));
            account.called(SandboxCall {
                at: Timestamp(0),
                method: "GET".into(),
                url: String::new(),
                status: None,
                note: String::new(),
            });
        }
        for n in 0..100 {
            account.put(&format!("c{n}"), object(n, json!(1)));
        }
        assert_eq!((account.objects("big").len(), account.collections.len()), (MOST_OBJECTS, MOST_COLLECTIONS));
        assert!(account.document().unwrap().len() <= LARGEST_ACCOUNT);
        assert_eq!(account.objects("big").last().unwrap().id, "399", "the newest are kept");
        assert_eq!(account.shown(false).calls.len(), MOST_CALLS);
    }

    #[test]
    fn objects_are_found_by_their_keys() {
        let mut account = Account::default();
        account.put("contacts", object(1, json!({ "properties": { "email": "Ada@example.com" } })));
        let keys = ["properties.email".to_owned()];
        assert_eq!(account.find("contacts", &keys, "ada@EXAMPLE.com"), Some(0));
        assert_eq!(account.find("contacts", &keys, "1"), Some(0));
        assert_eq!((account.find("contacts", &keys, "2"), account.find("deals", &keys, "1")), (None, None));
    }
}

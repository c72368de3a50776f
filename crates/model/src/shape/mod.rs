//! What data has looked like: fields, their types and how often they were there; never a value. Learned from event to event, so that a
//! field that steps use and that vanishes, is renamed or changes its type is noticed.

mod change;
mod used;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use change::{Change, Changed, changes};
pub use used::{Used, used};

/// Fields that are remembered.
const MOST_FIELDS: usize = 300;
/// Levels that are looked into.
const DEEPEST: usize = 6;
/// Bytes a field's name may have to be remembered.
const LONGEST_KEY: usize = 100;
/// Items of a list that are looked into.
const ITEMS: usize = 3;
/// A field that was there once and not in so many values since was a key that differs from event to event.
const FORGET: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    Null,
    Switch,
    Number,
    Text,
    List,
    Object,
}

impl ValueType {
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => ValueType::Null,
            Value::Bool(_) => ValueType::Switch,
            Value::Number(_) => ValueType::Number,
            Value::String(_) => ValueType::Text,
            Value::Array(_) => ValueType::List,
            Value::Object(_) => ValueType::Object,
        }
    }

    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            ValueType::Null => "empty",
            ValueType::Switch => "yes or no",
            ValueType::Number => "a number",
            ValueType::Text => "text",
            ValueType::List => "a list",
            ValueType::Object => "a group of fields",
        }
    }
}

/// What is known of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Values it was in.
    seen: u64,
    /// The number of the value it was in first.
    first: u64,
    /// The newest values, in a row, that it was not in.
    missing: u64,
    /// Of which type it was how often.
    types: BTreeMap<ValueType, u64>,
    /// The type it had last, and in how many values in a row.
    newest: ValueType,
    streak: u64,
}

/// What the data of one trigger has looked like. Keys are JSON pointers; what is inside lists stands under `[]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shape {
    /// Values it was learned from.
    pub count: u64,
    fields: BTreeMap<String, Field>,
}

impl Shape {
    /// Learns from one more value; they come in the order they were made.
    pub fn learn(&mut self, value: &Value) {
        self.count += 1;
        let mut found = BTreeMap::new();
        walk(value, &mut String::new(), 0, &mut found);
        for (path, field) in &mut self.fields {
            match found.remove(path) {
                None => field.missing += 1,
                Some(kind) => {
                    field.missing = 0;
                    field.seen += 1;
                    *field.types.entry(kind).or_default() += 1;
                    field.streak = if field.newest == kind { field.streak + 1 } else { 1 };
                    field.newest = kind;
                }
            }
        }
        self.fields.retain(|_, field| field.seen > 1 || field.missing < FORGET);
        for (path, kind) in found {
            if self.fields.len() >= MOST_FIELDS {
                break;
            }
            let types = BTreeMap::from([(kind, 1)]);
            self.fields.insert(path, Field { seen: 1, first: self.count, missing: 0, types, newest: kind, streak: 1 });
        }
    }
}

fn walk(value: &Value, path: &mut String, depth: usize, found: &mut BTreeMap<String, ValueType>) {
    if depth > DEEPEST || found.len() >= MOST_FIELDS {
        return;
    }
    if !path.is_empty() {
        // In a list the items may differ: the first one that is more than nothing counts.
        let kind = ValueType::of(value);
        found
            .entry(path.clone())
            .and_modify(|known| *known = if *known == ValueType::Null { kind } else { *known })
            .or_insert(kind);
    }
    let length = path.len();
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| key.len() <= LONGEST_KEY) {
                push(path, key);
                walk(value, path, depth + 1, found);
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            for item in items.iter().take(ITEMS) {
                push(path, ITEM);
                walk(item, path, depth + 1, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// What stands for every item of a list.
const ITEM: &str = "[]";

fn push(path: &mut String, key: &str) {
    path.push('/');
    path.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// The last part of a pointer, as a person knows it.
fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_value_is_kept_and_everything_is_bounded() {
        let mut shape = Shape::default();
        shape.learn(&json!({ "email": "ada@example.com", "items": [{ "sku": "S-1" }, { "sku": null, "count": 2 }], "a/b": { "~": true } }));
        let text = serde_json::to_string(&shape).unwrap_or_default();
        assert!(!text.contains("ada") && !text.contains("S-1"), "{text}");
        let paths: Vec<&str> = shape.fields.keys().map(String::as_str).collect();
        assert_eq!(paths, ["/a~1b", "/a~1b/~0", "/email", "/items", "/items/[]", "/items/[]/count", "/items/[]/sku"]);
        assert_eq!((name("/a~1b/~0"), parent("/a~1b/~0")), ("~".to_owned(), "/a~1b"));

        let wide: serde_json::Map<_, _> = (0..5_000).map(|n| (format!("{n:0>120}").split_off(n % 100), json!(n))).collect();
        shape.learn(&Value::Object(wide));
        let deep = (0..90).fold(json!(1), |inner, _| json!({ "in": inner }));
        shape.learn(&deep);
        shape.learn(&json!("only text"));
        assert!(shape.fields.len() <= MOST_FIELDS);
        assert_eq!(shape.count, 4);
    }

    #[test]
    fn keys_that_differ_from_event_to_event_are_forgotten() {
        let mut shape = Shape::default();
        for n in 0..1_000 {
            shape.learn(&json!({ "always": 1, format!("user_{n}"): 2 }));
        }
        assert!(shape.fields.contains_key("/always"));
        assert!(shape.fields.len() <= usize::try_from(FORGET).unwrap_or_default() + 1, "{}", shape.fields.len());
    }
}

//! How deep two definitions are compared: which parts have parts of their own, and what stands in those that have none.

use serde_json::{Map, Value};

use crate::{Condition, Mapped};

/// What one place of a step, trigger or the settings holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Compared entry by entry.
    Object,
    /// A list whose items have a name of their own under this key: compared item by item.
    Keyed(&'static str),
    Mapped,
    Condition,
    /// Compared as a whole.
    Plain,
}

/// What stands in a place that is compared as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Mapped(Mapped),
    Condition(Condition),
    Plain(Value),
}

/// The table of places. `kind`: the tag of the step's or trigger's kind, empty for settings.
pub(super) fn shape(kind: &str, path: &[String]) -> Shape {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (kind, path.as_slice()) {
        (_, []) | (_, ["policy" | "retention" | "dedupe" | "kind"] | ["policy", "retry"]) => Shape::Object,
        (_, ["filter"]) => Shape::Condition,
        (_, ["order_key"] | ["dedupe", "key"]) => Shape::Mapped,
        ("action" | "sub_workflow" | "code" | "app", ["kind", "input"]) => Shape::Object,
        ("action" | "sub_workflow" | "code" | "app", ["kind", "input", _]) => Shape::Mapped,
        ("branch" | "parallel", ["kind", "arms"]) => Shape::Keyed("id"),
        ("branch" | "parallel", ["kind", "arms", _] | ["kind", "arms", _, "output"]) => Shape::Object,
        ("branch" | "parallel", ["kind", "arms", _, "condition"]) => Shape::Condition,
        ("branch" | "parallel", ["kind", "arms", _, "output", _]) => Shape::Mapped,
        ("filter", ["kind", "condition"]) | ("repeat_until", ["kind", "until"]) => Shape::Condition,
        ("set", ["kind", "fields"]) => Shape::Keyed("name"),
        ("set", ["kind", "fields", _]) => Shape::Object,
        ("set", ["kind", "fields", _, "value"]) => Shape::Mapped,
        ("respond", ["kind", "headers"]) => Shape::Object,
        ("respond", ["kind", "headers", _] | ["kind", "body"]) => Shape::Mapped,
        ("stop", ["kind", "message"]) | ("delay", ["kind", "until"]) => Shape::Mapped,
        ("for_each", ["kind", "over" | "output"]) => Shape::Mapped,
        ("transform", ["kind", "input"]) => Shape::Mapped,
        ("collect", ["kind", "item" | "key"]) => Shape::Mapped,
        ("lookup", ["kind", "value" | "otherwise"] | ["kind", "rows", _, "to"]) => Shape::Mapped,
        ("lookup", ["kind", "rows"]) => Shape::Keyed("from"),
        ("lookup", ["kind", "rows", _]) => Shape::Object,
        ("store", ["kind", "key"] | ["kind", "op", "value" | "by" | "expected"]) => Shape::Mapped,
        ("store", ["kind", "op"]) | ("wait", ["kind", "until"]) => Shape::Object,
        ("wait", ["kind", "until", "question"] | ["kind", "until", "shown", _, "value"]) => Shape::Mapped,
        ("wait", ["kind", "until", "shown"]) => Shape::Keyed("name"),
        ("wait", ["kind", "until", "shown", _]) => Shape::Object,
        ("webhook", ["kind", "verify" | "ack"]) => Shape::Object,
        ("manual" | "form" | "workflow", ["kind", "fields"]) | ("workflow", ["kind", "returns"]) => Shape::Keyed("key"),
        ("manual" | "form" | "workflow", ["kind", "fields" | "returns", _]) => Shape::Object,
        ("workflow", ["kind", "returns", _, "value"]) => Shape::Mapped,
        _ => Shape::Plain,
    }
}

/// The tag of a step's or trigger's kind in its JSON.
pub(super) fn kind_of(subject: &Value) -> &str {
    subject.pointer("/kind/type").and_then(Value::as_str).unwrap_or_default()
}

/// The entries of every one of these objects; nothing unless each is an object, all of one type.
pub(super) fn objects<'a>(sides: &[&'a Value]) -> Option<Vec<&'a Map<String, Value>>> {
    let maps = sides.iter().map(|side| side.as_object()).collect::<Option<Vec<_>>>()?;
    let tag = |map: &Map<String, Value>| map.get("type").cloned();
    maps.windows(2).all(|pair| tag(pair[0]) == tag(pair[1])).then_some(maps)
}

/// The items of every one of these lists by their key, in order; nothing unless each item has a key of its own.
pub(super) fn lists<'a>(key: &str, sides: &[&'a Value]) -> Option<Vec<Vec<(&'a str, &'a Value)>>> {
    sides
        .iter()
        .map(|side| {
            let items = side.as_array()?.iter().map(|item| Some((item.get(key)?.as_str()?, item))).collect::<Option<Vec<_>>>()?;
            let mut keys: Vec<&str> = items.iter().map(|(key, _)| *key).collect();
            keys.sort_unstable();
            keys.dedup();
            (keys.len() == items.len()).then_some(items)
        })
        .collect()
}

impl Content {
    pub(super) fn read(shape: Shape, value: &Value) -> Content {
        let read = match shape {
            Shape::Mapped => serde_json::from_value(value.clone()).ok().map(Content::Mapped),
            Shape::Condition => serde_json::from_value(value.clone()).ok().map(Content::Condition),
            Shape::Object | Shape::Keyed(_) | Shape::Plain => None,
        };
        read.unwrap_or_else(|| Content::Plain(value.clone()))
    }
}

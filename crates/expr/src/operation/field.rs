//! Fields of items by name.

use serde_json::Value;

use super::argument::Arguments;

/// The field of this name; where there is none, `a.b` is the field `b` of the field `a`, and a number an item of a list.
pub(super) fn find<'v>(item: &'v Value, name: &str) -> Option<&'v Value> {
    let own = match item {
        Value::Object(entries) => entries.get(name),
        Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => return None,
    };
    own.or_else(|| {
        let (first, rest) = name.split_once('.')?;
        find(find(item, first)?, rest)
    })
}

/// What an operation on items looks at: the field its argument `by` names, or the item itself.
pub(super) fn key<'v>(item: &'v Value, arguments: &Arguments<'_>) -> Option<&'v Value> {
    match arguments.text("by") {
        Some(name) => find(item, &name),
        None => Some(item),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn own_names_come_before_ways() {
        let item = json!({ "a": { "b": 1, "c": [5, 6] }, "a.b": 2 });
        assert_eq!(find(&item, "a.b"), Some(&json!(2)));
        assert_eq!(find(&item, "a.c.1"), Some(&json!(6)));
        for absent in ["", ".", "a.", "a.x", "a.c.2", "a.b.c.d", "..."] {
            assert_eq!(find(&item, absent), None, "{absent}");
        }
    }
}

//! Paths into JSON: `body.results[0].id`.

use serde_json::{Map, Value};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// What can be read as a plain path; expressions are not.
pub(crate) fn path(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in text.split('.') {
        let (key, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !key.is_empty() {
            let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-@$".contains(&byte));
            steps.push(Step::Key(plain.then(|| key.to_owned())?));
        }
        while let Some(inner) = rest.strip_prefix('[') {
            let (inner, after) = inner.split_once(']')?;
            steps.push(match inner.trim_matches('\'') {
                key if inner.starts_with('\'') => Step::Key(key.to_owned()),
                index => Step::Index(index.parse().ok().filter(|index| *index < 100)?),
            });
            rest = after;
        }
    }
    Some(steps).filter(|steps| !steps.is_empty())
}

pub(crate) fn get<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// Puts a value there; what is in the way is replaced.
pub(crate) fn set(value: &mut Value, steps: &[Step], new: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *value = new;
        return;
    };
    match step {
        Step::Key(key) => {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            set(&mut value[key.as_str()], rest, new);
        }
        Step::Index(index) => {
            if !value.is_array() {
                *value = Value::Array(Vec::new());
            }
            if let Value::Array(items) = value {
                if items.len() <= *index {
                    items.resize(index + 1, Value::Null);
                }
                set(&mut items[*index], rest, new);
            }
        }
    }
}

/// Objects entry by entry, everything else as a whole.
pub(crate) fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => _ = into.insert(key, value),
                }
            }
        }
        (into, from) => *into = from,
    }
}

/// Text of a text, number or switch.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(switch) => Some(switch.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_read_and_written() {
        let value = json!({ "a": [{ "b": 1 }], "it's": 2 });
        let read = |text: &str| path(text).and_then(|steps| get(&value, &steps).cloned());
        assert_eq!(read("a[0].b"), Some(json!(1)));
        assert_eq!(read("a[1].b"), None);
        for odd in ["", "a | first", "a[b]", "a[1000000]", "a ~ b"] {
            assert_eq!(path(odd), None, "{odd}");
        }
        let mut made = Value::Null;
        set(&mut made, &path("error[1].message").unwrap(), json!("x"));
        assert_eq!(made, json!({ "error": [null, { "message": "x" }] }));
        merge(&mut made, json!({ "error": 1, "b": { "c": 2 } }));
        assert_eq!(made, json!({ "error": 1, "b": { "c": 2 } }));
    }
}

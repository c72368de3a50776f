//! JSON with `{{ }}` in it, as the text of a mapped tree and back.
//!
//! A string that is exactly one `{{ }}` keeps the value's own type, so `"amount": "{{ event.body.amount }}"` sends a number. A
//! `{{ }}` outside a string reads the same.

use expr::{Entry, Mapped, Names, parse_text, print_text};
use serde_json::Value;

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoJson {
    pub line: usize,
    pub column: usize,
}

/// The tree that `text` stands for. Empty text leaves the value out.
pub fn read(text: &str, names: &Names) -> Result<Mapped, NoJson> {
    if text.trim().is_empty() {
        return Ok(Mapped::Omit);
    }
    let plain = quoted(text);
    let value: Value = serde_json::from_str(&plain).map_err(|e| NoJson { line: e.line(), column: e.column() })?;
    Ok(mapped(value, names))
}

/// The text of a tree; none for what JSON cannot say (one item per element of a list).
pub fn write(tree: &Mapped, names: &Names) -> Option<String> {
    if matches!(tree, Mapped::Omit) {
        return Some(String::new());
    }
    let value = plain(tree, names)?;
    serde_json::to_string_pretty(&value).ok()
}

fn mapped(value: Value, names: &Names) -> Mapped {
    match value {
        Value::Null => Mapped::Null,
        Value::String(text) => parse_text(&text, names),
        Value::Array(items) if items.iter().any(has_braces) => {
            Mapped::List(items.into_iter().map(|item| mapped(item, names)).collect())
        }
        Value::Object(entries) if entries.iter().any(|(key, item)| key.contains("{{") || has_braces(item)) => {
            let entry = |(key, item): (String, Value)| Entry { key: parse_text(&key, names), value: mapped(item, names) };
            Mapped::Object(entries.into_iter().map(entry).collect())
        }
        value => Mapped::Literal(value),
    }
}

fn has_braces(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(has_braces),
        Value::Object(entries) => entries.iter().any(|(key, item)| key.contains("{{") || has_braces(item)),
        _ => false,
    }
}

fn plain(tree: &Mapped, names: &Names) -> Option<Value> {
    match tree {
        Mapped::Literal(value) => Some(value.clone()),
        Mapped::Template(_) | Mapped::Expr(_) => print_text(tree, names).map(Value::String),
        Mapped::Null => Some(Value::Null),
        Mapped::List(items) => items.iter().map(|item| plain(item, names)).collect::<Option<Vec<_>>>().map(Value::Array),
        Mapped::Object(entries) => {
            let mut map = serde_json::Map::new();
            for entry in entries.iter().filter(|entry| !matches!(entry.value, Mapped::Omit)) {
                map.insert(print_text(&entry.key, names)?, plain(&entry.value, names)?);
            }
            Some(Value::Object(map))
        }
        Mapped::Each(_) | Mapped::Omit => None,
    }
}

/// The text with every `{{ }}` as (part of) a valid JSON string. Line breaks stay where they are.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("{{")
            && let Some(end) = rest.find("}}")
        {
            // `}}}` closes an object right after the braces of an expression inside it: the nearest pair belongs to the expression.
            let inner = &rest[..end + 2];
            if !in_string {
                out.push('"');
            }
            out.push_str(&escaped(inner, in_string));
            if !in_string {
                out.push('"');
            }
            rest = &rest[end + 2..];
            continue;
        }
        let mut taken = c.len_utf8();
        match c {
            '"' => in_string = !in_string,
            '\\' if in_string => taken += rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

fn escaped(inner: &str, in_string: bool) -> String {
    if in_string && inner.contains("\\\"") {
        return inner.to_owned();
    }
    inner.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t")
}

#[cfg(test)]
mod tests {
    use expr::{Data, Limits, Outcome, evaluate};
    use serde_json::json;

    use super::*;

    fn value_of(text: &str) -> Value {
        let mut data = Data::new();
        data.set_event(std::sync::Arc::new(json!({"body": {"amount": 42, "name": "Ada", "the name": "x"}})));
        let tree = read(text, &Names::new()).unwrap();
        match evaluate(&tree, &data, &Limits::default()).unwrap().outcome {
            Outcome::Value(value) => value,
            Outcome::Missing => panic!("missing"),
        }
    }

    #[test]
    fn values_keep_their_types() {
        assert_eq!(
            value_of(r#"{"a": "{{ event.body.amount }}", "b": {{event.body.amount}}, "c": [1, "{{ event.body.name }}!"]}"#),
            json!({"a": 42, "b": 42, "c": [1, "Ada!"]})
        );
        assert_eq!(value_of(r#"{"a": {{ event.body["the name"] }}}"#), json!({"a": "x"}));
        assert_eq!(
            value_of(r#"{"a": "{{ event.body["the name"] }}", "b": "q\"{{ event.body.name }}"}"#),
            json!({"a": "x", "b": "q\"Ada"})
        );
    }

    #[test]
    fn prints_and_reads_back() {
        for text in [r#"{"a": {"b": ["{{ event.body.name }}", 1, null]}}"#, r#"{"plain": true}"#, r#""{{ event.body.name }}""#] {
            let tree = read(text, &Names::new()).unwrap();
            let printed = write(&tree, &Names::new()).unwrap();
            assert_eq!(read(&printed, &Names::new()).unwrap(), tree, "{printed}");
        }
        assert_eq!(read(" ", &Names::new()).unwrap(), Mapped::Omit);
    }

    #[test]
    fn says_where_it_is_no_json() {
        assert_eq!(read("{\n  \"a\": }", &Names::new()).unwrap_err().line, 2);
    }
}

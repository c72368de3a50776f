//! A request as rules see it.

use egress::Request;
use http::header;
use serde_json::{Map, Value};

use crate::multipart;

/// Longer bodies are not read, in bytes.
const MOST_BYTES: usize = 12 * 1024 * 1024;
/// Nested names of a form: `a[b][c]`.
const DEEPEST: usize = 8;

/// What came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Incoming {
    pub method: String,
    /// Without its query.
    pub url: String,
    /// Repeated names are lists.
    pub query: Value,
    /// JSON, the fields of a form, or text.
    pub body: Value,
    /// Lower-case names.
    pub headers: Value,
}

impl Incoming {
    pub fn read(request: &Request) -> Self {
        let headers: Map<String, Value> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned())))
            .collect();
        let kind = request.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut bare = request.url.clone();
        bare.set_query(None);
        bare.set_fragment(None);
        Self {
            method: request.method.as_str().to_owned(),
            url: bare.as_str().trim_end_matches('/').to_owned(),
            query: pairs(request.url.query().unwrap_or_default().as_bytes()),
            body: body(kind, &request.body),
            headers: Value::Object(headers),
        }
    }
}

fn body(kind: &str, bytes: &[u8]) -> Value {
    if bytes.is_empty() || bytes.len() > MOST_BYTES {
        return Value::Null;
    }
    if kind.starts_with("multipart/") {
        return multipart::read(kind, bytes).unwrap_or_default();
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return pairs(bytes);
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes).into_owned()))
}

/// Names with values; brackets make objects and lists: `a[b]=1`, `a[]=1`, `a[0]=1`.
pub(crate) fn pairs(text: &[u8]) -> Value {
    let mut whole = Value::Object(Map::new());
    for (name, value) in form_urlencoded::parse(text) {
        let mut steps = name.split('[').map(|step| step.trim_end_matches(']'));
        let first = steps.next().unwrap_or_default();
        let rest: Vec<&str> = steps.collect();
        // `a[]` alone is a repeated name.
        let rest = if rest == [""] || rest.len() > DEEPEST { Vec::new() } else { rest };
        put(&mut whole, first, &rest, Value::from(value.into_owned()));
    }
    lists(&mut whole);
    whole
}

fn put(into: &mut Value, key: &str, rest: &[&str], value: Value) {
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Value::Object(map) = into else { return };
    match rest.split_first() {
        Some((next, rest)) => put(map.entry(key).or_insert(Value::Null), next, rest, value),
        None => match map.get_mut(key) {
            None => _ = map.insert(key.to_owned(), value),
            Some(Value::Array(items)) => items.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        },
    }
}

/// `{"0": a, "1": b}` is a list.
fn lists(value: &mut Value) {
    let Value::Object(map) = value else { return };
    map.values_mut().for_each(lists);
    if !map.is_empty() && map.keys().enumerate().all(|(at, key)| key.parse() == Ok(at)) {
        *value = std::mem::take(map).into_iter().map(|(_, value)| value).collect();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_with_brackets() {
        let read = pairs(b"a=1&b[c]=2&b[d][e]=x+y&f[]=1&f[]=2&g[0][h]=3&i=1&i=2");
        let wanted = json!({
            "a": "1", "b": { "c": "2", "d": { "e": "x y" } }, "f": ["1", "2"], "g": [{ "h": "3" }], "i": ["1", "2"],
        });
        assert_eq!(read, wanted);
        let deep = format!("a{}=1", "[b]".repeat(10_000));
        assert_eq!(pairs(deep.as_bytes()), json!({ "a": "1" }));
    }
}

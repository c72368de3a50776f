//! What an action would send, as far as the sample data tells.

use expr::{Names, Outcome, evaluate, print_text};
use manifest::{Effect, FieldKind};
use model::{Mapped, step::Action};
use serde_json::{Map, Value};

use super::{
    data::{Seen, limits},
    mapping::{json, tree},
};

/// A request in the words of a person who checks it before it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub effect: Effect,
    pub method: String,
    pub url: String,
    /// The remaining fields, each with its value.
    pub fields: Vec<(String, String)>,
    pub body: Option<String>,
    /// Who receives it: the field that says so, and its value.
    pub recipient: Option<(String, String)>,
    /// Some values are only known while the workflow runs; they are shown as `{{ }}`.
    pub unsure: bool,
}

/// Works out a request from the sample.
pub fn preview(action: &Action, seen: &Seen, names: &Names) -> Request {
    let operation = crate::connectors::find(&action.connector).and_then(|connector| connector.operation(&action.operation));
    let mut unsure = false;
    let mut values = Map::new();
    for (key, mapped) in &action.input {
        if let Some(value) = value(mapped, seen, names, &mut unsure) {
            values.insert(key.clone(), value);
        }
    }
    let text = |key: &str| values.get(key).map(plain).unwrap_or_default();
    let mut method = text("method");
    if method.is_empty() {
        method = "GET".into();
    }
    let effect = match (action.connector.as_str(), method.as_str()) {
        ("http", "GET" | "HEAD" | "OPTIONS") => Effect::Read,
        ("http", "DELETE") => Effect::Delete,
        _ => operation.map_or(Effect::Write, |operation| operation.effect),
    };
    let mut url = text("url");
    if let Some(Value::Object(query)) = values.get("query") {
        let pairs: Vec<String> = query.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect();
        if !pairs.is_empty() {
            url.push_str(if url.contains('?') { "&" } else { "?" });
            url.push_str(&pairs.join("&"));
        }
    }
    let mut fields = Vec::new();
    if let Some(Value::Object(headers)) = values.get("headers") {
        fields.extend(headers.iter().map(|(name, value)| (name.clone(), plain(value))));
    }
    if action.connector != "http"
        && let Some(operation) = operation
    {
        for field in operation.fields.iter().filter(|field| !matches!(field.kind, FieldKind::Body)) {
            if let Some(value) = values.get(&field.key) {
                fields.push((field.label.clone(), tree::preview(value)));
            }
        }
    }
    let kind = text("body_kind");
    let body = values.get("body").filter(|_| kind != "none").map(|body| match body {
        Value::String(text) if kind == "text" => text.clone(),
        body => serde_json::to_string_pretty(body).unwrap_or_default(),
    });
    let recipient = operation.and_then(|operation| {
        let key = operation.recipient.as_deref()?;
        Some((operation.field(key)?.label.clone(), text(key)))
    });
    Request { effect, method, url, fields, body, recipient, unsure }
}

/// The value, else its text with the `{{ }}` that are not known yet.
fn value(mapped: &Mapped, seen: &Seen, names: &Names, unsure: &mut bool) -> Option<Value> {
    match evaluate(mapped, &seen.data, &limits()) {
        Ok(found) => match found.outcome {
            Outcome::Value(value) => Some(value),
            Outcome::Missing => None,
        },
        Err(_) => {
            *unsure = true;
            match mapped {
                Mapped::Object(_) | Mapped::List(_) => {
                    let text = json::write(mapped, names)?;
                    serde_json::from_str(&text).ok()
                }
                mapped => print_text(mapped, names).map(Value::String),
            }
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    #[test]
    fn shows_what_would_be_sent() {
        let names = Names::new();
        let map = |text: &str| expr::parse_text(text, &names);
        let input = [
            ("method", map("POST")),
            ("url", map("https://api.example.com/{{ event.body.id }}")),
            ("query", Mapped::Literal(json!({"a": 1}))),
            ("body_kind", map("json")),
            ("body", Mapped::Object(vec![expr::Entry { key: map("n"), value: map("{{ event.body.n }}") }])),
        ];
        let input = input.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let action = Action { connector: "http".into(), version: 1, operation: "request".into(), connection: None, input };
        let mut seen = Seen::default();
        seen.data.set_event(Arc::new(json!({"body": {"id": "x", "n": 3}})));
        let request = preview(&action, &seen, &names);
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://api.example.com/x?a=1"));
        assert_eq!(request.body.as_deref(), Some("{\n  \"n\": 3\n}"));
        assert!(!request.unsure && request.effect == Effect::Write);
    }
}

//! Answers of a model that has not thought: the question again, or an object of the form that was asked for.

use model::Timestamp;
use serde_json::{Map, Value, json};

use crate::request::Incoming;
use crate::simulate::Reply;

/// Of the question, in characters.
const REPEATED: usize = 400;
/// A form within a form.
const DEEPEST: usize = 12;

pub(super) fn answer(incoming: &Incoming, now: Timestamp) -> Reply {
    let asked = incoming.body["messages"].as_array().and_then(|messages| messages.last());
    let asked = asked.and_then(|message| message["content"].as_str()).unwrap_or_default();
    let schema = &incoming.body["response_format"]["json_schema"]["schema"];
    let content = match schema {
        Value::Object(_) => example(schema, asked, 0).to_string(),
        _ => format!("Sandbox answer to: {}", asked.chars().take(REPEATED).collect::<String>()),
    };
    let (sent, written) = (asked.len() / 4 + 1, content.len() / 4 + 1);
    let body = json!({
        "id": format!("chatcmpl-sandbox-{}", now.ms()),
        "object": "chat.completion",
        "created": now.ms() / 1_000,
        "model": incoming.body["model"],
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": content, "refusal": null }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written },
    });
    Reply::json(200, body)
}

fn example(schema: &Value, asked: &str, depth: usize) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].as_array()?.iter().filter_map(Value::as_str).next());
    match kind {
        _ if depth > DEEPEST => Value::Null,
        Some("object") => {
            let fields = schema["properties"].as_object().map(Map::iter).into_iter().flatten();
            fields.map(|(key, schema)| (key.clone(), example(schema, asked, depth + 1))).collect::<Map<_, _>>().into()
        }
        Some("array") => json!([example(&schema["items"], asked, depth + 1)]),
        Some("number" | "integer") => json!(1),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => Value::from(asked.chars().take(60).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_filled() {
        let schema = json!({
            "type": "object",
            "properties": { "kind": { "enum": ["bug", "wish"] }, "n": { "type": ["integer", "null"] }, "tags": { "type": "array", "items": { "type": "string" } } },
        });
        assert_eq!(example(&schema, "hello", 0), json!({ "kind": "bug", "n": 1, "tags": ["hello"] }));
        let deep = (0..500).fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }));
        assert!(example(&deep, "x", 0).to_string().len() < 200);
    }
}

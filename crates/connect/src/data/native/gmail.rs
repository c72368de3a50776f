//! Gmail's messages: a tree of parts in base64url, headers as a list.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Parts within each other.
const MOST_LEVELS: usize = 30;

pub(super) fn messages(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(message).collect(),
        other => other,
    }
}

/// `{id, thread_id, labels, from, to, cc, subject, date, message_id, received_ms, snippet, text, html, attachments}`
pub(super) fn message(value: Value) -> Value {
    let header = |name: &str| {
        let headers = value["payload"]["headers"].as_array()?;
        let found = headers.iter().find(|one| one["name"].as_str().is_some_and(|is| is.eq_ignore_ascii_case(name)))?;
        found["value"].as_str()
    };
    let mut found = Found::default();
    found.visit(&value["payload"], 0);
    let received_ms = value["internalDate"].as_str().and_then(|ms| ms.parse::<u64>().ok());
    json!({
        "id": value["id"],
        "thread_id": value["threadId"],
        "labels": value["labelIds"].as_array().cloned().unwrap_or_default(),
        "from": header("From"),
        "to": header("To"),
        "cc": header("Cc"),
        "subject": header("Subject"),
        "date": header("Date"),
        "message_id": header("Message-ID"),
        "received_ms": received_ms,
        "snippet": value["snippet"],
        "text": found.text,
        "html": found.html,
        "attachments": found.attachments,
    })
}

#[derive(Default)]
struct Found {
    text: Option<String>,
    html: Option<String>,
    attachments: Vec<Value>,
}

impl Found {
    fn visit(&mut self, part: &Value, level: usize) {
        if level > MOST_LEVELS {
            return;
        }
        let name = part["filename"].as_str().unwrap_or_default();
        let kind = part["mimeType"].as_str().unwrap_or_default();
        let body = &part["body"];
        if !name.is_empty() {
            self.attachments.push(json!({
                "id": body["attachmentId"], "name": name, "media_type": kind, "bytes": body["size"],
            }));
        } else if let Some(text) = body["data"].as_str().and_then(text_of) {
            match kind {
                "text/plain" => self.text = self.text.take().or(Some(text)),
                "text/html" => self.html = self.html.take().or(Some(text)),
                _ => {}
            }
        }
        for inner in part["parts"].as_array().into_iter().flatten() {
            self.visit(inner, level + 1);
        }
    }
}

fn bytes_of(data: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(data.trim_end_matches('=')).ok()
}

fn text_of(data: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&bytes_of(data)?).into_owned())
}

/// `{name, media_type, data}` with base64url -> a file value.
pub(super) fn file(value: Value) -> Value {
    let bytes = value["data"].as_str().and_then(bytes_of).unwrap_or_default();
    let kind = value["media_type"].as_str().unwrap_or("application/octet-stream");
    json!({ "name": value["name"], "media_type": kind, "bytes": bytes.len(), "base64": STANDARD.encode(bytes) })
}

//! An answer's body as a value, and an answer as it is recorded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, header};
use model::run::ErrorClass;
use serde_json::{Map, Value, json};
use url::Url;

use super::disposition;
use crate::CallError;
use crate::file::cleaned;
use crate::record::{Answer, RECORD_BODY_BYTES};
use crate::redact::{MASK, Secrets};

/// Lists and objects within each other, in an answer that is read as JSON.
const MOST_LEVELS: usize = 110;

/// The body as the step's output holds it. An empty one is null.
pub(crate) fn body(answer: Answer, headers: &HeaderMap, bytes: &Bytes, url: &Url) -> Result<Value, CallError> {
    let media = MediaType::of(headers);
    if answer == Answer::Binary {
        return Ok(binary(&media, bytes, headers, url));
    }
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    match answer {
        Answer::Json => json_of(bytes).ok_or_else(|| {
            let host = url.host_str().unwrap_or_default();
            let message = format!(
                "The server at {host} answered, but not with JSON that can be read; read the answer as text, or ask it for JSON"
            );
            CallError::new(ErrorClass::Permanent, "http.not_json", message)
        }),
        Answer::Text => Ok(Value::String(media.text(bytes))),
        Answer::Auto if media.is_json() => Ok(json_of(bytes).unwrap_or_else(|| Value::String(media.text(bytes)))),
        Answer::Auto if media.is_text() => Ok(Value::String(media.text(bytes))),
        // Many servers name no type, or a wrong one, for plain text.
        Answer::Auto | Answer::Binary => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(Value::String(text.to_owned())),
            _ => Ok(binary(&media, bytes, headers, url)),
        },
    }
}

/// A file, as calls and mails take one.
fn binary(media: &MediaType, bytes: &Bytes, headers: &HeaderMap, url: &Url) -> Value {
    let name = disposition::file_name(headers).or_else(|| disposition::last_segment(url)).unwrap_or_default();
    json!({ "name": cleaned(&name), "media_type": media.essence, "bytes": bytes.len(), "base64": STANDARD.encode(bytes) })
}

/// Nothing for what nests too deep: a journal puts it deeper still, and could not be read any more.
fn json_of(bytes: &[u8]) -> Option<Value> {
    let value = serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()?;
    nests_within(&value, MOST_LEVELS).then_some(value)
}

/// Never looks deeper than `levels`.
fn nests_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| nests_within(item, levels - 1)),
        Value::Object(entries) => levels > 0 && entries.values().all(|item| nests_within(item, levels - 1)),
        _ => true,
    }
}

/// The headers as the output holds them: lower-case names, equal ones joined. Cookies are credentials and never shown.
pub(crate) fn headers(headers: &HeaderMap, secrets: &Secrets) -> Map<String, Value> {
    let mut map = Map::with_capacity(headers.keys_len());
    for name in headers.keys() {
        let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let text = if is_hidden(name) { MASK.to_owned() } else { secrets.text(values.join(", ")) };
        map.insert(name.as_str().to_owned(), Value::String(text));
    }
    map
}

/// The headers as an attempt shows them.
pub(crate) fn recorded_headers(map: &HeaderMap, secrets: &Secrets) -> Vec<(String, String)> {
    let pair = |(name, value): (String, Value)| (name, value.as_str().unwrap_or_default().to_owned());
    headers(map, secrets).into_iter().map(pair).collect()
}

/// The beginning of a body that is text, and whether it was cut.
pub(crate) fn recorded_body(headers: &HeaderMap, bytes: &Bytes) -> (Option<String>, bool) {
    let truncated = bytes.len() > RECORD_BODY_BYTES;
    let start = &bytes[..bytes.len().min(RECORD_BODY_BYTES)];
    let media = MediaType::of(headers);
    if start.is_empty() || start.contains(&0) || !(media.is_text() || media.is_json() || media.essence.is_empty()) {
        return (None, false);
    }
    (Some(media.text(start)), truncated)
}

fn is_hidden(name: &header::HeaderName) -> bool {
    *name == header::SET_COOKIE || name.as_str() == "set-cookie2"
}

struct MediaType {
    /// `text/html`; empty when the server names none.
    essence: String,
    charset: Option<String>,
}

impl MediaType {
    fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut parts = text.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let charset = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        Self { essence, charset: charset.map(|(_, value)| value.trim().trim_matches('"').to_owned()) }
    }

    fn is_json(&self) -> bool {
        self.essence == "application/json" || self.essence == "text/json" || self.essence.ends_with("+json")
    }

    fn is_text(&self) -> bool {
        self.essence.starts_with("text/")
            || self.essence.ends_with("+xml")
            || matches!(
                self.essence.as_str(),
                "application/xml" | "application/javascript" | "application/x-www-form-urlencoded" | "application/x-ndjson"
            )
    }

    fn text(&self, bytes: &[u8]) -> String {
        let encoding = self.charset.as_deref().and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
        encoding.unwrap_or(encoding_rs::UTF_8).decode(bytes).0.into_owned()
    }
}

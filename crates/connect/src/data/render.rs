//! One request, rendered: pure, and equal for equal input.

use manifest::{AnswerKind, Connector, RequestSpec};
use model::run::ErrorClass;

use super::env::{Env, Piece};
use super::{body, form, paging};
use crate::error::CallError;
use crate::record::{Answer, BodyRecord, RequestRecord};

const RESPONSE_BYTES: u64 = 10 * 1024 * 1024;
const FILE_BYTES: u64 = 50 * 1024 * 1024;
const MOST_REDIRECTS: u8 = 5;
const MOST_URL_BYTES: usize = 16 * 1024;

/// The request without the values of its connection, on the first page where there are several.
pub(super) fn request(connector: &Connector, spec: &RequestSpec, env: &Env) -> Result<RequestRecord, CallError> {
    let mut record = bare(connector, spec, env)?;
    if let Some(paging) = &spec.paging {
        paging::begin(paging, env)?.apply(paging, &mut record);
    }
    Ok(record)
}

/// The request without anything that says which page.
pub(super) fn bare(connector: &Connector, spec: &RequestSpec, env: &Env) -> Result<RequestRecord, CallError> {
    let (body, content_type) = match &spec.body {
        Some(body) => body::render(body, env)?,
        None => (BodyRecord::None, None),
    };
    let mut headers: Vec<(String, String)> = Vec::new();
    let typed = content_type.into_iter().map(|kind| ("Content-Type".to_owned(), escaped(&kind)));
    for (name, value) in typed.collect::<Vec<_>>() {
        put(&mut headers, name, value);
    }
    for (name, source) in connector.headers.iter().chain(&spec.headers) {
        if let Some(value) = header(name, source, env)? {
            put(&mut headers, name.clone(), value);
        }
    }
    let is_read = matches!(spec.method.as_str(), "GET" | "HEAD");
    Ok(RequestRecord {
        method: spec.method.clone(),
        url: url(connector, spec, env)?,
        headers,
        body,
        idempotency_header: None,
        max_response_bytes: if spec.answer == AnswerKind::File { FILE_BYTES } else { RESPONSE_BYTES },
        // A body may hold what is meant for one host alone.
        max_redirects: if is_read { MOST_REDIRECTS } else { 0 },
        answer: match spec.answer {
            AnswerKind::Auto => Answer::Auto,
            AnswerKind::Json => Answer::Json,
            AnswerKind::Text => Answer::Text,
            AnswerKind::File => Answer::Binary,
        },
        sandbox: false,
        origin: None,
    })
}

fn put(headers: &mut Vec<(String, String)>, name: String, value: String) {
    headers.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
    headers.push((name, value));
}

fn url(connector: &Connector, spec: &RequestSpec, env: &Env) -> Result<String, CallError> {
    let base = spec.base_url.as_ref().unwrap_or(&connector.base_url);
    let mut url = String::new();
    for piece in env.pieces(base)? {
        match piece {
            Piece::Plain(text) => url.push_str(&text),
            Piece::Connection(key) => url.push_str(&format!("{{connection.{key}}}")),
            // An address that an earlier answer gave, such as an upload's: its host is checked like any other.
            Piece::Value { text: Some(text), .. } if url.is_empty() => url.push_str(&text.replace(['{', '}'], "")),
            Piece::Value { .. } => {
                return Err(CallError::new(ErrorClass::Permanent, "connect.url", "The address of the request is not known"));
            }
        }
    }
    if !spec.path.is_empty() {
        url.truncate(url.trim_end_matches('/').len());
        url.push_str(&path(&spec.path, env)?);
    }
    let query = env.template(&spec.query)?.unwrap_or_default();
    let pairs = form::pairs(&query, spec.query_lists)?;
    if !pairs.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&form::encode(&pairs));
    }
    if url.len() > MOST_URL_BYTES {
        return Err(CallError::input("", "http.url_length", "The address with its query is longer than 16 kB"));
    }
    Ok(url)
}

/// The path, with each value percent-encoded. `{+...}` may hold slashes: each of its parts is encoded by itself.
fn path(source: &str, env: &Env) -> Result<String, CallError> {
    let mut path = String::new();
    for piece in env.pieces(source)? {
        match piece {
            Piece::Plain(text) => path.push_str(&text),
            Piece::Connection(key) => path.push_str(&format!("{{connection.{key}}}")),
            Piece::Value { text, source } => {
                let field = source.trim_start_matches('+').trim().trim_start_matches("input.").to_owned();
                let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
                let Some(text) = text else {
                    let message = format!("\"{field}\" is missing; it is part of the address");
                    return Err(CallError::input(&field, "input.missing", message));
                };
                match source.starts_with('+') {
                    false => path.push_str(&segment(&text)),
                    true => {
                        let parts: Vec<_> = text.split('/').map(segment).collect();
                        if parts.iter().any(String::is_empty) {
                            return Err(leaves(&field));
                        }
                        path.push_str(&parts.join("/"));
                    }
                }
                // Addresses are cleaned of these before they are called, which would lead elsewhere.
                if path.split('/').any(|part| matches!(part, "." | "..")) {
                    return Err(leaves(&field));
                }
            }
        }
    }
    Ok(path)
}

fn leaves(field: &str) -> CallError {
    CallError::input(field, "input.path", format!("\"{field}\" cannot be part of an address"))
}

/// Everything but letters, digits and `-._~` encoded (RFC 3986, 2.3).
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A header's value as a text that [`parse_parts`](manifest::parse_parts) reads back; nothing when it is missing.
fn header(name: &str, source: &str, env: &Env) -> Result<Option<String>, CallError> {
    let mut value = String::new();
    let pieces = env.pieces(source)?;
    let is_single = pieces.len() == 1;
    for piece in pieces {
        match piece {
            Piece::Plain(text) => value.push_str(&escaped(&text)),
            Piece::Connection(key) => value.push_str(&format!("{{connection.{key}}}")),
            Piece::Value { text: None, .. } if is_single => return Ok(None),
            Piece::Value { text, source } => {
                let text = text.unwrap_or_default();
                if text.chars().any(|c| c.is_control() && c != '\t') {
                    let field = source.trim_start_matches("input.").to_owned();
                    let message =
                        format!("\"{field}\" holds a line break or another character that the header {name} cannot carry");
                    return Err(CallError::input(&field, "http.header_value", message));
                }
                value.push_str(&escaped(text.trim()));
            }
        }
    }
    Ok(Some(value))
}

/// Braces doubled, so that data is never taken for a place of the connection's values.
pub(super) fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

//! Bodies of every kind.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use manifest::Body;
use serde_json::{Value, json};

use super::env::Env;
use super::{form, message, multipart};
use crate::error::CallError;
use crate::file::File;
use crate::http::input::scalar;
use crate::record::BodyRecord;

/// Largest body in bytes.
const MOST_BYTES: usize = 40 * 1024 * 1024;

/// The body and its content type.
pub(super) fn render(body: &Body, env: &Env) -> Result<(BodyRecord, Option<String>), CallError> {
    const JSON: &str = "application/json";
    let (record, kind) = match body {
        Body::Json { value } => (BodyRecord::Text(env.template(value)?.unwrap_or_default().to_string()), JSON.to_owned()),
        Body::Form { value, lists } => {
            let pairs = form::pairs(&env.template(value)?.unwrap_or_default(), *lists)?;
            (BodyRecord::Text(form::encode(&pairs)), "application/x-www-form-urlencoded".to_owned())
        }
        Body::Multipart { value } => {
            let (bytes, kind) = multipart::form(&env.template(value)?.unwrap_or_else(|| json!({})))?;
            (bytes_of(bytes), kind)
        }
        Body::Related { metadata, file } => {
            let metadata = env.template(metadata)?.unwrap_or_else(|| json!({}));
            let (bytes, kind) = multipart::related(&metadata, &file_of(file, env)?);
            (bytes_of(bytes), kind)
        }
        Body::Raw { value, media_type } => raw(value, media_type.as_deref(), env)?,
        Body::Message { message, into, value } => {
            let mut whole = env.template(value)?.unwrap_or_else(|| json!({}));
            set(&mut whole, into, Value::String(URL_SAFE.encode(message::build(message, env)?)));
            (BodyRecord::Text(whole.to_string()), JSON.to_owned())
        }
        Body::Graphql { query, variables } => {
            let variables = env.template(variables)?.filter(|value| !value.is_null()).unwrap_or_else(|| json!({}));
            (BodyRecord::Text(json!({ "query": query, "variables": variables }).to_string()), JSON.to_owned())
        }
    };
    let bytes = match &record {
        BodyRecord::None => 0,
        BodyRecord::Text(text) => text.len(),
        BodyRecord::Base64(text) => text.len() / 4 * 3,
    };
    if bytes > MOST_BYTES {
        let message = format!("The request would have more than {} MB; send less at once", MOST_BYTES / 1024 / 1024);
        return Err(CallError::input("", "input.too_large", message));
    }
    Ok((record, Some(kind).filter(|kind| !kind.is_empty())))
}

fn raw(value: &str, media_type: Option<&str>, env: &Env) -> Result<(BodyRecord, String), CallError> {
    let found = match value.strip_prefix('=') {
        Some(source) => env.value(source)?.unwrap_or_default(),
        None => env.text(value)?.map(Value::String).unwrap_or_default(),
    };
    let media_type = media_type.map(|source| env.text(source)).transpose()?.flatten();
    Ok(match File::of(&found) {
        Some(file) => (bytes_of(file.bytes), media_type.unwrap_or(file.media_type)),
        None => {
            let text = scalar(&found).unwrap_or_else(|| if found.is_null() { String::new() } else { found.to_string() });
            (BodyRecord::Text(text), media_type.unwrap_or_else(|| "text/plain; charset=utf-8".to_owned()))
        }
    })
}

fn file_of(source: &str, env: &Env) -> Result<File, CallError> {
    let source = source.trim_start_matches('=');
    let value = env.value(source)?.unwrap_or_default();
    File::needed(source.strip_prefix("input.").unwrap_or(source), &value)
}

/// As text where it is text, so that a person can read the record.
pub(crate) fn bytes_of(bytes: Vec<u8>) -> BodyRecord {
    match String::from_utf8(bytes) {
        Ok(text) => BodyRecord::Text(text),
        Err(error) => BodyRecord::Base64(STANDARD.encode(error.as_bytes())),
    }
}

/// Sets `a.b.c`, making objects on the way.
pub(super) fn set(whole: &mut Value, path: &str, value: Value) {
    let mut at = whole;
    for key in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[key];
    }
    *at = value;
}

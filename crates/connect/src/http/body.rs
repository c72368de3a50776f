//! The body of a request, by the kind the maker chose.

use std::borrow::Cow;

use serde_json::Value;
use url::form_urlencoded;

use super::input::{Input, pairs, scalar, wrong};
use crate::CallError;
use crate::data::bytes_of;
use crate::file::{File, MOST_FILE_BYTES};
use crate::record::BodyRecord;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Json,
    Form,
    Multipart,
    File,
    Text,
}

const KINDS: [(&str, Kind); 6] = [
    ("none", Kind::None),
    ("json", Kind::Json),
    ("form", Kind::Form),
    ("multipart", Kind::Multipart),
    ("file", Kind::File),
    ("text", Kind::Text),
];

/// Whether files in the body are sent as such. In JSON a file stays what its data says of it.
pub(crate) fn takes_files(input: &Value) -> bool {
    let kind = Input::new(input).and_then(|input| input.choice("body_kind", &KINDS));
    matches!(kind, Ok(Some(Kind::Multipart | Kind::File)))
}

/// The body and the content type that goes with it. A body without a kind is JSON.
pub(crate) fn render(input: &Input<'_>) -> Result<(BodyRecord, Option<Cow<'static, str>>), CallError> {
    let body = input.given("body");
    let kind = input.choice("body_kind", &KINDS)?.unwrap_or(if body.is_some() { Kind::Json } else { Kind::None });
    if kind == Kind::None {
        return Ok((BodyRecord::None, None));
    }
    let Some(body) = body else {
        let message = "The body of the request is missing; fill in its content or choose \"None\"";
        return Err(CallError::input("body", "input.missing", message));
    };
    match kind {
        Kind::None => Ok((BodyRecord::None, None)),
        Kind::Json => Ok((BodyRecord::Text(body.to_string()), Some("application/json".into()))),
        Kind::Form => Ok((BodyRecord::Text(form(body)?), Some("application/x-www-form-urlencoded".into()))),
        Kind::Multipart => multipart(body),
        Kind::File => {
            let file = File::needed("body", body)?;
            bounded(file.bytes.len())?;
            Ok((bytes_of(file.bytes), Some(file.media_type.into())))
        }
        Kind::Text => {
            let text = scalar(body).ok_or_else(|| wrong("body", body, "text (choose JSON to send lists and objects)"))?;
            Ok((BodyRecord::Text(text), Some("text/plain; charset=utf-8".into())))
        }
    }
}

/// Text and files under their names.
fn multipart(body: &Value) -> Result<(BodyRecord, Option<Cow<'static, str>>), CallError> {
    let Value::Object(parts) = body else {
        return Err(wrong("body", body, "names with values, to be sent as a form"));
    };
    if parts.values().all(Value::is_null) {
        return Err(CallError::input("body", "input.missing", "The form has no fields; a form with files needs at least one"));
    }
    for (name, value) in parts {
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        if let Some(odd) = items.iter().find(|item| !item.is_null() && scalar(item).is_none() && File::of(item).is_none()) {
            return Err(wrong(&format!("body.{name}"), odd, "text, a number, true/false or a file"));
        }
    }
    let (bytes, kind) = crate::data::multipart(body)?;
    bounded(bytes.len())?;
    Ok((bytes_of(bytes), Some(kind.into())))
}

fn bounded(bytes: usize) -> Result<(), CallError> {
    // What stands between the parts is little.
    if bytes <= MOST_FILE_BYTES + MOST_FILE_BYTES / 25 {
        return Ok(());
    }
    let message = format!("The files are larger than {} MB together; send less at once", MOST_FILE_BYTES / (1024 * 1024));
    Err(CallError::input("body", "input.too_large", message))
}

fn form(body: &Value) -> Result<String, CallError> {
    let Value::Object(map) = body else {
        return Err(wrong("body", body, "names with values, to be sent as a form"));
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs("body", map)? {
        form.append_pair(name, &value);
    }
    Ok(form.finish())
}

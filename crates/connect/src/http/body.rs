//! The body of a request, by the kind the maker chose.

use serde_json::Value;
use url::form_urlencoded;

use super::input::{Input, pairs, scalar, wrong};
use crate::CallError;
use crate::record::BodyRecord;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Json,
    Form,
    Text,
}

const KINDS: [(&str, Kind); 4] = [("none", Kind::None), ("json", Kind::Json), ("form", Kind::Form), ("text", Kind::Text)];

/// The body and the content type that goes with it. A body without a kind is JSON.
pub(crate) fn render(input: &Input<'_>) -> Result<(BodyRecord, Option<&'static str>), CallError> {
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
        Kind::Json => Ok((BodyRecord::Text(body.to_string()), Some("application/json"))),
        Kind::Form => Ok((BodyRecord::Text(form(body)?), Some("application/x-www-form-urlencoded"))),
        Kind::Text => {
            let text = scalar(body).ok_or_else(|| wrong("body", body, "text (choose JSON to send lists and objects)"))?;
            Ok((BodyRecord::Text(text), Some("text/plain; charset=utf-8")))
        }
    }
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

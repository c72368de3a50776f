//! Outputs that no template can make: each has a name that manifests use as `output.native`.

mod gmail;
mod rows;

use model::run::ErrorClass;
use serde_json::Value;

use crate::error::CallError;

type Convert = fn(Value) -> Result<Value, CallError>;

const NATIVE: [(&str, Convert); 6] = [
    ("gmail_message", |value| Ok(gmail::message(value))),
    ("gmail_messages", |value| Ok(gmail::messages(value))),
    ("base64url_file", |value| Ok(gmail::file(value))),
    ("read_json", read_json),
    ("named_row", |value| Ok(rows::named_row(value))),
    ("named_rows", |value| Ok(rows::named_rows(value))),
];

/// The output out of what the template gave.
pub(super) fn convert(name: &str, value: Value) -> Result<Value, CallError> {
    match NATIVE.iter().find(|(known, _)| *known == name) {
        Some((_, convert)) => convert(value),
        None => Err(unknown(name)),
    }
}

/// The items of a list out of what it holds, as manifests name it in `poll.native_items`.
pub(super) fn items(name: &str, found: Vec<Value>) -> Result<Vec<Value>, CallError> {
    if name == "sheet_rows" { Ok(rows::items(found)) } else { Err(unknown(name)) }
}

fn unknown(name: &str) -> CallError {
    let message = format!("This version of Patchbay does not know how to make the output \"{name}\"");
    CallError::new(ErrorClass::Permanent, "connect.native", message)
}

/// `{json, ...}` with a text -> the same with what the text says.
fn read_json(mut value: Value) -> Result<Value, CallError> {
    if let Some(text) = value["json"].as_str() {
        let read = serde_json::from_str(text).map_err(|error| {
            let message = format!("The answer is to be JSON, but cannot be read as such: {error}");
            CallError::new(ErrorClass::Rejected, "connect.no_json", message)
        })?;
        value["json"] = read;
    }
    Ok(value)
}

//! Outputs that no template can make: each has a name that manifests use as `output.native`.

mod gmail;

use model::run::ErrorClass;
use serde_json::Value;

use crate::error::CallError;

type Convert = fn(Value) -> Value;

const NATIVE: [(&str, Convert); 3] =
    [("gmail_message", gmail::message), ("gmail_messages", gmail::messages), ("base64url_file", gmail::file)];

/// The output out of what the template gave.
pub(super) fn convert(name: &str, value: Value) -> Result<Value, CallError> {
    match NATIVE.iter().find(|(known, _)| *known == name) {
        Some((_, convert)) => Ok(convert(value)),
        None => {
            let message = format!("This version of Patchbay does not know how to make the output \"{name}\"");
            Err(CallError::new(ErrorClass::Permanent, "connect.native", message))
        }
    }
}

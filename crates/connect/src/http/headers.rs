//! The headers a maker typed.

use http::{HeaderName, HeaderValue};

use crate::CallError;

/// Checks the pairs and gives them back as they will be sent.
pub(crate) fn check(pairs: Vec<(&str, String)>) -> Result<Vec<(String, String)>, CallError> {
    pairs.into_iter().map(|(name, value)| check_one(name.trim(), value)).collect()
}

fn check_one(name: &str, value: String) -> Result<(String, String), CallError> {
    let refuse = |code: &str, message: String| Err(CallError::input(&format!("headers.{name}"), code, message));
    let shown = name.escape_debug();
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return refuse("http.header_name", format!("\"{shown}\" cannot be the name of a header"));
    }
    if is_ours(name) {
        return refuse("http.header_reserved", format!("The header \"{shown}\" is set by Patchbay itself; remove it"));
    }
    if manifest::is_credential_header(name) {
        let message = format!("The header \"{shown}\" carries a credential; put it into a connection, where it is kept sealed");
        return refuse("http.header_credential", message);
    }
    let value = value.trim_matches([' ', '\t']).to_owned();
    if HeaderValue::from_bytes(value.as_bytes()).is_err() {
        let message = format!("The value of the header \"{shown}\" holds a line break or another character no header can carry");
        return refuse("http.header_value", message);
    }
    Ok((name.to_owned(), value))
}

/// Headers that say where a message begins and ends, or whom it is for.
fn is_ours(name: &str) -> bool {
    const OURS: [&str; 9] = [
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

pub(crate) fn has(headers: &[(String, String)], name: &str) -> bool {
    headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
}

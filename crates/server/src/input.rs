//! Reads paths, queries and bodies, and says exactly what is wrong with them.

use std::error::Error as _;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Path},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use manifest::Connector;
use model::api::{Access, Endpoint};
use serde::{Deserialize, de::DeserializeOwned, de::IntoDeserializer};
use serde_json::json;

use crate::{app::App, definition, error::ApiError};

/// Largest body of whoever has not signed in.
const PUBLIC_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) async fn path<E: Endpoint>(parts: &mut Parts) -> Result<E::Path, ApiError>
where
    E::Path: DeserializeOwned + Send,
{
    if !E::PATH.contains('{') {
        let nothing: serde::de::value::UnitDeserializer<serde::de::value::Error> = ().into_deserializer();
        return E::Path::deserialize(nothing).map_err(|error| ApiError::internal(&error));
    }
    match Path::<E::Path>::from_request_parts(parts, &()).await {
        Ok(Path(path)) => Ok(path),
        Err(rejection) => {
            let reason = rejection.body_text();
            let reason = reason.strip_prefix("Invalid URL: ").unwrap_or(&reason).to_owned();
            let message = format!("The address is not understood: {reason}.");
            Err(ApiError::new(StatusCode::BAD_REQUEST, "path.invalid", message).with(json!({ "reason": reason })))
        }
    }
}

/// The names of the query's parameters.
pub(crate) fn known_parameters<E: Endpoint>() -> &'static [String] {
    let schema = schemars::SchemaGenerator::default().into_root_schema_for::<E::Query>();
    let properties = schema.as_value().get("properties").and_then(|p| p.as_object());
    let known: Vec<String> = properties.map(|p| p.keys().cloned().collect()).unwrap_or_default();
    // Once per route, at start.
    Vec::leak(known)
}

/// A misspelt filter would otherwise silently list everything.
pub(crate) fn query<E: Endpoint>(parts: &Parts, known: &[String]) -> Result<E::Query, ApiError> {
    let text = parts.uri.query().unwrap_or_default();
    let pairs: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).collect();
    let bad = |path: &str, reason: String| {
        let message = format!("The query parameter `{path}` is not understood: {reason}.");
        ApiError::new(StatusCode::BAD_REQUEST, "query.invalid", message).with(json!({ "path": path, "reason": reason }))
    };
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !known.iter().any(|k| k == name)) {
        return Err(bad(name, format!("there is no such parameter; known are {}", list(known))));
    }
    let parser = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(parser).map_err(|error| {
        let path = error.path().to_string();
        bad(&path, error.into_inner().to_string())
    })
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ") }
}

pub(crate) fn no_body<E: Endpoint>() -> Result<E::Body, ApiError> {
    serde_json::from_value(json!({})).map_err(|error| ApiError::internal(&error))
}

pub(crate) async fn body<E: Endpoint>(app: &App, parts: &Parts, body: Body, may_be_empty: bool) -> Result<E::Body, ApiError> {
    let most = match E::ACCESS {
        Access::Public => PUBLIC_BYTES.min(app.options.max_body_bytes),
        _ => app.options.max_body_bytes,
    };
    let bytes = read(&parts.headers, body, most).await?;
    if bytes.is_empty() && may_be_empty {
        return no_body::<E>();
    }
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let message = "Send the body as JSON, with the header `Content-Type: application/json`.";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", message));
    }
    json_body(&bytes, &app.connectors)
}

fn json_body<T: DeserializeOwned>(bytes: &[u8], connectors: &[Connector]) -> Result<T, ApiError> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut parser);
    let error = match parsed {
        Ok(value) => match parser.end() {
            Ok(()) => return Ok(value),
            Err(error) => return Err(malformed("", &error)),
        },
        Err(error) => error,
    };
    let path = error.path().to_string();
    let error = error.into_inner();
    if error.classify() == serde_json::error::Category::Data {
        let problems = definition::problems_of_body(bytes, connectors);
        if !problems.is_empty() {
            return Err(ApiError::problems(&problems));
        }
    }
    Err(malformed(&path, &error))
}

/// 400 with the path (`definition.steps.a.kind`; empty: the body itself), the reason and the place in the text.
fn malformed(path: &str, error: &serde_json::Error) -> ApiError {
    let path = if path == "." { "" } else { path };
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    let (code, message) = if error.is_data() {
        let whose = if path.is_empty() { "The body".to_owned() } else { format!("`{path}` in the body") };
        ("json.invalid", format!("{whose} does not fit: {reason}."))
    } else {
        ("json.malformed", format!("The body is not valid JSON: {reason} (line {}, column {}).", error.line(), error.column()))
    };
    ApiError::new(StatusCode::BAD_REQUEST, code, message)
        .with(json!({ "path": path, "reason": reason, "line": error.line(), "column": error.column() }))
}

/// Reads a body of at most `most` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, ApiError> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if said.is_some_and(|length| length > most as u64) {
        return Err(ApiError::too_large(most));
    }
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.source().is_some_and(|s| s.is::<http_body_util::LengthLimitError>()) => {
            Err(ApiError::too_large(most))
        }
        Ok(Err(_)) => Err(ApiError::new(StatusCode::BAD_REQUEST, "body.broken", "The body did not arrive completely.")),
        Err(_) => Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "body.slow", "The body took too long to arrive.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error<T: DeserializeOwned>(text: &str) -> String {
        format!("{:?}", json_body::<T>(text.as_bytes(), &[]).err().expect("refused"))
    }

    #[test]
    fn says_where_and_why() {
        let text =
            error::<model::api::NewConnection>(r#"{"connector":"http","method":"basic","label":"x","hosts":[1],"values":{}}"#);
        assert!(text.contains(r#""path": String("hosts[0]")"#) && text.contains("expected a string"), "{text}");
        let text = error::<model::api::StateChange>("{\"state\":\n  on}");
        assert!(text.contains("json.malformed") && text.contains("line 2"), "{text}");
        assert!(error::<model::api::StateChange>(r#"{"state":"on"} x"#).contains("trailing"));
        assert!(error::<model::api::StateChange>(r#"{"state":"on","extra":1}"#).contains("unknown field `extra`"));
    }
}

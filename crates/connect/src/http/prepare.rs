use http::Method;
use model::run::EffectClass;
use serde_json::Value;
use url::Url;

use super::input::Input;
use super::{body, headers};
use crate::connect::Prepared;
use crate::error::CallError;
use crate::record::{Answer, RequestRecord};

const MAX_REDIRECTS: u8 = 5;
const DEFAULT_RESPONSE_BYTES: u64 = 10 * 1024 * 1024;
const MOST_RESPONSE_BYTES: u64 = 100 * 1024 * 1024;
const TIMEOUT_MS: u64 = 30_000;
/// Longer addresses are refused by most servers anyway.
const MOST_URL_BYTES: usize = 16 * 1024;
/// The IETF's draft name, which those servers that honour a key expect.
const KEY_HEADER: &str = "Idempotency-Key";

const ANSWERS: [(&str, Answer); 4] =
    [("auto", Answer::Auto), ("json", Answer::Json), ("text", Answer::Text), ("binary", Answer::Binary)];

/// Renders the request of the operation `request`.
pub(crate) fn prepare(input: &Value) -> Result<Prepared, CallError> {
    let input = Input::new(input)?;
    let method = method(&input)?;
    let url = url(&input)?;
    let mut headers = headers::check(input.pairs("headers")?)?;
    let (body, content_type) = body::render(&input)?;
    if let Some(content_type) = content_type {
        // Only ours names the boundary between the parts.
        if content_type.starts_with("multipart/form-data") {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        }
        if !headers::has(&headers, "content-type") {
            headers.push(("Content-Type".to_owned(), content_type.into_owned()));
        }
    }

    let repeatable_by_method = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS].contains(&method);
    let is_repeatable = input.switch("repeatable")?.unwrap_or(repeatable_by_method);
    // Where the method itself may be repeated, servers have no use for a key.
    let needs_key = is_repeatable && !repeatable_by_method && !headers::has(&headers, KEY_HEADER);

    let request = RequestRecord {
        method: method.as_str().to_owned(),
        url: url.into(),
        headers,
        body,
        idempotency_header: needs_key.then(|| KEY_HEADER.to_owned()),
        max_response_bytes: input.number("max_response_bytes", 1, MOST_RESPONSE_BYTES)?.unwrap_or(DEFAULT_RESPONSE_BYTES),
        max_redirects: if input.switch("follow_redirects")?.unwrap_or(true) { MAX_REDIRECTS } else { 0 },
        answer: input.choice("answer", &ANSWERS)?.unwrap_or_default(),
        sandbox: false,
        origin: None,
    };
    let class = if is_repeatable { EffectClass::Safe } else { EffectClass::Unsafe };
    Ok(Prepared { request, class, timeout_ms: TIMEOUT_MS, key_ttl_s: None, replays_errors: false })
}

fn method(input: &Input<'_>) -> Result<Method, CallError> {
    let Some(text) = input.text("method")? else { return Ok(Method::GET) };
    let method = Method::from_bytes(text.to_ascii_uppercase().as_bytes()).ok();
    // CONNECT would ask for a tunnel and TRACE for our own headers back.
    method.filter(|method| ![Method::CONNECT, Method::TRACE].contains(method)).ok_or_else(|| {
        let message =
            format!("\"{}\" is not a method a request can have; choose GET, POST, PUT, PATCH or DELETE", text.escape_debug());
        CallError::input("method", "http.method", message)
    })
}

fn url(input: &Input<'_>) -> Result<Url, CallError> {
    let refuse = |code: &str, message: &str| Err(CallError::input("url", code, message));
    let Some(text) = input.text("url")? else {
        return refuse("input.missing", "The address is missing; it begins with https:// or http://");
    };
    let Some(mut url) = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) else {
        return refuse("http.url", "The address cannot be called; write it like https://api.example.com/contacts");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("http.url_credential", "The address holds a user name or password; put them into a connection instead");
    }
    url.set_fragment(None);
    let query = input.pairs("query")?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    if url.as_str().len() > MOST_URL_BYTES {
        return refuse(
            "http.url_length",
            "The address with its query parameters is longer than 16 kB; send the data in the body",
        );
    }
    Ok(url)
}

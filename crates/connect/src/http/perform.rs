use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use egress::{Request, Response, SendLimits};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::run::ErrorClass;
use serde_json::{Value, json};
use url::Url;

use super::{answer, outcome};
use crate::connect::CallResult;
use crate::credential::Credential;
use crate::error::CallError;
use crate::record::{BodyRecord, RequestRecord, ResponseRecord};
use crate::transport::Transport;

/// Sends the request and judges the answer.
pub(crate) async fn perform(
    transport: &dyn Transport,
    record: &RequestRecord,
    key: &str,
    credential: Option<&Credential>,
    timeout: Duration,
) -> CallResult {
    let simulated = match credential.and_then(Credential::sandbox).map(|mark| transport.simulated("http", mark)) {
        Some(None) => {
            let message = "This is a sandbox connection that does not simulate requests to any address; nothing was sent. \
                           Choose a sandbox connection of HTTP";
            return CallResult::unsent(CallError::new(ErrorClass::Permanent, "connect.sandbox", message));
        }
        simulated => simulated.flatten(),
    };
    // What is made up proves nothing to anybody: it is left out.
    let request = match build(record, key, credential.filter(|_| simulated.is_none())) {
        Ok(request) => request,
        Err(error) => return CallResult::unsent(error),
    };
    let transport = simulated.as_deref().unwrap_or(transport);
    let limits = SendLimits { timeout, max_response_bytes: record.max_response_bytes, max_redirects: record.max_redirects };
    let started = Instant::now();
    let answer = transport.send(request, limits).await;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answer {
        Err(failure) => CallResult::unsent(failure.into()),
        Ok(response) => judge(record, response, credential, duration_ms),
    }
}

fn judge(record: &RequestRecord, response: Response, credential: Option<&Credential>, duration_ms: u64) -> CallResult {
    let secrets = credential.map(Credential::secrets).unwrap_or_default();
    let host = response.url.host_str().unwrap_or_default();
    let body = secrets.bytes(response.body);
    let bytes = body.len() as u64;
    let read = match outcome::error_of(response.status, &response.headers, host, credential.is_some()) {
        Some(error) => Err(error),
        None => answer::body(record.answer, &response.headers, &body, &response.url)
            .map_err(|error| CallError { status: Some(response.status), ..error }),
    };
    // The output of a success shows all of it already.
    let (recorded, truncated) = if read.is_ok() { (None, false) } else { answer::recorded_body(&response.headers, &body) };
    let headers = if read.is_ok() { Vec::new() } else { answer::recorded_headers(&response.headers, &secrets) };
    let outcome = read.map(|body| {
        let shown = Value::Object(answer::headers(&response.headers, &secrets));
        json!({ "status": response.status, "headers": shown, "body": body })
    });
    let response = ResponseRecord { status: response.status, headers, body: recorded, truncated, bytes, duration_ms };
    CallResult { outcome, response: Some(response) }
}

fn build(record: &RequestRecord, key: &str, credential: Option<&Credential>) -> Result<Request, CallError> {
    let url = Url::parse(&record.url).map_err(|_| unreadable("address"))?;
    let method = Method::from_bytes(record.method.as_bytes()).map_err(|_| unreadable("method"))?;
    let mut request = Request::new(method, url);
    request.headers = headers(record)?;
    request.body = match &record.body {
        BodyRecord::None => Bytes::new(),
        BodyRecord::Text(text) => Bytes::from(text.clone()),
        BodyRecord::Base64(text) => STANDARD.decode(text).map_err(|_| unreadable("body"))?.into(),
    };
    if let Some(name) = &record.idempotency_header {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unreadable("idempotency header"))?;
        request.headers.insert(name, HeaderValue::from_str(key).map_err(|_| unreadable("idempotency key"))?);
    }
    if let Some(credential) = credential {
        let (name, value) = credential.header(&request.url)?;
        request.secret_headers.push(name.clone());
        request.headers.insert(name, value);
    }
    Ok(request)
}

fn headers(record: &RequestRecord) -> Result<HeaderMap, CallError> {
    let mut headers = HeaderMap::with_capacity(record.headers.len() + 4);
    for (name, value) in &record.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unreadable("headers"))?;
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unreadable("headers"))?);
    }
    Ok(headers)
}

/// A request that `prepare` made is always readable; one from a damaged journal may not be.
fn unreadable(part: &str) -> CallError {
    CallError::new(
        ErrorClass::System,
        "connect.request",
        format!("The recorded request cannot be sent: its {part} is not readable"),
    )
}

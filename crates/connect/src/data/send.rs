//! Sends one rendered request, with the connection's values and the call's key in their places.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use egress::{Request, SendLimits};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use manifest::{KeyFormat, KeyIn, KeyPlace, NeedsConnection, Placement, RequestSpec};
use model::run::ErrorClass;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::body::set;
use super::caller::Caller;
use crate::credential::Credential;
use crate::error::CallError;
use crate::http::answer;
use crate::record::{Answer as Reading, BodyRecord, RequestRecord, ResponseRecord};
use crate::redact::Secrets;

/// What came back.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Without the connection's secrets, should the other side have sent them back.
    pub body: Bytes,
    pub url: Url,
    pub secrets: Secrets,
    pub duration_ms: u64,
}

impl Answer {
    /// As an attempt shows it.
    pub(super) fn record(&self, is_success: bool) -> ResponseRecord {
        let (body, truncated) = if is_success { (None, false) } else { answer::recorded_body(&self.headers, &self.body) };
        let mut headers = answer::recorded_headers(&self.headers, &self.secrets);
        // Of a success only what is said of limits: it is heeded, and recorded nowhere.
        headers.retain(|(name, _)| !is_success || ["ratelimit", "rate-limit"].iter().any(|part| name.contains(part)));
        let (bytes, duration_ms) = (self.body.len() as u64, self.duration_ms);
        ResponseRecord { status: self.status, headers, body, truncated, bytes, duration_ms }
    }

    /// The body as a value, as the request wants it read.
    pub(super) fn value(&self, reading: Reading) -> Result<Value, CallError> {
        answer::body(reading, &self.headers, &self.body, &self.url)
            .map_err(|error| CallError { status: Some(self.status), ..error })
    }

    pub(super) fn header_values(&self) -> Value {
        Value::Object(answer::headers(&self.headers, &self.secrets))
    }
}

/// The header that carries the key, if one does.
pub(super) fn header_name(key: &KeyPlace) -> Option<String> {
    (key.place == KeyIn::Header).then(|| key.name.clone())
}

/// The key as the other side wants it. One that would be too long is replaced by its hash, which keeps it distinct.
pub(super) fn key_text(place: &KeyPlace, key: &str) -> String {
    let hash = || Sha256::digest(key.as_bytes());
    let text = match place.format {
        KeyFormat::Text if key.len() <= place.longest => key.to_owned(),
        KeyFormat::Text | KeyFormat::Hex => hex::encode(hash()),
        KeyFormat::Uuid => {
            let mut bytes = [0_u8; 16];
            bytes.copy_from_slice(&hash()[..16]);
            bytes[6] = bytes[6] & 0x0f | 0x80;
            bytes[8] = bytes[8] & 0x3f | 0x80;
            let text = hex::encode(bytes);
            [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
        }
    };
    text.chars().take(place.longest).collect()
}

fn unsimulated() -> CallError {
    let message = "This is a sandbox connection, and nothing here simulates the other side; nothing was sent";
    CallError::new(ErrorClass::Permanent, "connect.sandbox", message)
}

impl Caller<'_> {
    /// Whether an operation has the connection it needs; `methods` names the ways to sign in it works with, none means all.
    pub(super) fn check_connection(&self, needs: NeedsConnection, methods: &[String]) -> Result<(), CallError> {
        let is_needed = needs == NeedsConnection::Required && !self.connector.auth.is_empty();
        match self.method()? {
            None if is_needed => Err(self.needs_connection()),
            Some((method, _)) if !methods.is_empty() && !methods.contains(&method.id) => {
                let labels = methods.iter().filter_map(|id| self.connector.auth_method(id)).map(|method| method.label.as_str());
                let labels: Vec<_> = labels.collect();
                let message = format!("This needs a {} connection by \"{}\"", self.connector.name, labels.join("\" or \""));
                Err(CallError::new(ErrorClass::Permission, "connection.method", message))
            }
            _ => Ok(()),
        }
    }

    /// Sends the request. `key`: where it goes, and the key of this very request.
    pub(super) async fn send(
        &self,
        record: &RequestRecord,
        spec: &RequestSpec,
        key: Option<(&KeyPlace, &str)>,
    ) -> Result<Answer, CallError> {
        let request = self.build(record, spec, key)?;
        let left = self.left();
        if left.is_zero() {
            let message = format!("The time for calling {} was over", self.connector.name);
            return Err(CallError::new(ErrorClass::TimedOut, "connect.timeout", message));
        }
        let limits =
            SendLimits { timeout: left, max_response_bytes: record.max_response_bytes, max_redirects: record.max_redirects };
        let started = Instant::now();
        let response = match self.credential.and_then(Credential::sandbox) {
            None => self.transport.send(request, limits).await?,
            Some(account) => {
                let simulated = self.transport.simulated(&self.connector.id, account).ok_or_else(unsimulated)?;
                simulated.send(request, limits).await?
            }
        };
        let secrets = self.secrets();
        Ok(Answer {
            status: response.status,
            body: secrets.bytes(response.body),
            headers: response.headers,
            url: response.url,
            secrets,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    fn build(&self, record: &RequestRecord, spec: &RequestSpec, key: Option<(&KeyPlace, &str)>) -> Result<Request, CallError> {
        let mut url = self.url(&record.url)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &record.headers {
            put(&mut headers, name, &self.fill(value)?)?;
        }
        let mut body = record.body.clone();
        let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if let Some((place, key)) = key {
            let text = key_text(place, key);
            match place.place {
                KeyIn::Header => put(&mut headers, &place.name, &text)?,
                KeyIn::Query => drop(url.query_pairs_mut().append_pair(&place.name, &text)),
                KeyIn::Body => insert(&mut body, is_json, &place.name, &text)?,
            }
        }
        let mut secret_headers = Vec::new();
        let placements = if spec.anonymous { Vec::new() } else { self.placements(spec.send_as.as_deref())? };
        for placement in &placements {
            match placement {
                Placement::Header { name, value } => {
                    secret_headers.push(put_secret(&mut headers, name, &self.fill(value)?)?);
                }
                Placement::Basic { username, password } => {
                    let pair = format!("{}:{}", self.fill(username)?, self.fill(password)?);
                    let value = format!("Basic {}", STANDARD.encode(pair));
                    secret_headers.push(put_secret(&mut headers, "Authorization", &value)?);
                }
                Placement::Query { name, value } => drop(url.query_pairs_mut().append_pair(name, &self.fill(value)?)),
                Placement::Body { name, value } => insert(&mut body, is_json, name, &self.fill(value)?)?,
            }
        }
        let method = Method::from_bytes(record.method.as_bytes()).map_err(|_| unreadable("method"))?;
        let mut request = Request::new(method, url);
        request.headers = headers;
        request.secret_headers = secret_headers;
        request.body = match body {
            BodyRecord::None => Bytes::new(),
            BodyRecord::Text(text) => Bytes::from(text),
            BodyRecord::Base64(text) => STANDARD.decode(text).map_err(|_| unreadable("body"))?.into(),
        };
        Ok(request)
    }
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), CallError> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unreadable("headers"))?;
    headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unreadable("headers"))?);
    Ok(())
}

fn put_secret(headers: &mut HeaderMap, name: &str, value: &str) -> Result<HeaderName, CallError> {
    let broken = || {
        let message = "The connection of this step cannot be used: it holds characters no header can carry";
        CallError::new(ErrorClass::Auth, "connection.incomplete", message)
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| broken())?;
    let mut value = HeaderValue::from_str(value.trim()).map_err(|_| broken())?;
    value.set_sensitive(true);
    headers.insert(name.clone(), value);
    Ok(name)
}

/// Into a JSON body by path, or into a form.
fn insert(body: &mut BodyRecord, is_json: bool, name: &str, value: &str) -> Result<(), CallError> {
    let text = match &*body {
        BodyRecord::None => String::new(),
        BodyRecord::Text(text) => text.clone(),
        BodyRecord::Base64(_) => return Err(unreadable("body")),
    };
    *body = BodyRecord::Text(if is_json {
        let mut whole: Value = serde_json::from_str(&text).map_err(|_| unreadable("body"))?;
        set(&mut whole, name, Value::from(value));
        whole.to_string()
    } else {
        let pair = super::form::encode(&[(name.to_owned(), value.to_owned())]);
        if text.is_empty() { pair } else { format!("{text}&{pair}") }
    });
    Ok(())
}

/// A request that was rendered is always readable; one from a damaged journal may not be.
fn unreadable(part: &str) -> CallError {
    let message = format!("The recorded request cannot be sent: its {part} is not readable");
    CallError::new(ErrorClass::System, "connect.request", message)
}

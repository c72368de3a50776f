//! The API's client: one function for every [`Endpoint`].

mod lines;

use std::cell::RefCell;

use gloo_net::http::{Method as HttpMethod, RequestBuilder, Response};
use model::api::{Access, Endpoint, ErrorBody, Method, PathArgs};
use serde::Serialize;
use serde_json::Value;

use crate::text;

pub use lines::lines;

/// Why a call did not succeed, in words a person can act on.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The HTTP status; 0 when there was no answer at all.
    pub status: u16,
    /// Stable name from the server, or `offline`, `unreadable`.
    pub code: String,
    pub message: String,
    /// More for a program, as the endpoint says.
    pub details: Value,
}

impl Problem {
    fn offline() -> Self {
        Problem { status: 0, code: "offline".into(), message: text::errors::OFFLINE.into(), details: Value::Null }
    }

    fn unreadable(status: u16) -> Self {
        Problem { status, code: "unreadable".into(), message: text::errors::unreadable(status), details: Value::Null }
    }

    pub fn is_offline(&self) -> bool {
        self.status == 0
    }

    pub fn is_not_found(&self) -> bool {
        self.status == 404
    }

    /// Somebody else changed the same thing first.
    pub fn is_conflict(&self) -> bool {
        self.status == 409
    }
}

thread_local! {
    static SIGNED_OUT: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Says what happens when the server no longer knows who is asking.
pub fn on_signed_out(callback: impl Fn() + 'static) {
    SIGNED_OUT.set(Some(Box::new(callback)));
}

/// Calls an endpoint and waits for its answer.
pub async fn call<E: Endpoint>(path: E::Path, query: &E::Query, body: &E::Body) -> Result<E::Reply, Problem> {
    let mut url = path.fill(E::PATH);
    url.push_str(&query_string(query));
    let answer = send(E::METHOD, &url, body).await?;
    let status = answer.status();
    if status == 401 && E::ACCESS != Access::Public {
        signed_out();
    }
    let text = answer.text().await.map_err(|_| Problem::offline())?;
    if (200..300).contains(&status) {
        let text = if text.is_empty() { "{}" } else { &text };
        return serde_json::from_str(text).map_err(|_| Problem::unreadable(status));
    }
    Err(problem::<E>(status, &text))
}

/// What an answer that says no says.
fn problem<E: Endpoint>(status: u16, body: &str) -> Problem {
    match serde_json::from_str::<ErrorBody>(body) {
        Ok(ErrorBody { error }) => {
            // Where anyone may ask, "not authorized" is about what was sent, which the server says best.
            let public = E::ACCESS == Access::Public;
            let message = if public { error.message } else { text::errors::message(&error.code, error.message) };
            Problem { status, code: error.code, message, details: error.details }
        }
        Err(_) => Problem::unreadable(status),
    }
}

fn signed_out() {
    SIGNED_OUT.with_borrow(|callback| callback.iter().for_each(|f| f()));
}

async fn send<B: Serialize>(method: Method, url: &str, body: &B) -> Result<Response, Problem> {
    let method = match method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    };
    let bare = matches!(method, HttpMethod::GET | HttpMethod::DELETE);
    let request = RequestBuilder::new(url)
        .method(method)
        .credentials(web_sys::RequestCredentials::SameOrigin)
        .header("Accept", "application/json");
    let request = if bare {
        request.build()
    } else {
        let json = serde_json::to_string(body).map_err(|_| Problem::unreadable(0))?;
        request.header("Content-Type", "application/json").body(json)
    };
    request.map_err(|_| Problem::offline())?.send().await.map_err(|_| Problem::offline())
}

/// Where an endpoint without placeholders answers, for a link.
pub fn address<Q: Serialize>(path: &str, query: &Q) -> String {
    format!("{path}{}", query_string(query))
}

/// `?a=1&b=two`; absent values are left out, nothing at all gives empty text.
fn query_string<Q: Serialize>(query: &Q) -> String {
    let Ok(Value::Object(fields)) = serde_json::to_value(query) else { return String::new() };
    let pairs: Vec<String> = fields.iter().filter_map(|(key, value)| Some(format!("{key}={}", encode(&plain(value)?)))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(items.iter().filter_map(plain).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

/// A text as a part of an address.
pub fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

//! A service on the other side of a call: echoes, records, counts by idempotency key, and misbehaves when told to.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A body larger than this is a mistake in a test.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// How the upstream treats a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// 200 and the request as JSON: `{"method", "path", "query", "headers", "body"}`, the body parsed when it is JSON.
    Echo,
    /// This status, headers and body.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// The echo, this much later.
    Delay(Duration),
    /// Takes the request, then cuts the connection without a byte of an answer: the caller cannot know what happened.
    Reset,
    /// Takes the request and never answers.
    Silence,
}

impl Behaviour {
    /// An empty answer with this status.
    pub fn status(status: u16) -> Self {
        Self::Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A JSON answer.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self::Answer { status, headers, body: body.to_string().into_bytes() }
    }

    /// Adds a header to an answer; other behaviours have none.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// One call that arrived.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Recorded {
    /// The first value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, `null` when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Debug)]
struct Inner {
    always: Behaviour,
    next: VecDeque<Behaviour>,
    calls: Vec<Recorded>,
}

/// A running upstream on a free port of 127.0.0.1; it ends when this value is dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    server: JoinHandle<()>,
}

impl Upstream {
    /// Starts one that echoes.
    ///
    /// # Panics
    /// When no port of 127.0.0.1 can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port of 127.0.0.1");
        let address = listener.local_addr().expect("a bound listener has an address");
        let inner = Arc::new(Mutex::new(Inner { always: Behaviour::Echo, next: VecDeque::new(), calls: Vec::new() }));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                eprintln!("the upstream ended: {error}");
            }
        });
        Self { address, inner, server }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address with a path: `http://127.0.0.1:1234/echo`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{}", self.address, path.trim_start_matches('/'))
    }

    /// How calls are treated from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        lock(&self.inner).always = behaviour;
    }

    /// How the next calls are treated, one after the other; then what [`Upstream::behave`] said goes on.
    pub fn behave_next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        lock(&self.inner).next.extend(behaviours);
    }

    /// Every call so far, in the order of arrival.
    pub fn calls(&self) -> Vec<Recorded> {
        lock(&self.inner).calls.clone()
    }

    /// How often each `Idempotency-Key` arrived; calls without one are under the empty text.
    pub fn calls_by_key(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &lock(&self.inner).calls {
            *counts.entry(call.header("idempotency-key").unwrap_or_default().to_owned()).or_default() += 1;
        }
        counts
    }

    /// Waits until at least this many calls have arrived.
    ///
    /// # Panics
    /// When they have not within 10 s.
    pub async fn wait_for_calls(&self, count: usize) -> Vec<Recorded> {
        for _ in 0..1000 {
            let calls = self.calls();
            if calls.len() >= count {
                return calls;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} of {count} calls arrived within 10 s", self.calls().len());
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let call = Recorded {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
    };
    let echo = echo(&call);
    let behaviour = {
        let mut inner = lock(&inner);
        inner.calls.push(call);
        inner.next.pop_front().unwrap_or_else(|| inner.always.clone())
    };
    match behaviour {
        Behaviour::Echo => respond(200, &json_header(), echo),
        Behaviour::Delay(time) => {
            tokio::time::sleep(time).await;
            respond(200, &json_header(), echo)
        }
        Behaviour::Answer { status, headers, body } => respond(status, &headers, body),
        // A panic inside a handler makes hyper drop the connection before a byte of the answer is written.
        Behaviour::Reset => std::panic::resume_unwind(Box::new("the upstream was told to cut this connection")),
        Behaviour::Silence => std::future::pending().await,
    }
}

fn json_header() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/json".to_owned())]
}

fn echo(call: &Recorded) -> Vec<u8> {
    let body = match serde_json::from_slice::<serde_json::Value>(&call.body) {
        Ok(value) => value,
        Err(_) => String::from_utf8_lossy(&call.body).into_owned().into(),
    };
    let headers: BTreeMap<_, _> = call.headers.iter().cloned().collect();
    let echo = serde_json::json!({
        "method": call.method, "path": call.path, "query": call.query, "headers": headers, "body": body,
    });
    echo.to_string().into_bytes()
}

fn respond(status: u16, headers: &[(String, String)], body: Vec<u8>) -> Response {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder.body(Body::from(body)).expect("a test gives a valid status and valid headers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Sends one request over a connection of its own and reads until the other side closes.
    async fn call(upstream: &Upstream, key: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(upstream.address()).await.expect("connected");
        let head = format!(
            "POST /echo?a=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\nidempotency-key: {key}\r\ncontent-length: 7\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.write_all(b"{\"n\":1}").await.expect("sent");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    #[tokio::test]
    async fn it_echoes_and_counts_by_key() {
        let upstream = Upstream::start().await;
        let answer = call(&upstream, "a").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"body\":{\"n\":1}"), "{answer}");
        call(&upstream, "a").await;
        call(&upstream, "b").await;
        assert_eq!(upstream.calls_by_key(), BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]));
        let first = &upstream.calls()[0];
        assert_eq!((first.path.as_str(), first.query.as_str(), first.json()["n"].as_i64()), ("/echo", "a=1", Some(1)));
    }

    #[tokio::test]
    async fn it_misbehaves_in_the_order_it_was_told() {
        let upstream = Upstream::start().await;
        let busy = Behaviour::status(429).with_header("retry-after", "2");
        upstream.behave_next([busy, Behaviour::Reset]);
        let answer = call(&upstream, "a").await;
        assert!(answer.starts_with("HTTP/1.1 429") && answer.contains("retry-after: 2"), "{answer}");
        assert_eq!(call(&upstream, "a").await, "", "a reset leaves no byte of an answer");
        assert!(call(&upstream, "a").await.starts_with("HTTP/1.1 200"));
        assert_eq!(upstream.wait_for_calls(3).await.len(), 3);
    }
}

//! A real server on a free port of this machine, and calls to it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use connect::{CallError, CallResult, Connect, Credential, Prepared};
use egress::{Egress, Options};
use serde_json::Value;

pub async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

pub fn connect() -> Connect {
    let allow = Options::parse_allow("127.0.0.0/8").unwrap();
    Connect::new(Egress::new(Options { allow, ..Options::default() }).unwrap())
}

pub fn prepare(input: Value) -> Result<Prepared, CallError> {
    connect().prepare("http", "request", &input)
}

/// Prepares the call and sends it, the way a run does: through the journal's format.
pub async fn call(input: Value) -> CallResult {
    call_with(input, None).await
}

pub async fn call_with(input: Value, credential: Option<&Credential>) -> CallResult {
    call_within(input, credential, Duration::from_secs(5)).await
}

pub async fn call_within(input: Value, credential: Option<&Credential>, timeout: Duration) -> CallResult {
    let connect = connect();
    let prepared = connect.prepare("http", "request", &input).unwrap();
    let stored = serde_json::to_string(&prepared.request).unwrap();
    let request = serde_json::from_str(&stored).unwrap();
    connect.perform(&request, "key-1", credential, timeout).await
}

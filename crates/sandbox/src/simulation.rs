//! The simulated systems of a Patchbay, behind `connect`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use connect::{Happening, Occurred, Sandbox, Sending, Told, Transport};
use egress::{Failure, FailureKind, Request, Response, SendLimits};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use manifest::Connector;
use model::api::{SandboxAccount, SandboxBehaviour};
use model::ids::ConnectionId;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::account::Account;
use crate::happen::happen;
use crate::known::Known;
use crate::record::Records;
use crate::shelf::Shelf;
use crate::simulate::{Outcome, Reply, simulate};
use crate::values;

/// Calls of one account are answered one after the other; accounts share these locks.
const TURNS: usize = 32;
/// Another process may write the same account.
const MOST_TRIES: usize = 20;

/// Answers the calls of sandbox connections. Cheap to clone.
#[derive(Clone)]
pub struct Simulation(Arc<Inner>);

struct Inner {
    connectors: Arc<Vec<Connector>>,
    shelf: Arc<dyn Shelf>,
    records: Records,
    turns: Vec<Mutex<()>>,
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("shelf", &self.0.shelf).finish_non_exhaustive()
    }
}

impl Simulation {
    /// Of the connectors that come with Patchbay.
    pub fn new(connectors: Arc<Vec<Connector>>, shelf: Arc<dyn Shelf>) -> Self {
        Self::with_records(connectors, shelf, Records::default())
    }

    /// And of others.
    pub fn with_records(connectors: Arc<Vec<Connector>>, shelf: Arc<dyn Shelf>, records: Records) -> Self {
        let turns = (0..TURNS).map(|_| Mutex::default()).collect();
        Self(Arc::new(Inner { connectors, shelf, records, turns }))
    }
}

impl Inner {
    fn known(&self, connector: &str) -> Option<Known<'_>> {
        let found = self.connectors.iter().find(|known| known.id == connector)?;
        Some(Known::new(found, self.records.find(connector)?))
    }

    /// Reads an account, changes it and writes it; again where somebody else wrote it meanwhile.
    async fn change<T: Send>(&self, id: ConnectionId, change: &(dyn Fn(&mut Account) -> T + Sync)) -> Result<T, String> {
        let _turn = self.turns[usize::try_from(id.0.unsigned_abs()).unwrap_or_default() % TURNS].lock().await;
        for _ in 0..MOST_TRIES {
            let (seen, mut account) = self.read(id).await?;
            let changed = change(&mut account);
            let document = account.document().map_err(|error| error.to_string())?;
            if self.shelf.put(id, seen, document).await? {
                return Ok(changed);
            }
        }
        Err("the sandbox is too busy".to_owned())
    }

    async fn read(&self, id: ConnectionId) -> Result<(i64, Account), String> {
        let Some((seen, document)) = self.shelf.get(id).await? else { return Ok((0, Account::default())) };
        // Of another version, and a sandbox: it begins anew.
        let account = serde_json::from_slice(&document).unwrap_or_else(|error| {
            tracing::warn!(connection.id = %id, error = %error, "a sandbox's account could not be read and begins anew");
            Account::default()
        });
        Ok((seen, account))
    }
}

impl Sandbox for Simulation {
    fn values(&self, connector: &str, method: &str) -> Option<BTreeMap<String, String>> {
        let known = self.0.known(connector)?;
        Some(values::of(known.connector, known.connector.auth_method(method)?, known.record))
    }

    fn account(&self, connector: &str, account: ConnectionId) -> Arc<dyn Transport> {
        Arc::new(Line { inner: Arc::clone(&self.0), connector: connector.to_owned(), account })
    }

    fn look<'a>(&'a self, connector: &'a str, account: ConnectionId) -> Told<'a, SandboxAccount> {
        Box::pin(async move {
            let scripted = self.0.known(connector).is_some_and(|known| known.record.book.any_address);
            Ok(self.0.read(account).await?.1.shown(scripted))
        })
    }

    fn behave(&self, _connector: &str, account: ConnectionId, behaviour: SandboxBehaviour) -> Told<'_, ()> {
        Box::pin(async move { self.0.change(account, &|account| account.behaviour = behaviour.clone()).await })
    }

    fn happen<'a>(&'a self, connector: &'a str, account: ConnectionId, what: &'a Happening) -> Told<'a, Option<Occurred>> {
        Box::pin(async move {
            let Some(known) = self.0.known(connector) else { return Ok(None) };
            let now = self.0.shelf.now();
            if what.is_trial {
                let (_, mut account) = self.0.read(account).await?;
                return Ok(happen(&known, &mut account, what, now));
            }
            self.0.change(account, &|account| happen(&known, account, what, now)).await
        })
    }

    fn clear(&self, account: ConnectionId) -> Told<'_, ()> {
        Box::pin(async move { self.0.change(account, &|account| *account = Account::default()).await })
    }
}

/// The line to one account.
struct Line {
    inner: Arc<Inner>,
    connector: String,
    account: ConnectionId,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("connector", &self.connector).field("account", &self.account).finish_non_exhaustive()
    }
}

impl Transport for Line {
    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_> {
        Box::pin(self.answer(request, limits))
    }
}

impl Line {
    async fn answer(&self, request: Request, limits: SendLimits) -> Result<Response, Failure> {
        let Some(known) = self.inner.known(&self.connector) else {
            return Err(failed(FailureKind::Refused, false, "this connector has no sandbox".to_owned()));
        };
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let now = self.inner.shelf.now();
        let outcome = self.inner.change(self.account, &|account| simulate(&known, account, &request, now)).await;
        let Outcome { reply, is_dropped, late_ms } = outcome.map_err(|why| {
            tracing::warn!(connection.id = %self.account, reason = %why, "a sandbox's account cannot be used");
            failed(FailureKind::Connect, false, format!("No connection to {host}: its sandbox cannot be used right now"))
        })?;
        if is_dropped {
            let message = format!("The connection to {host} ended before a complete answer arrived");
            return Err(failed(FailureKind::Reset, true, message));
        }
        let late = Duration::from_millis(u64::from(late_ms));
        tokio::time::sleep(late.min(limits.timeout)).await;
        if late >= limits.timeout {
            return Err(failed(FailureKind::Timeout, true, format!("{host} did not answer in time")));
        }
        response(reply, request, &limits)
    }
}

fn failed(kind: FailureKind, sent: bool, message: String) -> Failure {
    Failure { sent, ..Failure::unsent(kind, message) }
}

fn response(reply: Reply, request: Request, limits: &SendLimits) -> Result<Response, Failure> {
    let bytes = match &reply.body {
        Value::Null => None,
        Value::Object(entries) if entries.contains_key("$base64") => {
            let text = entries.get("$base64").and_then(Value::as_str).unwrap_or_default();
            Some((STANDARD.decode(text).unwrap_or_default(), "application/octet-stream"))
        }
        Value::String(text) if !reply.is_json => Some((text.clone().into_bytes(), "text/plain; charset=utf-8")),
        body => Some((body.to_string().into_bytes(), "application/json; charset=utf-8")),
    };
    let (body, kind) = bytes.map_or((Vec::new(), None), |(body, kind)| (body, Some(kind)));
    if body.len() as u64 > limits.max_response_bytes {
        let message = format!("The answer is larger than {} bytes", limits.max_response_bytes);
        return Err(Failure { status: Some(reply.status), ..failed(FailureKind::TooLarge, true, message) });
    }
    let mut headers = HeaderMap::new();
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    Ok(Response { status: reply.status, headers, body: Bytes::from(body), url: request.url, redirects: 0 })
}

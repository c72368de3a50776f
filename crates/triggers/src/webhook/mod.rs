//! Requests to a workflow's webhook.

mod answer;
pub(crate) mod body;
mod cors;
pub(crate) mod inspect;
pub(crate) mod reply;
mod verify;

pub use answer::read_answer;
use body::Parsed;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{
    api::HookOutcome,
    definition::{Ack, BodyMode, TriggerKind, Verify, WebhookTrigger},
    ids::{TriggerId, WorkflowId, WorkspaceId},
};
use serde_json::{Map, Value, json};
use store::{LiveHook, Origin};

use crate::{
    Error, Ingest,
    ingest::{Incoming, Source, Taken, off},
    nesting,
};

/// Items of a list that become events of their own: they are stored in one commit.
const MOST_ITEMS: usize = 1_000;

/// A request to `/hooks/{key}`.
#[derive(Debug, Clone)]
pub struct HookRequest {
    pub key: String,
    /// Sent to the test URL: only captured as a sample.
    pub test: bool,
    pub method: Method,
    pub headers: HeaderMap,
    /// Without the question mark; empty when there is none.
    pub query: String,
    pub body: Bytes,
}

/// What its sender is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct HookReply {
    pub status: u16,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Bytes,
    /// A test event was kept as a sample: open editors want to know.
    pub captured: Option<Captured>,
}

/// Whose sample was captured.
#[derive(Debug, Clone, PartialEq)]
pub struct Captured {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
}

/// Headers that say who called, not what happened: credentials and connection details are not kept.
const DROPPED_HEADERS: &[&str] =
    &["authorization", "cookie", "proxy-authorization", "connection", "x-forwarded-for", "forwarded"];

impl Ingest {
    /// Takes a request in. The answer is final: nothing is acknowledged that is not stored.
    pub async fn webhook(&self, request: HookRequest) -> HookReply {
        let hook = match self.resolve(&Source::Hook(&request.key)).await {
            Ok(hook) => hook,
            Err(error) => return reply::failed(&error),
        };
        let trigger = if request.test { hook.draft_trigger.as_ref().or(hook.live_trigger()) } else { hook.live_trigger() };
        let webhook = match trigger.map(|trigger| &trigger.kind) {
            Some(TriggerKind::Webhook(webhook)) => webhook,
            Some(TriggerKind::App(app)) => return Box::pin(self.app_request(&hook, app, &request)).await,
            _ => return reply::failed(&off(&hook)),
        };
        let checked = self.checked(&hook, webhook, &request).await;
        self.inspected(&hook, webhook, &request, &checked).await;
        let (Ok(mut answer) | Err(mut answer)) = checked;
        cors::headers(webhook, &request, &mut answer);
        answer
    }

    /// Keeps what left no event: refusals of the checks, and captured samples.
    async fn inspected(
        &self,
        hook: &LiveHook,
        webhook: &WebhookTrigger,
        request: &HookRequest,
        checked: &Result<HookReply, HookReply>,
    ) {
        let (outcome, answer) = match checked {
            Ok(answer) if answer.captured.is_some() => (HookOutcome::Test, answer),
            // Unavailable is no fault of the request, and nothing could be written down then.
            Err(answer) if answer.status < 500 => (HookOutcome::Refused, answer),
            _ => return,
        };
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let seen = inspect::Seen {
            workspace: hook.workspace,
            hook: format!("{}:{}", hook.workflow, hook.trigger),
            outcome,
            reason: told["error"]["message"].as_str().unwrap_or_default(),
            status: answer.status,
            secret_headers: secret_headers(webhook),
        };
        self.keep_request(seen, request).await;
    }

    async fn checked(
        &self,
        hook: &Arc<LiveHook>,
        webhook: &WebhookTrigger,
        request: &HookRequest,
    ) -> Result<HookReply, HookReply> {
        if request.method == Method::OPTIONS {
            return Ok(cors::preflight(webhook));
        }
        if request.method == Method::HEAD {
            return Ok(reply::empty(200));
        }
        if !webhook.methods.iter().any(|m| m.eq_ignore_ascii_case(request.method.as_str())) {
            let mut answer =
                reply::error(405, "hook.method", &format!("This webhook takes {} only.", webhook.methods.join(", ")));
            if let Ok(value) = HeaderValue::from_str(&webhook.methods.join(", ")) {
                answer.headers.push((http::header::ALLOW, value));
            }
            return Err(answer);
        }
        if request.body.len() as u64 > webhook.max_bytes {
            refused("too_large");
            return Err(reply::error(413, "hook.too_large", &format!("This webhook takes at most {} bytes.", webhook.max_bytes)));
        }
        if !cors::allowed(webhook, request) {
            refused("origin");
            return Err(reply::error(
                403,
                "hook.origin",
                "This webhook takes nothing from that website; its owner can allow it.",
            ));
        }
        if let Err(refusal) = self.verified(hook, webhook, request).await? {
            refused(refusal.code());
            if !request.test {
                self.count_signature(hook);
            }
            return Err(reply::error(401, "hook.signature", &refusal.to_string()));
        }
        let parsed = body::parse(&request.headers, &request.body).await.map_err(|message| {
            refused("malformed");
            reply::error(400, "hook.malformed", &message)
        })?;
        if let Err(error) = nesting::check("the body", &parsed.value) {
            refused("malformed");
            return Err(reply::error(400, "hook.malformed", &error.to_string()));
        }
        if request.test {
            return self.capture(hook, event(webhook, request, parsed.value)).await;
        }
        let received_at = self.store.now();
        let (reply_ms, wait) = match webhook.ack {
            Ack::AtOnce => (0, false),
            Ack::AfterRun { timeout_ms } => (timeout_ms, true),
        };
        let Parsed { value, files } = parsed;
        let bodies = match (webhook.body, value) {
            (BodyMode::EachItem, Value::Array(items)) => items,
            (_, one) => vec![one],
        };
        let single = bodies.len() == 1;
        if bodies.len() > MOST_ITEMS {
            refused("too_many");
            return Err(reply::error(
                413,
                "hook.too_many",
                &format!("A list may have at most {MOST_ITEMS} items; send it in parts."),
            ));
        }
        let incoming: Vec<Incoming> = bodies
            .into_iter()
            .map(|body| Incoming {
                payload: Arc::new(event(webhook, request, body)),
                files: files.clone(),
                received_at,
                dedupe: None,
                reply: wait && single,
            })
            .collect();
        let (count, source) = (incoming.len(), Source::Hook(&request.key));
        let taken = self.accept(Arc::clone(hook), incoming, &source).await.map_err(|error| {
            self.count_backlog(hook, &error, count);
            reply::failed(&error)
        })?;
        match taken.as_slice() {
            [Taken::Run { run, .. } | Taken::Duplicate { run: Some(run), .. }] if wait && single => {
                match self.store.wait_for_response(*run, Duration::from_millis(reply_ms)).await {
                    Ok(Some(answer)) => Ok(reply::of_run(*run, answer)),
                    // The event is stored: its sender must not take a broken wait for a refusal.
                    Ok(None) | Err(_) => Ok(reply::receipt(&taken[0], 202)),
                }
            }
            [one] if single => Ok(reply::receipt(one, 200)),
            all => Ok(reply::receipts(all)),
        }
    }

    async fn capture(&self, hook: &LiveHook, event: Value) -> Result<HookReply, HookReply> {
        let sample = self
            .store
            .add_trigger_sample(hook.workspace, hook.workflow, &hook.trigger, &event, Origin::Captured)
            .await
            .map_err(|error| reply::failed(&Error::Store(error)))?;
        let captured = Captured { workspace: hook.workspace, workflow: hook.workflow, trigger: hook.trigger.clone() };
        Ok(HookReply { captured: Some(captured), ..reply::json(200, &json!({ "captured": true, "sample": sample.id })) })
    }
}

pub(crate) fn refused(reason: &'static str) {
    metrics::counter!("patchbay_deliveries_refused_total", "reason" => reason).increment(1);
}

/// The header that proves where a delivery comes from.
pub(crate) fn secret_headers(webhook: &WebhookTrigger) -> Vec<String> {
    match &webhook.verify {
        Verify::None => Vec::new(),
        Verify::SharedSecret { header } => vec![header.clone()],
        Verify::Hmac(signature) => vec![signature.header.clone()],
    }
}

/// The event a workflow sees.
pub(crate) fn event(webhook: &WebhookTrigger, request: &HookRequest, body: Value) -> Value {
    let secret = match &webhook.verify {
        Verify::SharedSecret { header } => Some(header),
        Verify::None | Verify::Hmac(_) => None,
    };
    let mut headers = Map::new();
    for (name, value) in &request.headers {
        if DROPPED_HEADERS.contains(&name.as_str()) || secret.is_some_and(|secret| secret.eq_ignore_ascii_case(name.as_str())) {
            continue;
        }
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match headers.get_mut(name.as_str()) {
            Some(Value::String(before)) => *before = format!("{before}, {text}"),
            _ => {
                headers.insert(name.as_str().to_owned(), Value::String(text));
            }
        }
    }
    let mut event = Map::new();
    event.insert("method".into(), Value::String(request.method.as_str().to_owned()));
    event.insert("headers".into(), Value::Object(headers));
    event.insert("query".into(), body::pairs(request.query.as_bytes()));
    event.insert("body".into(), body);
    Value::Object(event)
}

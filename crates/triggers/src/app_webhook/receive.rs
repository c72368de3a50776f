//! A request to a trigger's own address.

use std::sync::Arc;

use http::{HeaderValue, Method, header};
use model::{
    api::{HookOutcome, SubscriptionState},
    definition::AppTrigger,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{LiveHook, NewDelivery, Origin, SubscriptionRow};

use super::{
    Known, MOST_BYTES, address,
    events::{self, Delivered, Found, Unread},
    handshake::{self, Asked},
    signature::{is_dated, verify},
    thin,
};
use crate::{
    Ingest,
    ingest::{Incoming, Source, Taken, off},
    nesting,
    webhook::{Captured, HookReply, HookRequest, body, inspect::Seen, refused, reply},
};

/// For how long a signature that says no time is not taken twice with other headers, in milliseconds.
const UNDATED_MS: i64 = 3_600_000;

/// What a request came to.
pub(super) struct Ended {
    pub reply: HookReply,
    /// Absent: its events tell.
    pub outcome: Option<HookOutcome>,
    pub reason: String,
    /// To be kept before the answer is given.
    pub secret: Option<String>,
    /// What became of its events, where they are stored already.
    pub events: Vec<Taken>,
}

/// Who asks, and how it is checked that they do.
pub(super) struct Caller<'a> {
    pub secret: Option<&'a [u8]>,
    /// The public address that was called, without its query.
    pub url: &'a str,
    /// Whose account it is about, for deliveries that are routed.
    pub account: Option<&'a str>,
    pub source: Source<'a>,
}

impl Ended {
    pub fn refused(status: u16, code: &str, message: &str) -> Self {
        let reply = reply::error(status, code, message);
        Ended { reply, outcome: Some(HookOutcome::Refused), reason: message.to_owned(), secret: None, events: Vec::new() }
    }

    fn handshake(reply: HookReply, reason: &str) -> Self {
        Ended { reply, outcome: Some(HookOutcome::Handshake), reason: reason.to_owned(), secret: None, events: Vec::new() }
    }

    pub fn filtered(known: Known<'_>, reason: &str) -> Self {
        let (outcome, reason) = (Some(HookOutcome::Filtered), reason.to_owned());
        Ended { reply: ack(known), outcome, reason, secret: None, events: Vec::new() }
    }

    pub fn stored(reply: HookReply) -> Self {
        Ended { reply, outcome: None, reason: String::new(), secret: None, events: Vec::new() }
    }
}

/// The answer to a delivery that was stored, as the vendor wants it.
pub(super) fn ack(known: Known<'_>) -> HookReply {
    let ack = &known.webhook.ack;
    let mut answer = reply::empty(ack.status);
    let kind = ack.content_type.as_deref().unwrap_or("text/plain; charset=utf-8");
    if let (false, Ok(kind)) = (ack.body.is_empty(), HeaderValue::from_str(kind)) {
        answer.headers.push((header::CONTENT_TYPE, kind));
        answer.body = ack.body.clone().into();
    }
    answer
}

impl Ingest {
    /// Takes a request of a vendor in. The answer is final: nothing is acknowledged that is not stored.
    pub(crate) async fn app_request(&self, hook: &Arc<LiveHook>, app: &AppTrigger, request: &HookRequest) -> HookReply {
        let Some(known) = self.known(app) else { return reply::failed(&off(hook)) };
        let taken = match self.own_secret(hook, known.webhook).await {
            Ok(revealed) => {
                let secret = revealed.as_ref().map(vault::Revealed::as_bytes);
                let url = address::of_trigger(&self.public_url, &request.key);
                let caller = Caller { secret, url: &url, account: None, source: Source::Hook(&request.key) };
                self.taken(hook, known, app, request, &caller).await
            }
            Err(reply) => return reply,
        };
        match taken {
            Ok(ended) => ended.reply,
            Err(reply) => reply,
        }
    }

    /// Takes a request in, and keeps it where it leaves no event.
    pub(super) async fn taken(
        &self,
        hook: &Arc<LiveHook>,
        known: Known<'_>,
        app: &AppTrigger,
        request: &HookRequest,
        caller: &Caller<'_>,
    ) -> Result<Ended, HookReply> {
        let ended = self.judged(hook, known, app, request, caller).await?;
        if let Some(outcome) = ended.outcome {
            let seen = Seen {
                workspace: hook.workspace,
                hook: format!("{}:{}", hook.workflow, hook.trigger),
                outcome,
                reason: &ended.reason,
                status: ended.reply.status,
                secret_headers: known.webhook.signature.iter().map(|signature| signature.header.clone()).collect(),
            };
            self.keep_request(seen, request).await;
        }
        Ok(ended)
    }

    async fn judged(
        &self,
        hook: &Arc<LiveHook>,
        known: Known<'_>,
        app: &AppTrigger,
        request: &HookRequest,
        caller: &Caller<'_>,
    ) -> Result<Ended, HookReply> {
        let value = match self.check(known, caller.secret, caller.url, request).await {
            Ok(value) => value,
            Err(mut ended) => {
                if ended.reply.status == 401 && !request.test {
                    self.count_signature(hook);
                }
                if let Some(secret) = ended.secret.take() {
                    self.keep_secret(hook, &secret, &mut ended).await?;
                }
                return Ok(ended);
            }
        };
        if let Some(SubscriptionRow { state: SubscriptionState::Waiting, .. }) = &hook.subscription {
            self.store.subscription_heard(hook.workflow, &hook.trigger).await.map_err(stored)?;
        }
        if hook.is_superseded {
            return Ok(Ended::filtered(known, "Another webhook of this trigger at the vendor has taken over."));
        }
        let input = match complete(known, app) {
            Ok(input) => input,
            Err(message) => return Ok(Ended::refused(500, "hook.input", &message)),
        };
        let delivered = Delivered::new(&request.headers, value);
        let found = match events::found(known, &input, caller.account, &delivered) {
            Ok(found) => found,
            Err(unread) => return Ok(refused_as(unread)),
        };
        if found.is_empty() {
            return Ok(Ended::filtered(known, "Nothing in it is what this trigger looks for."));
        }
        if request.test {
            return self.captured(hook, known, &input, &delivered, &found[0]).await;
        }
        if !self.is_new(hook, known, request, &found).await? {
            let reason = "The same signature came a moment ago, with another delivery.".to_owned();
            return Ok(Ended { outcome: Some(HookOutcome::Duplicate), reason, ..Ended::filtered(known, "") });
        }
        self.stored(hook, known, &input, &delivered, found, &caller.source).await
    }

    /// The order of checks: method, size, questions that are not signed, signature, form, questions that are.
    pub(super) async fn check(
        &self,
        known: Known<'_>,
        secret: Option<&[u8]>,
        url: &str,
        request: &HookRequest,
    ) -> Result<Value, Ended> {
        if request.method == Method::OPTIONS {
            return Err(Ended::stored(reply::empty(204)));
        }
        if request.method == Method::HEAD {
            return Err(Ended::handshake(reply::empty(200), "HEAD was answered."));
        }
        if request.body.len() > MOST_BYTES {
            refused("too_large");
            return Err(Ended::refused(413, "hook.too_large", &format!("This webhook takes at most {MOST_BYTES} bytes.")));
        }
        if let Some(ended) = asked(handshake::open(known, secret, request)) {
            return Err(ended);
        }
        if request.method != Method::POST {
            let mut ended = Ended::refused(405, "hook.method", "This webhook takes POST only.");
            ended.reply.headers.push((header::ALLOW, HeaderValue::from_static("POST")));
            return Err(ended);
        }
        if let Some(recipe) = &known.webhook.signature {
            let suffix = if request.test { "/test" } else { "" };
            let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
            let url = format!("{url}{suffix}{query}");
            let (method, now) = (request.method.as_str(), self.store.now());
            let checked = verify(recipe, secret.unwrap_or_default(), method, &url, &request.headers, &request.body, now);
            if let Err(refusal) = checked {
                refused(refusal.code());
                return Err(Ended::refused(401, "hook.signature", &refusal.to_string()));
            }
        }
        let parsed = body::parse(&request.headers, &request.body).await;
        let value = parsed.map_err(|message| {
            refused("malformed");
            Ended::refused(400, "hook.malformed", &message)
        })?;
        if let Err(error) = nesting::check("the body", &value.value) {
            refused("malformed");
            return Err(Ended::refused(400, "hook.malformed", &error.to_string()));
        }
        match asked(handshake::in_body(known, secret, &value.value)) {
            Some(ended) => Err(ended),
            None => Ok(value.value),
        }
    }

    /// A vendor's secret that came with its first request; the first one stands.
    async fn keep_secret(&self, hook: &LiveHook, secret: &str, ended: &mut Ended) -> Result<(), HookReply> {
        let Some(row) = &hook.subscription else {
            *ended = Ended::refused(409, "hook.secret", "Nothing is being set up at this address.");
            return Ok(());
        };
        let sealed = self.vault.put_secret(hook.workspace, &format!("subscription {}", row.id), "secret", secret).await;
        let sealed = sealed.map_err(|error| super::unreadable(&error))?;
        if !self.store.claim_subscription_secret(hook.workflow, row.id, sealed).await.map_err(stored)? {
            self.vault.delete(hook.workspace, sealed).await.map_err(|error| super::unreadable(&error))?;
            *ended = Ended::refused(409, "hook.secret", "This webhook has its secret already.");
        }
        Ok(())
    }

    /// Whether a signed delivery is not a copy of another one with other headers.
    async fn is_new(&self, hook: &LiveHook, known: Known<'_>, request: &HookRequest, found: &[Found]) -> Result<bool, HookReply> {
        let Some(recipe) = known.webhook.signature.as_ref().filter(|_| events::key_is_unsigned(known)) else { return Ok(true) };
        let mut signature = Sha256::new();
        for value in request.headers.get_all(recipe.header.as_str()) {
            signature.update(value.as_bytes());
        }
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        let unsigned = Sha256::digest(keys.join("\n").as_bytes()).into();
        let tolerance_ms = recipe.timestamp.as_ref().map_or(0, |stamp| stamp.tolerance_s.saturating_mul(2_000));
        let keep_ms = if is_dated(recipe) { i64::try_from(tolerance_ms).unwrap_or(UNDATED_MS) } else { UNDATED_MS };
        let (scope, until) = (format!("{}:{}", hook.workflow, hook.trigger), self.store.now().plus_ms(keep_ms));
        let signature = signature.finalize().into();
        self.store.signature_is_new(hook.workspace, &scope, &signature, &unsigned, until).await.map_err(stored)
    }

    /// Stores what was found: as events with their runs, or, where they are only named, as a delivery whose job completes them.
    pub(super) async fn stored(
        &self,
        hook: &Arc<LiveHook>,
        known: Known<'_>,
        input: &Value,
        delivered: &Delivered,
        found: Vec<Found>,
        source: &Source<'_>,
    ) -> Result<Ended, HookReply> {
        let received_at = self.store.now();
        if known.webhook.thin.is_some() {
            let new = NewDelivery {
                workspace: hook.workspace,
                workflow: hook.workflow,
                trigger: hook.trigger.clone(),
                body: thin::kept(known, input, delivered, &found),
                received_at,
                job: thin::JOB.to_owned(),
            };
            self.store.keep_delivery(new).await.map_err(stored)?;
            return Ok(Ended::stored(ack(known)));
        }
        let mut incoming = Vec::with_capacity(found.len());
        for one in found {
            let payload = events::payload(known, input, &delivered.headers, &one.event, None)
                .map_err(|message| reply::error(422, "hook.event", &message))?;
            let dedupe = Some(events::dedupe(&one.key));
            incoming.push(Incoming { payload: Arc::new(payload), files: Vec::new(), received_at, dedupe, reply: false });
        }
        let count = incoming.len();
        let taken = self.accept(Arc::clone(hook), incoming, source).await.map_err(|error| {
            self.count_backlog(hook, &error, count);
            reply::failed(&error)
        })?;
        let reply = match taken.iter().find(|one| matches!(one, Taken::Refused { .. })) {
            Some(refused) => reply::receipt(refused, 410),
            None => ack(known),
        };
        Ok(Ended { events: taken, ..Ended::stored(reply) })
    }

    async fn captured(
        &self,
        hook: &LiveHook,
        known: Known<'_>,
        input: &Value,
        delivered: &Delivered,
        found: &Found,
    ) -> Result<Ended, HookReply> {
        let event = match events::payload(known, input, &delivered.headers, &found.event, None) {
            Ok(event) => event,
            Err(message) => return Ok(Ended::refused(422, "hook.event", &message)),
        };
        let sample = self
            .store
            .add_trigger_sample(hook.workspace, hook.workflow, &hook.trigger, &event, Origin::Captured)
            .await
            .map_err(stored)?;
        let captured = Captured { workspace: hook.workspace, workflow: hook.workflow, trigger: hook.trigger.clone() };
        let answer = reply::json(200, &json!({ "captured": true, "sample": sample.id }));
        let reply = HookReply { captured: Some(captured), ..answer };
        Ok(Ended { reply, outcome: Some(HookOutcome::Test), reason: String::new(), secret: None, events: Vec::new() })
    }
}

/// How a request ends that is a question.
fn asked(asked: Asked) -> Option<Ended> {
    match asked {
        Asked::No => None,
        Asked::Answered(reply) => Some(Ended::handshake(reply, "The vendor's question was answered.")),
        Asked::Secret(secret, reply) => {
            Some(Ended { secret: Some(secret), ..Ended::handshake(reply, "The vendor's secret was kept.") })
        }
        Asked::Refused(reason) => {
            refused("handshake");
            Some(Ended::refused(403, "hook.handshake", reason))
        }
    }
}

/// The trigger's form as its expressions see it.
pub(super) fn complete(known: Known<'_>, app: &AppTrigger) -> Result<Value, String> {
    let input = crate::poll::input(app).map_err(|error| error.to_string())?;
    connect::trigger_input(known.trigger, &input).map_err(|error| error.message)
}

pub(super) fn refused_as(unread: Unread) -> Ended {
    match unread {
        Unread::TooMany => {
            refused("too_many");
            let message = format!("A delivery may hold at most {} events.", events::MOST);
            Ended::refused(413, "hook.too_many", &message)
        }
        Unread::Broken(message) => {
            refused("malformed");
            Ended::refused(400, "hook.malformed", &message)
        }
    }
}

pub(super) fn stored(error: store::Error) -> HookReply {
    reply::failed(&crate::Error::Store(error))
}

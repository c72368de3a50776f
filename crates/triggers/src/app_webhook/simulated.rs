//! Deliveries of simulated vendors: signed as the vendor would sign them, and checked as everything that comes from outside.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use connect::Occurred;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use manifest::{Endpoint, KeyEncoding, Signature};
use model::{
    Timestamp,
    api::{Came, Happened, HappeningWay, HookOutcome, Noticed, SubscriptionState},
};
use serde_json::Value;
use std::sync::Arc;
use store::{LiveHook, Scope};

use super::{
    Known, address,
    receive::{Caller, Ended},
    signature::sign,
};
use crate::{
    Error, Ingest,
    happening::{LATE_MS, Simulated, told},
    ingest::Source,
    webhook::{HookReply, HookRequest},
};

/// Where a simulated vendor sends to, and with which secret.
struct Address {
    hook: Arc<LiveHook>,
    key: String,
    url: String,
    secret: Vec<u8>,
    is_app: bool,
}

impl Ingest {
    /// Has the simulated vendor send it.
    pub(crate) async fn deliver(
        &self,
        scope: &Scope,
        of: &Simulated<'_>,
        way: HappeningWay,
        event: Option<Value>,
    ) -> Result<Happened, Error> {
        let known = self.known(&of.app).ok_or_else(|| Error::NotFound("This trigger is not told by a webhook.".into()))?;
        let to = self.address(scope, of, known).await?;
        let Occurred::Sent { headers, body, event } = self.occur(of, event, way, false).await? else {
            return Err(Error::Invalid("The sandbox of this service does not send such events.".into()));
        };
        let request = self.signed(known, &to, way, headers, body)?;
        let account = Some(of.account.as_str()).filter(|_| to.is_app);
        let mut came = Vec::new();
        for _ in 0..if way == HappeningWay::Doubled { 2 } else { 1 } {
            let source = if to.is_app { Source::Trigger(to.hook.workflow, &to.hook.trigger) } else { Source::Hook(&request.key) };
            let caller = Caller { secret: Some(&to.secret), url: &to.url, account, source };
            let ended = Box::pin(self.taken(&to.hook, known, &of.app, &request, &caller)).await;
            came.extend(outcome(ended));
        }
        Ok(Happened { noticed: Noticed::Delivery, event, came })
    }

    /// Waits for a webhook that is still being set up at the simulated vendor.
    async fn address(&self, scope: &Scope, of: &Simulated<'_>, known: Known<'_>) -> Result<Address, Error> {
        let webhook = known.webhook;
        let later = || Error::Invalid("The webhook is still being set up. Try again in a moment.".into());
        let recipe = webhook.signature.as_ref();
        if webhook.endpoint == Endpoint::App {
            let app = self.store.app_hook(scope.workspace, &known.connector.id).await?;
            let secret = self.app_secret(&app).await.map_err(unreadable)?.unwrap_or_else(|| made_up(recipe));
            let url = address::of_app(&self.public_url, &app.connector, &app.key);
            return Ok(Address { hook: Arc::clone(&of.hook), key: app.key, url, secret, is_app: true });
        }
        let (workflow, trigger) = (of.hook.workflow, &of.hook.trigger);
        let key = if known.is_made() {
            let made = self.await_some(|| async move {
                let rows = self.store.subscriptions_of(workflow, trigger).await?;
                let mine =
                    rows.into_iter().rfind(|row| row.state != SubscriptionState::Ending && row.connection == Some(of.connection));
                match mine {
                    Some(row) if row.state == SubscriptionState::Active => Ok(row.key),
                    Some(row) if row.error.is_some() => {
                        let why = row.error.map(|(_, message)| message).unwrap_or_default();
                        Err(Error::Invalid(format!("The webhook cannot be set up: {why}")))
                    }
                    _ => Ok(None),
                }
            });
            made.await?
        } else {
            self.store.hook_of_trigger(scope, workflow, trigger).await?.map(|hook| hook.key)
        };
        let key = key.ok_or_else(later)?;
        let hook = self.resolve(&Source::Hook(&key)).await?;
        let own = self.own_secret(&hook, webhook).await.map_err(unreadable)?;
        // Nobody copies a secret from a vendor that is simulated: this delivery has one of its own, which nobody else can know.
        let secret = own.map_or_else(|| made_up(recipe), |own| own.as_bytes().to_vec());
        let url = address::of_trigger(&self.public_url, &key);
        Ok(Address { hook, key, url, secret, is_app: false })
    }

    fn signed(
        &self,
        known: Known<'_>,
        to: &Address,
        way: HappeningWay,
        sent: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<HookRequest, Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        if let Some(recipe) = &known.webhook.signature {
            let now = self.store.now();
            let at = if way == HappeningWay::Late { Timestamp(now.ms() - LATE_MS) } else { now };
            let other;
            let secret = match way {
                HappeningWay::Forged => {
                    other = made_up(Some(recipe));
                    &other
                }
                _ => &to.secret,
            };
            sign(recipe, secret, ("POST", &to.url), &mut headers, &body, at).map_err(|_| {
                Error::Invalid("Deliveries of this service cannot be signed here: only the vendor has the key.".into())
            })?;
        }
        let (key, method) = (to.key.clone(), Method::POST);
        Ok(HookRequest { key, test: false, method, headers, query: String::new(), body: Bytes::from(body) })
    }
}

/// A secret as the vendor's are written.
fn made_up(recipe: Option<&Signature>) -> Vec<u8> {
    let random = rand::random::<[u8; 32]>();
    let (encoding, prefix) = recipe.map_or((KeyEncoding::Text, ""), |recipe| (recipe.key, recipe.key_prefix.as_str()));
    let text = match encoding {
        KeyEncoding::Text | KeyEncoding::Hex => hex::encode(random),
        KeyEncoding::Base64 => STANDARD.encode(random),
    };
    format!("{prefix}{text}").into_bytes()
}

fn unreadable(reply: HookReply) -> Error {
    Error::Store(store::Error::Unavailable(format!("the secret of a webhook cannot be read ({})", reply.status)))
}

/// What became of a delivery: of each of its events, or of the whole.
fn outcome(ended: Result<Ended, HookReply>) -> Vec<Came> {
    let whole = |reply: &HookReply, outcome: HookOutcome, reason: String| {
        vec![Came { outcome, status: Some(reply.status), reason, run: None }]
    };
    match ended {
        Ok(ended) if !ended.events.is_empty() => ended.events.iter().map(|one| told(one, Some(ended.reply.status))).collect(),
        // Stored, and completed by a job.
        Ok(ended) => whole(&ended.reply, ended.outcome.unwrap_or(HookOutcome::Accepted), ended.reason),
        Err(reply) => {
            let told: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            whole(&reply, HookOutcome::Refused, told["error"]["message"].as_str().unwrap_or_default().to_owned())
        }
    }
}

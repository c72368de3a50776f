//! A request to the address of the owner's app: checked once, and told to every trigger that listens to the account and the kind of event.

use std::collections::HashSet;

use manifest::Endpoint;
use model::{
    api::{HookOutcome, SubscriptionState},
    definition::TriggerKind,
    ids::{TriggerId, WorkflowId},
};
use store::{AppHook, SubscriptionRow};

use super::{
    Known, address,
    events::{self, Delivered},
    receive::{Ended, ack, complete, refused_as, stored},
    verify,
};
use crate::{
    Error, Ingest,
    ingest::Source,
    webhook::{HookReply, HookRequest, inspect::Seen, reply},
};

impl Ingest {
    /// Takes a request to `/hooks/app/{connector}/{key}` in; `request.key` is the key.
    pub async fn app_delivery(&self, connector: &str, request: HookRequest) -> HookReply {
        let hook = match self.store.app_hook_at(connector, &request.key).await {
            Ok(Some(hook)) => hook,
            Ok(None) => return nowhere(),
            Err(error) => return stored(error),
        };
        // Secret and questions are the app's, so one of its triggers speaks for all.
        let Some(first) = self.first(connector) else { return nowhere() };
        let ended = match self.routed(&hook, first, &request).await {
            Ok(ended) => ended,
            Err(reply) => return reply,
        };
        if let Some(outcome) = ended.outcome {
            let seen = Seen {
                workspace: hook.workspace,
                hook: format!("app:{connector}"),
                outcome,
                reason: &ended.reason,
                status: ended.reply.status,
                secret_headers: first.webhook.signature.iter().map(|signature| signature.header.clone()).collect(),
            };
            self.keep_request(seen, &request).await;
        }
        ended.reply
    }

    fn first(&self, connector: &str) -> Option<Known<'_>> {
        let connector = self.apps.as_ref()?.connectors.iter().find(|known| known.id == connector)?;
        connector.triggers.iter().find_map(|trigger| {
            let webhook = trigger.webhook.as_ref().filter(|webhook| webhook.endpoint == Endpoint::App)?;
            Some(Known { connector, trigger, webhook })
        })
    }

    async fn routed(&self, hook: &AppHook, first: Known<'_>, request: &HookRequest) -> Result<Ended, HookReply> {
        let secret = self.app_secret(hook).await?;
        let secret = secret.as_deref();
        let url = address::of_app(&self.public_url, &hook.connector, &request.key);
        let value = match self.check(first, secret, &url, request).await {
            Ok(value) => value,
            Err(mut ended) if ended.secret.is_some() => {
                ended = Ended::refused(409, "hook.secret", "The secret of an app is entered by its owner.");
                return Ok(ended);
            }
            Err(ended) => {
                // A question that was answered proves that the address stands at the vendor.
                if ended.outcome == Some(HookOutcome::Handshake) {
                    self.heard(hook).await?;
                }
                return Ok(ended);
            }
        };
        let delivered = Delivered::new(&request.headers, value);
        let mut told = HashSet::new();
        let mut listeners = 0;
        for (row, account) in self.store.app_subscriptions(hook.workspace, &hook.connector).await.map_err(stored)? {
            // While an edit takes effect there are two rows of one trigger.
            if !told.insert((row.workflow, row.trigger.clone())) {
                continue;
            }
            if row.state == SubscriptionState::Waiting {
                self.store.subscription_heard(row.workflow, &row.trigger).await.map_err(stored)?;
            }
            match self.tell_listener(&row, account.as_deref(), first, secret, &url, request, &delivered).await {
                Ok(true) => listeners += 1,
                Ok(false) => {}
                Err(Told::Ended(ended)) => return Ok(ended),
                // Not acknowledged: it comes again, and those that have it know it by its key.
                Err(Told::Failed(reply)) => return Err(reply),
            }
        }
        Ok(if listeners == 0 {
            Ended::filtered(first, "No trigger listens to this account and this kind of event.")
        } else {
            Ended::stored(ack(first))
        })
    }

    /// Whether something in the delivery was for this trigger.
    #[expect(clippy::too_many_arguments, reason = "one delivery, seen by one listener")]
    async fn tell_listener(
        &self,
        row: &SubscriptionRow,
        account: Option<&str>,
        first: Known<'_>,
        secret: Option<&[u8]>,
        url: &str,
        request: &HookRequest,
        delivered: &Delivered,
    ) -> Result<bool, Told> {
        let source = Source::Trigger(row.workflow, &row.trigger);
        let hook = match self.resolve(&source).await {
            Ok(hook) => hook,
            Err(Error::Gone(_) | Error::NotFound(_)) => return Ok(false),
            Err(error) => return Err(Told::Failed(reply::failed(&error))),
        };
        let Some(TriggerKind::App(app)) = hook.live_trigger().map(|trigger| &trigger.kind) else { return Ok(false) };
        let Some(known) = self.known(app).filter(|known| known.webhook.endpoint == Endpoint::App) else { return Ok(false) };
        if known.webhook.signature != first.webhook.signature
            && let Some(recipe) = &known.webhook.signature
        {
            let (method, now) = (request.method.as_str(), self.store.now());
            if verify(recipe, secret.unwrap_or_default(), method, url, &request.headers, &request.body, now).is_err() {
                return Ok(false);
            }
        }
        let input = match complete(known, app) {
            Ok(input) => input,
            Err(message) => {
                say(row.workflow, &row.trigger, &message);
                return Ok(false);
            }
        };
        let found = match events::found(known, &input, account, delivered) {
            Ok(found) => found,
            Err(unread) => return Err(Told::Ended(refused_as(unread))),
        };
        if found.is_empty() {
            return Ok(false);
        }
        // One that is off refuses its event, and says so in its list; the others have theirs.
        self.stored(&hook, known, &input, delivered, found, &source).await.map_err(Told::Failed)?;
        Ok(true)
    }

    async fn heard(&self, hook: &AppHook) -> Result<(), HookReply> {
        for (row, _) in self.store.app_subscriptions(hook.workspace, &hook.connector).await.map_err(stored)? {
            if row.state == SubscriptionState::Waiting {
                self.store.subscription_heard(row.workflow, &row.trigger).await.map_err(stored)?;
            }
        }
        Ok(())
    }
}

/// Why one listener ends the delivery for all.
enum Told {
    Ended(Ended),
    Failed(HookReply),
}

fn say(workflow: WorkflowId, trigger: &TriggerId, message: &str) {
    tracing::warn!(workflow.id = %workflow, trigger.id = %trigger, "a trigger could not be told of a delivery: {message}");
}

fn nowhere() -> HookReply {
    reply::failed(&Error::NotFound("There is no webhook at this address.".into()))
}

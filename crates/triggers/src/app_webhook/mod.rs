//! Webhooks of vendors' apps: set up at the vendor for as long as a workflow wants them (`life`), checked (`signature`), their questions
//! answered (`handshake`), and turned into events (`receive`, `route`, `events`).

pub mod address;
mod call;
mod events;
mod handshake;
mod life;
mod receive;
mod route;
mod sample;
mod signature;
mod simulated;
mod state;
mod thin;

use std::sync::Arc;

use connect::Connect;
use manifest::{AppWebhook, Connector, Endpoint, SecretFrom};
use model::definition::AppTrigger;
use store::{AppHook, LiveHook};
use vault::{Revealed, Tokens};

use crate::{Ingest, webhook::HookReply, webhook::reply};

pub use signature::{Refusal, is_dated, verify};
pub use thin::JOB as DELIVERY_JOB;

/// The kind of job that makes, renews and takes away webhooks at vendors.
pub const JOB: &str = store::SUBSCRIBE;

/// Bytes of a vendor's request.
pub(crate) const MOST_BYTES: usize = 10 * 1024 * 1024;

/// What webhooks of apps need beside the store.
#[derive(Clone)]
pub struct Apps {
    pub connectors: Arc<Vec<Connector>>,
    /// Credentials for calls to vendors, and the secrets of the owner's apps.
    pub tokens: Tokens,
    pub connect: Connect,
}

/// A trigger of a connector that is told by a webhook, as its manifest has it.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub connector: &'a Connector,
    pub trigger: &'a manifest::Trigger,
    pub webhook: &'a AppWebhook,
}

impl Known<'_> {
    /// Made by a call, with an address and mostly a secret of its own.
    pub fn is_made(&self) -> bool {
        self.webhook.is_made()
    }

    /// One for each account: another call takes its place, and taking it away names none (Telegram).
    pub fn is_only_one(&self) -> bool {
        self.webhook.is_only_one()
    }
}

/// Whose secret a person enters for a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretHolder {
    Trigger,
    /// The app registered at the vendor.
    App,
}

impl Apps {
    pub(crate) fn known(&self, connector: &str, trigger: &str) -> Option<Known<'_>> {
        let connector = self.connectors.iter().find(|known| known.id == connector)?;
        let trigger = connector.trigger(trigger)?;
        Some(Known { connector, trigger, webhook: trigger.webhook.as_ref()? })
    }
}

impl Ingest {
    /// With what webhooks of vendors' apps need. Without, their addresses answer 404.
    pub fn with_apps(self, apps: Apps) -> Self {
        Ingest { apps: Some(Arc::new(apps)), ..self }
    }

    /// Whose secret a person enters; nothing where Patchbay or the vendor makes it, or there is none.
    pub fn secret_holder(&self, app: &AppTrigger) -> Option<SecretHolder> {
        let known = self.known(app)?;
        match (known.webhook.endpoint, known.webhook.secret) {
            (Endpoint::App, SecretFrom::App | SecretFrom::Person) => Some(SecretHolder::App),
            (Endpoint::Trigger, SecretFrom::Person) => Some(SecretHolder::Trigger),
            _ => None,
        }
    }

    pub(crate) fn known(&self, app: &AppTrigger) -> Option<Known<'_>> {
        self.apps.as_ref()?.known(&app.connector, &app.trigger)
    }

    /// What the deliveries of a trigger's own address are signed with.
    async fn own_secret(&self, hook: &LiveHook, webhook: &AppWebhook) -> Result<Option<Revealed>, HookReply> {
        match (webhook.secret, hook.secret) {
            (SecretFrom::None, _) | (_, None) => Ok(None),
            (_, Some(secret)) => self.vault.reveal(hook.workspace, secret).await.map(Some).map_err(|error| unreadable(&error)),
        }
    }

    /// What the deliveries of a registered app are signed with: its signing secret, else its client secret.
    async fn app_secret(&self, hook: &AppHook) -> Result<Option<Vec<u8>>, HookReply> {
        if let Some(secret) = hook.secret {
            let revealed = self.vault.reveal(hook.workspace, secret).await.map_err(|error| unreadable(&error))?;
            return Ok(Some(revealed.as_bytes().to_vec()));
        }
        let Some(apps) = &self.apps else { return Ok(None) };
        let secret = apps.tokens.app_secret(hook.workspace, &hook.connector).await.map_err(|error| unreadable(&error))?;
        Ok(secret.map(String::into_bytes))
    }
}

fn unreadable(error: &vault::Error) -> HookReply {
    tracing::error!(error = %error, "the secret of a webhook cannot be read");
    reply::error(503, "unavailable", "The delivery cannot be checked right now; send it again later.")
}

//! Channels as their owners enter them.

use model::{
    api::{Channel, ChannelKind, NewChannel, QuietHours},
    ids::{ChannelId, WorkspaceId},
};
use serde::{Deserialize, Serialize};
use store::{NewChannelRow, Scope};
use url::Url;

use crate::{Notify, quiet};

/// Bytes of an address or a secret.
const LONGEST: usize = 2 * 1024;
/// People of one e-mail channel.
const MOST_PEOPLE: usize = 20;

/// What of a channel is sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Secret {
    pub url: Option<String>,
    /// Messages are signed with it.
    pub secret: Option<String>,
}

/// Why a channel cannot be as it was entered.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    #[error("{message}")]
    Field { field: String, message: String },
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Vault(#[from] vault::Error),
}

fn field(field: &str, message: impl Into<String>) -> ChannelError {
    ChannelError::Field { field: field.into(), message: message.into() }
}

impl Notify {
    pub async fn create_channel(&self, scope: &Scope, new: NewChannel) -> Result<Channel, ChannelError> {
        scope.require(model::Role::Owner)?;
        let id = ChannelId(self.store.next_id());
        let secret = Secret { url: new.url.clone(), secret: new.secret.clone().filter(|secret| !secret.is_empty()) };
        let row = self.row(scope.workspace, id, new, secret, true).await?;
        Ok(self.store.create_channel(scope, row).await?)
    }

    pub async fn update_channel(&self, scope: &Scope, id: ChannelId, new: NewChannel) -> Result<Channel, ChannelError> {
        scope.require(model::Role::Owner)?;
        let before = self.store.channel(scope, id).await?;
        let mut secret = match before.secret {
            None => Secret::default(),
            Some(id) => self.reveal(scope.workspace, id).await?,
        };
        let is_new = new.url.is_some() || new.secret.is_some() || before.channel.kind.name() != new.kind.name();
        if new.url.is_some() {
            secret.url.clone_from(&new.url);
        }
        if let Some(typed) = &new.secret {
            secret.secret = Some(typed.clone()).filter(|typed| !typed.is_empty());
        }
        let row = self.row(scope.workspace, id, new, secret, is_new).await?;
        Ok(self.store.update_channel(scope, row).await?)
    }

    pub(crate) async fn reveal(&self, workspace: WorkspaceId, id: model::ids::SecretId) -> Result<Secret, vault::Error> {
        let revealed = self.vault.reveal(workspace, id).await?;
        serde_json::from_slice(revealed.as_bytes()).map_err(|_| vault::Error::Broken)
    }

    /// Checks everything, and seals what is secret.
    async fn row(
        &self,
        workspace: WorkspaceId,
        id: ChannelId,
        new: NewChannel,
        mut secret: Secret,
        is_new: bool,
    ) -> Result<NewChannelRow, ChannelError> {
        let name = new.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(field("name", "Give the channel a name of up to 100 characters."));
        }
        if let Some(hours) = &new.routing.quiet {
            check_quiet(hours)?;
        }
        let host = match &new.kind {
            ChannelKind::Email { connection, to } => {
                self.check_email(workspace, *connection, to).await?;
                None
            }
            _ => Some(host(secret.url.as_deref())?),
        };
        // The services know nothing of our signatures.
        if !matches!(new.kind, ChannelKind::Webhook) {
            secret.secret = None;
        }
        let is_signed = secret.secret.is_some();
        if secret.secret.as_ref().is_some_and(|secret| secret.len() > LONGEST || secret.chars().any(char::is_control)) {
            return Err(field("secret", "The secret must be one line."));
        }
        let secret = if is_new && new.kind.has_url() {
            let plain = serde_json::to_vec(&secret).map_err(|_| vault::Error::Broken)?;
            Some(self.vault.put_secret(workspace, &format!("channel {id}"), "address", plain).await?)
        } else {
            None
        };
        Ok(NewChannelRow { id, name, kind: new.kind, routing: new.routing, enabled: new.enabled, host, is_signed, secret })
    }

    async fn check_email(
        &self,
        workspace: WorkspaceId,
        connection: model::ids::ConnectionId,
        to: &[String],
    ) -> Result<(), ChannelError> {
        let row = match self.store.connection_for_call(workspace, connection).await {
            Ok(row) => row,
            Err(store::Error::NotFound(_)) => return Err(field("kind.connection", "This connection does not exist.")),
            Err(error) => return Err(error.into()),
        };
        if row.connection.connector != crate::send::EMAIL {
            return Err(field("kind.connection", "Choose a connection that sends e-mail."));
        }
        if to.is_empty() || to.len() > MOST_PEOPLE {
            return Err(field("kind.to", format!("Name 1 to {MOST_PEOPLE} addresses.")));
        }
        let is_address = |text: &String| {
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
                && !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>'))
        };
        match to.iter().find(|text| !is_address(text)) {
            None => Ok(()),
            Some(text) => Err(field("kind.to", format!("“{}” is no e-mail address.", text.escape_debug()))),
        }
    }
}

fn check_quiet(hours: &QuietHours) -> Result<(), ChannelError> {
    quiet::check(hours).map_err(|(part, message)| field(&format!("routing.quiet.{part}"), message))
}

/// The host of an address that may be told to others; the address itself is never repeated in an error.
fn host(url: Option<&str>) -> Result<String, ChannelError> {
    let text = url.map(str::trim).filter(|text| !text.is_empty());
    let text =
        text.ok_or_else(|| field("url", "The address is needed; the service shows it when you add an incoming webhook."))?;
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && text.len() <= LONGEST);
    let parsed = parsed.filter(|url| url.username().is_empty() && url.password().is_none());
    let host = parsed.as_ref().and_then(Url::host_str).map(str::to_owned);
    host.ok_or_else(|| field("url", "This is no address that can be called; it begins with https://."))
}

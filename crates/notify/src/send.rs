//! One message through one channel.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use connect::{AuthMethod, Credential};
use hmac::{Hmac, Mac};
use model::{
    Timestamp,
    api::{ChannelKind, ChannelTest},
    ids::{ChannelId, ConnectionId, WorkspaceId},
};
use serde_json::{Value, json};
use sha2::Sha256;
use store::{ChannelRow, Scope};

use crate::{Message, Notify, channel::Secret};

/// The connector whose connections send e-mail.
pub(crate) const EMAIL: &str = "email";
/// For one message.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What goes to a webhook of our own, beside the message for people.
pub(crate) struct Event {
    /// The same for every attempt: the receiver knows doubles by it.
    pub id: String,
    pub body: Value,
}

/// Why a message did not go through, for a person; whether trying again may help.
pub(crate) struct Undelivered {
    pub message: String,
    pub retry_after_ms: Option<u64>,
}

impl From<String> for Undelivered {
    fn from(message: String) -> Self {
        Undelivered { message, retry_after_ms: None }
    }
}

impl Notify {
    /// Sends a test message now, and remembers whether it went through.
    pub async fn test(&self, scope: &Scope, id: ChannelId) -> Result<ChannelTest, store::Error> {
        scope.require(model::Role::Owner)?;
        let channel = self.store.channel(scope, id).await?;
        let message = Message::test(&self.base);
        let now = self.store.now();
        let body =
            json!({ "type": "test", "timestamp": now.rfc3339(), "data": { "title": message.title, "text": message.text } });
        let event = Event { id: format!("{id}.test.{}", now.ms()), body };
        let error = self.send(scope.workspace, &channel, &message, &event).await.err().map(|error| error.message);
        self.store.channel_tested(scope, id, error.as_deref()).await?;
        Ok(ChannelTest { sent: error.is_none(), message: error })
    }

    pub(crate) async fn send(
        &self,
        workspace: WorkspaceId,
        row: &ChannelRow,
        message: &Message,
        event: &Event,
    ) -> Result<(), Undelivered> {
        let body = match &row.channel.kind {
            ChannelKind::Email { connection, to } => return self.mail(workspace, *connection, to, message, &event.id).await,
            ChannelKind::Slack => message.slack(),
            ChannelKind::Teams => message.teams(),
            ChannelKind::Discord => message.discord(),
            ChannelKind::Webhook => event.body.clone(),
        };
        let id = row.secret.ok_or_else(|| "The channel has no address.".to_owned())?;
        let secret = self.reveal(workspace, id).await.map_err(|error| error.to_string())?;
        self.post(&secret, &body, event).await
    }

    async fn post(&self, secret: &Secret, body: &Value, event: &Event) -> Result<(), Undelivered> {
        let url = secret.url.as_deref().ok_or_else(|| "The channel has no address.".to_owned())?;
        let text = body.to_string();
        let mut headers = json!({ "Content-Type": "application/json" });
        if let Some(key) = &secret.secret {
            let at = self.store.now();
            headers["webhook-id"] = json!(event.id);
            headers["webhook-timestamp"] = json!((at.ms() / 1_000).to_string());
            headers["webhook-signature"] = json!(signature(key, &event.id, at, &text));
        }
        let input = json!({
            "method": "POST", "url": url, "headers": headers, "body_kind": "text", "body": text, "follow_redirects": false,
            "max_response_bytes": 65_536,
        });
        let prepared = self.connect.prepare("http", "request", &input).map_err(|error| error.message)?;
        let result = self.connect.perform(&prepared.request, &event.id, None, TIMEOUT).await;
        let output = result
            .outcome
            .map_err(|error| Undelivered { message: without(&error.message, url), retry_after_ms: error.retry_after_ms })?;
        // A redirect is no delivery.
        match output.get("status").and_then(Value::as_u64) {
            Some(200..=299) | None => Ok(()),
            Some(status) => Err(format!("The other side answered with status {status}.").into()),
        }
    }

    async fn mail(
        &self,
        workspace: WorkspaceId,
        connection: ConnectionId,
        to: &[String],
        message: &Message,
        key: &str,
    ) -> Result<(), Undelivered> {
        let opened = self.tokens.open(workspace, connection).await.map_err(|error| error.to_string())?;
        let row = self.store.connection_for_call(workspace, connection).await.map_err(|error| error.to_string())?.connection;
        let method = AuthMethod::parse(&row.method).ok_or_else(|| "The connection is of an unknown kind.".to_owned())?;
        let credential = Credential { method, values: opened.values, allowed_hosts: row.hosts };
        let input = json!({ "to": to.join(", "), "subject": message.title, "text": message.plain() });
        let prepared = self.connect.prepare(EMAIL, "send", &input).map_err(|error| error.message)?;
        let result = self.connect.perform(&prepared.request, key, Some(&credential), TIMEOUT).await;
        result.outcome.map(drop).map_err(|error| Undelivered { message: error.message, retry_after_ms: error.retry_after_ms })
    }
}

/// As Standard Webhooks describe it: `v1,` and the HMAC of id, time in seconds and body, with dots between.
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
fn signature(key: &str, id: &str, at: Timestamp, body: &str) -> String {
    let bytes = key.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
    let bytes = bytes.unwrap_or_else(|| key.as_bytes().to_vec());
    // Keys of any length are taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&bytes) else { return String::new() };
    mac.update(format!("{id}.{}.{body}", at.ms() / 1_000).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Addresses of incoming webhooks are secrets.
fn without(message: &str, url: &str) -> String {
    let path = url::Url::parse(url).ok().map(|url| url[url::Position::BeforePath..].to_owned());
    let message = message.replace(url, "the address");
    path.filter(|path| path.len() > 1).map_or(message.clone(), |path| message.replace(&path, "/…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_signed_as_the_specification_shows() {
        // The example of the specification's reference implementations.
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = r#"{"test": 2432232314}"#;
        let signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp(1_614_265_330_000), body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn addresses_are_not_repeated() {
        let url = "https://hooks.example.com/services/T0/B0/secret";
        assert_eq!(without(&format!("{url} cannot be reached"), url), "the address cannot be reached");
        assert_eq!(without("hooks.example.com has no /services/T0/B0/secret", url), "hooks.example.com has no /…");
        assert_eq!(without("hooks.example.com/ is away", "https://hooks.example.com/"), "hooks.example.com/ is away");
    }
}

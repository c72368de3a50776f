//! What is said, and how each service wants it said.

use model::{
    Timestamp,
    api::{Alert, AlertKind, Telling, Urgency},
};
use serde_json::{Value, json};

/// Slack and Discord cut or refuse longer texts.
const LONGEST: usize = 1_500;

/// One message to one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub title: String,
    pub text: String,
    /// The page on which one can act.
    pub link: String,
    pub is_over: bool,
    pub urgency: Urgency,
}

impl Message {
    /// `base`: where the pages are.
    pub(crate) fn of(alert: &Alert, what: Telling, base: &str) -> Self {
        let is_over = what == Telling::Resolved;
        Message {
            title: if is_over { format!("Over: {}", alert.title) } else { alert.title.clone() },
            text: cut(&alert.text),
            link: format!("{base}{}", page(alert)),
            is_over,
            urgency: alert.urgency,
        }
    }

    /// To try a channel.
    pub(crate) fn test(base: &str) -> Self {
        Message {
            title: "A test message from Patchbay".into(),
            text: "Alerts will reach you here.".into(),
            link: format!("{base}/alerts"),
            is_over: false,
            urgency: Urgency::Notice,
        }
    }

    pub(crate) fn plain(&self) -> String {
        format!("{}\n\n{}\n", self.text, self.link)
    }

    /// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    pub(crate) fn slack(&self) -> Value {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let text = format!("*{}*\n{}\n<{}|Open in Patchbay>", escape(&self.title), escape(&self.text), self.link);
        json!({ "text": text, "unfurl_links": false })
    }

    /// An adaptive card, as workflows of Teams take them.
    /// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
    pub(crate) fn teams(&self) -> Value {
        let block = |text: &str, weight: &str| json!({ "type": "TextBlock", "text": text, "weight": weight, "wrap": true });
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.2",
                    "body": [block(&self.title, "Bolder"), block(&self.text, "Default")],
                    "actions": [{ "type": "Action.OpenUrl", "title": "Open in Patchbay", "url": self.link }]
                }
            }]
        })
    }

    /// Nobody is mentioned, whatever the text says. https://docs.discord.com/developers/resources/webhook#execute-webhook
    pub(crate) fn discord(&self) -> Value {
        const BAD: u32 = 0xd1_3b3b;
        const WELL: u32 = 0x2f_9e60;
        const NOTICE: u32 = 0xb7_7a12;
        let color = match (self.is_over, self.urgency) {
            (true, _) => WELL,
            (false, Urgency::Urgent) => BAD,
            (false, Urgency::Notice) => NOTICE,
        };
        json!({
            "embeds": [{ "title": self.title, "description": self.text, "url": self.link, "color": color }],
            "allowed_mentions": { "parse": [] }
        })
    }
}

/// What a webhook of our own gets.
pub(crate) fn event(alert: &Alert, what: Telling, base: &str, at: Timestamp) -> Value {
    let kind = match what {
        Telling::Opened => "alert.opened",
        Telling::Resolved => "alert.resolved",
    };
    // Who else was told is nobody's business there.
    let alert_only = Alert { told: Vec::new(), ..alert.clone() };
    json!({ "type": kind, "timestamp": at.rfc3339(), "data": { "alert": alert_only, "url": format!("{base}{}", page(alert)) } })
}

fn page(alert: &Alert) -> String {
    match (alert.kind, alert.run, alert.connection, alert.workflow) {
        (AlertKind::Connection | AlertKind::Ending | AlertKind::Budget, _, Some(connection), _) => {
            format!("/connections/{connection}")
        }
        (AlertKind::Failing | AlertKind::OutcomeUnknown | AlertKind::Held | AlertKind::Certificate, Some(run), ..) => {
            format!("/runs/{run}")
        }
        (
            AlertKind::Backlog | AlertKind::Missed | AlertKind::Trigger | AlertKind::Shape | AlertKind::Certificate,
            ..,
            Some(workflow),
        ) => format!("/workflows/{workflow}"),
        _ => "/alerts".to_owned(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

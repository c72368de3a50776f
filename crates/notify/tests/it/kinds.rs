//! Every kind of alert, from what causes it to what arrives: at a mail server and at a webhook.

use base64::{Engine, engine::general_purpose::STANDARD};
use model::{
    api::{AlertKind, ChannelKind, NewChannel, Routing, ToldState},
    definition::{Expectation, Settings},
    ids::{ConnectionId, SecretId, TriggerId, WorkflowId},
    run::{ErrorClass, Hold, RunStatus},
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{PollError, PollLook, PollState, Raised, Refused, Untrusted};
use testkit::{Certificate, Mailbox, SecureServer};

use crate::world::{MINUTE, START, World};

impl World {
    async fn mail(&self, mailbox: &Mailbox) {
        let values = json!({
            "host": "127.0.0.1", "port": mailbox.port().to_string(), "security": "none", "from": "patchbay@example.com",
        });
        let connection = self.connection_with("email", "smtp", "Our mail", &values).await;
        let kind = ChannelKind::Email { connection, to: vec!["ops@example.com".into()] };
        let new = NewChannel { name: "Mail".into(), kind, routing: Routing::default(), enabled: true, url: None, secret: None };
        self.notify.create_channel(&self.scope, new).await.unwrap();
    }

    /// What a kind of alert is for, made to happen; rounds that come before it is told.
    async fn cause(&self, kind: AlertKind) {
        let workspace = self.scope.workspace;
        let workflow = async || self.workflow("Orders", Settings::default()).await;
        match kind {
            AlertKind::Failing => self.ends(workflow().await, RunStatus::Failed).await,
            AlertKind::OutcomeUnknown => self.held(workflow().await, Hold::Unknown, None).await,
            AlertKind::Held => self.held(workflow().await, Hold::System, None).await,
            AlertKind::Connection => {
                let values = json!({ "token": "x" });
                let id = self.connection_with("notion", "token", "Notes", &values).await;
                let secret: Option<SecretId> = self.store.connection_for_call(workspace, id).await.unwrap().secret;
                assert!(self.store.refused(id, secret.unwrap()).await.unwrap());
            }
            AlertKind::Ending => {
                let id = self.connection("linkedin", "Ada", Some(START.plus_ms(60 * MINUTE))).await;
                self.store.set_connection_renews(&self.scope, id, false).await.unwrap();
            }
            AlertKind::Budget => {
                let shop: ConnectionId = self.connection("hubspot", "Shop", None).await;
                self.event(workflow().await).await;
                for _ in 0..6 {
                    assert_eq!(self.waits_for(shop).await, 1);
                    self.round().await;
                    self.after(1);
                }
            }
            AlertKind::Certificate => {
                let server = SecureServer::start(Certificate::Expired).await;
                let message = self.connect.try_certificate(&server.host()).await.unwrap_err().message;
                let refused = Untrusted { workspace, host: server.host(), message, workflow: None, run: None };
                self.store.certificate_refused(&refused).await.unwrap();
            }
            AlertKind::Backlog => {
                self.event(workflow().await).await;
                self.after(11);
            }
            AlertKind::Missed => {
                let expects = Some(Expectation { events: 1, by: "0 10 * * *".into() });
                self.workflow("Orders", Settings { expects, time_zone: "UTC".into(), ..Settings::default() }).await;
                self.after(35 * 60);
            }
            AlertKind::Trigger => {
                let error = PollError {
                    class: ErrorClass::Transient,
                    code: "http.status".into(),
                    message: "The server at example.com answered 503".into(),
                };
                let state = PollState { fingerprint: "f".into(), failures: 3, error: Some(error), ..PollState::default() };
                let look = PollLook {
                    workspace,
                    workflow: workflow().await,
                    trigger: TriggerId::from("hand"),
                    version: 1,
                    seq: None,
                    state,
                    known: Vec::new(),
                    keep_ms: 0,
                    told: None,
                };
                assert!(self.store.commit_look(look, Vec::new()).await.unwrap().is_some());
            }
            AlertKind::Storage => {
                // No test may fill a disk: here the alert begins where the rule would raise it.
                let raised = Raised {
                    kind,
                    subject: "test".into(),
                    title: "The disk is nearly full".into(),
                    text: "5 MB are free where the data is kept.".into(),
                    workflow: None,
                    connection: None,
                    run: None,
                    count: 1,
                    at: self.store.now(),
                };
                assert!(self.store.raise(workspace, &raised).await.unwrap());
            }
            AlertKind::Shape => {
                let orders: WorkflowId = self.orders().await;
                for (name, times) in [("email", 6), ("email_address", 3)] {
                    for _ in 0..times {
                        let body = json!({ "customer": { name: "ada@example.com" }, "total": 1 });
                        self.event_with(orders, json!({ "body": body })).await;
                    }
                    self.round().await;
                }
            }
            AlertKind::Refused => {
                let id = workflow().await;
                self.store
                    .count_refused(&Refused { workspace, workflow: id, trigger: None, events: 12, at: self.store.now() })
                    .await
                    .unwrap();
            }
            AlertKind::Blind => {
                let id = workflow().await;
                let broken = format!("UPDATE workflow SET live_settings = '{{' WHERE id = {}", id.0);
                self.raw().await.execute_unprepared(&broken).await.unwrap();
            }
            AlertKind::Undelivered => {
                let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                let url = Some(format!("http://{}/", silent.local_addr().unwrap()));
                drop(silent);
                let routing = Routing::default();
                let new = NewChannel { name: "Gone".into(), kind: ChannelKind::Slack, routing, enabled: true, url, secret: None };
                self.notify.create_channel(&self.scope, new).await.unwrap();
                self.ends(workflow().await, RunStatus::Failed).await;
                self.round().await;
                self.after(1);
                self.round().await;
            }
        }
    }

    /// A run that waits for a person.
    async fn held(&self, workflow: WorkflowId, hold: Hold, connection: Option<ConnectionId>) {
        self.event(workflow).await;
        assert_eq!(self.parks(hold, connection, None).await, 1);
    }
}

/// What a mail says, however its parts are encoded.
fn text(mail: &str) -> String {
    let part = |part: &str| {
        let lines: String = part.lines().take_while(|line| !line.starts_with("--")).map(str::trim).collect();
        STANDARD.decode(lines).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    };
    let encoded: String = mail.split("\r\n\r\n").map(part).collect();
    mail.replace("=\r\n", "") + &encoded
}

#[tokio::test]
async fn every_kind_arrives_by_mail_and_at_a_webhook() {
    for kind in AlertKind::ALL {
        let world = World::new().await;
        let mailbox = Mailbox::start().await;
        world.mail(&mailbox).await;
        world.channel(ChannelKind::Webhook, Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Routing::default()).await;
        world.cause(kind).await;
        world.round().await;
        let alert = world.alerts().await.into_iter().find(|alert| alert.kind == kind).unwrap_or_else(|| panic!("no {kind:?}"));
        let sent = alert.told.iter().filter(|told| told.state == ToldState::Sent).count();
        assert_eq!(sent, 2, "{kind:?}: {:?}", alert.told);
        let told = |id: &str| {
            let calls = world.upstream.calls();
            calls.iter().filter(|call| call.json()["data"]["alert"]["id"] == id).map(|call| call.json()).collect::<Vec<_>>()
        };
        let calls = told(&alert.id.to_string());
        let [call] = calls.as_slice() else { panic!("{kind:?}: {calls:#?}") };
        assert_eq!((call["type"].as_str(), call["data"]["alert"]["kind"].as_str()), (Some("alert.opened"), Some(kind.as_str())));
        assert_eq!(call["data"]["alert"]["title"], alert.title.as_str());
        let link = call["data"]["url"].as_str().unwrap();
        assert!(link.starts_with("https://patchbay.example/"), "{kind:?}: {link}");
        let mails = mailbox.mails();
        assert!(mails.iter().any(|mail| text(mail).contains(link)), "{kind:?}: {mails:#?}");
    }
}

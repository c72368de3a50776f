//! A vendor with webhooks: a server of the test, and a connector that knows it.

use std::{collections::BTreeMap, sync::Arc};

use connect::Connect;
use egress::{Egress, Options};
use hmac::{Hmac, Mac};
use manifest::Connector;
use model::{
    WorkflowDefinition,
    ids::{ConnectionId, TriggerId, WorkflowId},
};
use serde_json::{Value, json};
use sha2::Sha256;
use store::{Account, ClaimedJob, NewConnection, SubscriptionRow};
use testkit::{Behaviour, CONNECTOR, Upstream};
use triggers::{HookReply, Ingest, NoHandover, app_webhook::Apps};
use vault::Tokens;

use crate::world::{Hook, Sent, World, workflow};

pub const PUBLIC_URL: &str = "https://patchbay.example.com";
pub const SECRET: &str = "a-signing-secret";

const HEAD: &str = r#"
label = "Told"
description = "Starts when the server says so."
checked = { by = "unchecked" }
sample = { id = 1 }
[[fields]]
key = "what"
label = "What"
kind = "text"
"#;

/// Made by a call; two of its events in a row make two webhooks.
const MADE: &str = r#"
[webhook]
endpoint = "trigger"
secret = "ours"
dedupe = "event.id"
keep_if = "event.what is missing or input.what is missing or event.what == input.what"
split = "body.events"
state = { id = "body.id", expires_at = "body.expires_at" }
subscribe = { method = "POST", path = "/hooks", body = { kind = "json", value = { url = "{url}", secret = "{secret}", what = "{input.what}" } } }
unsubscribe = { method = "DELETE", path = "/hooks/{state.id}" }
renew = { method = "POST", path = "/hooks/{state.id}/renew" }
renew_before_s = 600
signature = { header = "X-Signature", algorithm = "hmac_sha256", encoding = "hex", prefix = "sha256=", parts = ["body"] }
"#;

/// Its secret comes with the answer, its key in a header, and the rest of its event has to be fetched.
const THIN: &str = r#"
[webhook]
endpoint = "trigger"
secret = "answer"
dedupe = "headers['x-delivery']"
state = { id = "body.id", secret = "body.secret" }
subscribe = { method = "POST", path = "/hooks", body = { kind = "json", value = { url = "{url}" } } }
thin = { path = "/things/{event.id}" }
signature = { header = "X-Signature", algorithm = "hmac_sha256", encoding = "hex", parts = ["body"] }
event = { id = "=event.id", name = "=fetched.name" }
ack = { status = 202, body = "ok" }
"#;

/// A person enters its address, and its secret here.
const STEPS: &str = r#"
[webhook]
endpoint = "trigger"
secret = "person"
dedupe = "headers['x-delivery']"
steps = ["Enter {url} there"]
signature = { header = "X-Signature", algorithm = "hmac_sha256", encoding = "hex", parts = ["body"] }
handshake = [{ kind = "post_echo", when = "body.type == 'ping'", answer = "{body.challenge}" }, { kind = "hmac_answer", token = "body.token", answer = { token = "{token}", proof = "{hmac}" } }]
"#;

/// Its secret is the vendor's first word.
const SHAKEN: &str = r#"
[webhook]
endpoint = "trigger"
secret = "handshake"
dedupe = "event.id"
state = { id = "body.id" }
subscribe = { method = "POST", path = "/hooks", body = { kind = "json", value = { url = "{url}" } } }
handshake = [{ kind = "header_echo", header = "X-Hook-Secret" }]
signature = { header = "X-Signature", algorithm = "hmac_sha256", encoding = "hex", parts = ["body"] }
"#;

/// There is one for each account.
const ONE: &str = r#"
[webhook]
endpoint = "trigger"
secret = "ours"
dedupe = "event.id"
subscribe = { method = "POST", path = "/set", body = { kind = "json", value = { url = "{url}", secret = "{secret}", what = "{input.what}" } } }
unsubscribe = { method = "POST", path = "/clear" }
signature = { header = "X-Secret", algorithm = "equal", encoding = "plain", parts = ["body"] }
"#;

/// Of the registered app.
const ROUTED: &str = r#"
[webhook]
endpoint = "app"
secret = "app"
dedupe = "body.id"
split = "[body.event]"
keep_if = "input.what is missing or event.what == input.what"
steps = ["Enter {url} there"]
signature = { header = "X-Signature", algorithm = "hmac_sha256", encoding = "hex", parts = ["timestamp", { text = "." }, "body"], timestamp = { header = "X-At", tolerance_s = 300 } }
handshake = [{ kind = "post_echo", when = "body.type == 'ping'", answer = "{body.challenge}" }]
[webhook.route]
account = "body.team"
event = "body.event.type"
is = ["message"]
"#;

fn connector() -> Connector {
    let file = |name: &str, text: &str| (format!("local/triggers/{name}.toml"), format!("{HEAD}{text}"));
    let mut files = vec![("local/connector.toml".to_owned(), CONNECTOR.to_owned())];
    let triggers = [("made", MADE), ("thin", THIN), ("steps", STEPS), ("shaken", SHAKEN), ("one", ONE), ("routed", ROUTED)];
    files.extend(triggers.map(|(name, text)| file(name, text)));
    manifest::parse_folder(&files).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A world with a vendor and a connection to it.
pub struct Vendor {
    pub world: World,
    pub upstream: Upstream,
    pub ingest: Ingest,
    pub connection: ConnectionId,
}

impl Vendor {
    pub async fn new(world: World) -> Vendor {
        let upstream = Upstream::start().await;
        upstream.behave(Behaviour::json(200, &json!({ "id": "h1" })));
        let connectors = Arc::new(vec![connector()]);
        let allow = Options::parse_allow("127.0.0.0/8").unwrap();
        let egress = Egress::new(Options { allow, ..Options::default() }).unwrap();
        let (store, vault) = (world.db.store.clone(), world.db.vault.clone());
        let tokens = Tokens::new(vault.clone(), store.clone(), egress.clone(), Arc::clone(&connectors), BTreeMap::new());
        let connect = Connect::new(egress).with_connectors(Arc::clone(&connectors));
        let ingest =
            Ingest::new(store, vault, Arc::new(NoHandover)).at(PUBLIC_URL).with_apps(Apps { connectors, tokens, connect });
        let connection = connection(&world, &upstream, "team").await;
        Vendor { world, upstream, ingest, connection }
    }

    /// A workflow with one trigger of the connector, published and on.
    pub async fn publish(&self, trigger: &str, input: Value) -> WorkflowId {
        self.world.publish(&self.definition(trigger, self.connection, input)).await.workflow
    }

    pub fn definition(&self, trigger: &str, connection: ConnectionId, input: Value) -> WorkflowDefinition {
        let input: serde_json::Map<String, Value> =
            input.as_object().unwrap().iter().map(|(key, value)| (key.clone(), json!({ "literal": value }))).collect();
        let kind = json!({ "type": "app", "connector": "local", "version": 1, "trigger": trigger, "connection": connection, "input": input });
        workflow(kind, json!({}))
    }

    /// Does the jobs that are due; when they come again.
    pub async fn work(&self) -> Vec<Option<model::Timestamp>> {
        let mut next = Vec::new();
        for job in self.jobs().await {
            let at = self.ingest.subscribe(&job).await.unwrap();
            let body = at.map(|_| Value::Null);
            self.world.db.store.finish_job(job.id, job.epoch, at, body).await.unwrap();
            next.push(at);
        }
        next
    }

    pub async fn jobs(&self) -> Vec<ClaimedJob> {
        self.world.db.store.claim_jobs(&[triggers::app_webhook::JOB], 10, 60_000).await.unwrap()
    }

    pub async fn rows(&self, workflow: WorkflowId) -> Vec<SubscriptionRow> {
        self.world.db.store.subscriptions_of(workflow, &TriggerId::from("start")).await.unwrap()
    }

    /// The calls that make webhooks: what the vendor was told.
    pub fn told(&self, path: &str) -> Vec<Value> {
        self.upstream.calls().iter().filter(|call| call.method == "POST" && call.path == path).map(|call| call.json()).collect()
    }

    /// Sends what a vendor would, to the address it was told.
    pub async fn deliver(&self, url: &str, headers: &[(&str, &str)], body: &[u8]) -> HookReply {
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
        let sent = Sent { headers: &headers, body, ..Sent::default() };
        let path = url.strip_prefix(PUBLIC_URL).unwrap();
        match path.strip_prefix("/hooks/app/local/") {
            Some(key) => self.ingest.app_delivery("local", sent.to(key)).await,
            None => self.ingest.webhook(sent.to(path.strip_prefix("/hooks/").unwrap())).await,
        }
    }

    /// What `Sent` is with a signature over its body.
    pub async fn signed(&self, url: &str, secret: &str, more: &[(&str, &str)], body: &Value) -> HookReply {
        let body = body.to_string();
        let signature = mac(secret, &body);
        let prefixed = format!("sha256={signature}");
        let mut headers = more.to_vec();
        let is_made = !more.iter().any(|(name, _)| *name == "plain" || name.starts_with("x-"));
        headers.retain(|(name, _)| *name != "plain");
        headers.push(("x-signature", if is_made { &prefixed } else { &signature }));
        self.deliver(url, &headers, body.as_bytes()).await
    }

    pub fn own(&self, hook: &Hook) -> String {
        format!("{PUBLIC_URL}/hooks/{}", hook.key)
    }
}

pub fn mac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A connection to the vendor of the test, as this account.
pub async fn connection(world: &World, upstream: &Upstream, account: &str) -> ConnectionId {
    let (db, id) = (&world.db, ConnectionId(world.db.store.next_id()));
    let base = format!("http://{}", upstream.address());
    let values = json!({ "base": base, "key": "k" }).to_string();
    let secret = db.vault.put_secret(db.scope.workspace, &format!("connection {id}"), "values", &values).await.unwrap();
    let new = NewConnection {
        id,
        connector: "local".into(),
        method: "key".into(),
        label: account.into(),
        hosts: Vec::new(),
        secret: Some(secret),
        account: Some(Account { id: account.into(), label: account.into() }),
        scopes: Vec::new(),
        expires_at: None,
    };
    db.store.create_connection(&db.scope, new).await.unwrap();
    id
}

//! Webhooks of connectors that come with Patchbay, through the whole server.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Role, ids::ConnectionId};
use ring::hmac;
use serde_json::{Value, json};
use store::{Account, NewConnection, Scope};

use crate::app::{EMAIL, TestApp, TestResponse};

const BASE: &str = "http://127.0.0.1:8080";

async fn connection(app: &TestApp, connector: &str) -> ConnectionId {
    let (user, workspace) = {
        let found = app.store.user_by_email(EMAIL).await.unwrap().unwrap();
        (found.user.id, app.store.workspaces().await.unwrap()[0].id)
    };
    let actor = store::Actor::User { id: user, email: EMAIL.into() };
    let id = ConnectionId(app.store.next_id());
    let new = NewConnection {
        id,
        connector: connector.into(),
        method: "token".into(),
        label: "Walked".into(),
        hosts: Vec::new(),
        secret: None,
        account: Some(Account { id: "T1:U1".into(), label: "Team".into() }),
        scopes: Vec::new(),
        expires_at: None,
    };
    app.store.create_connection(&Scope { workspace, actor, role: Role::Owner }, new).await.unwrap();
    id
}

fn app_trigger(connector: &str, trigger: &str, connection: ConnectionId) -> Value {
    let kind = json!({ "type": "app", "connector": connector, "version": 1, "trigger": trigger, "connection": connection });
    json!({
        "schema": 1, "triggers": [{ "id": "told", "label": "Told", "kind": kind }],
        "steps": { "n": { "slug": "n", "label": "N", "kind": { "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] } } },
        "body": ["n"],
    })
}

/// The trigger's API path, and its address without the host.
async fn set_up(app: &TestApp, connector: &str, trigger: &str, secret: &str) -> (String, String) {
    let (workflow, _) = app.import(app_trigger(connector, trigger, connection(app, connector).await)).await;
    let path = format!("/api/v1/workflows/{workflow}/triggers/told");
    app.put(&format!("{path}/secret")).owner().json(json!({ "secret": secret })).send().await.ok();
    let told = app.get(&format!("{path}/subscription")).owner().send().await.ok();
    assert_eq!((&told["needs_secret"], &told["has_secret"]), (&json!(true), &json!(true)), "{told}");
    let address = told["address"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    assert!(told["steps"].to_string().contains(&address), "{told}");
    (path, address)
}

#[tokio::test]
async fn a_message_to_twilio_is_an_event_when_its_address_and_form_are_signed() {
    let app = TestApp::init().await.with_owner().await;
    let (path, address) = set_up(&app, "twilio", "message_received", "token-12345").await;
    let send = async |url: &str, text: &str| -> TestResponse {
        let signed = format!("{url}Body{text}FromAdaMessageSidSM1");
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"token-12345");
        let signature = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
        let request = app.post(&address).header("content-type", "application/x-www-form-urlencoded");
        request.header("x-twilio-signature", &signature).body("MessageSid=SM1&From=Ada&Body=Hi").send().await
    };
    assert_eq!(send(&format!("{BASE}{address}"), "No").await.error(401), "hook.signature");
    assert_eq!(send(&format!("https://elsewhere.example.com{address}"), "Hi").await.error(401), "hook.signature");
    let taken = send(&format!("{BASE}{address}"), "Hi").await;
    assert_eq!((taken.status, taken.text().as_str()), (200, "200 OK <Response></Response>"));
    assert_eq!(taken.header("content-type"), "text/xml");
    assert_eq!(taken.header("content-security-policy"), "sandbox allow-forms");
    assert_eq!(send(&format!("{BASE}{address}"), "Hi").await.status, 200, "sent again");
    let list = app.get(&format!("{path}/requests")).owner().send().await.ok();
    let outcomes: Vec<&str> = list["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["duplicate", "accepted", "refused", "refused"], "{list}");
    assert!(list["items"][1]["body"].as_str().unwrap().contains("Ada"));
}

#[tokio::test]
async fn slack_asks_the_apps_address_first_and_only_slack_is_answered() {
    let app = TestApp::init().await.with_owner().await;
    let (path, address) = set_up(&app, "slack", "new_message", "signing").await;
    assert!(address.starts_with("/hooks/app/slack/"), "{address}");
    let now = jiff::Timestamp::now().as_second();
    let send = async |secret: &str, at: i64| -> TestResponse {
        let body = json!({ "type": "url_verification", "token": "legacy", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" });
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signature = format!("v0={}", hex::encode(hmac::sign(&key, format!("v0:{at}:{body}").as_bytes())));
        let request = app.post(&address).header("x-slack-signature", &signature);
        request.header("x-slack-request-timestamp", &at.to_string()).json(body).send().await
    };
    send("guess", now).await.error(401);
    send("signing", now - 600).await.error(401);
    let answer = send("signing", now).await;
    assert_eq!(answer.text(), "200 OK 3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    app.post("/hooks/app/slack/unknown").json(json!({})).send().await.error(404);
    app.post("/hooks/app/nobody/unknown").json(json!({})).send().await.error(404);
    let list = app.get(&format!("{path}/requests")).owner().send().await.ok();
    let outcomes: Vec<&str> = list["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["handshake", "refused", "refused"], "{list}");
}

#[tokio::test]
async fn the_secret_of_an_app_is_its_owners() {
    let app = TestApp::init().await.with_owner().await;
    let (path, _) = set_up(&app, "slack", "new_message", "signing").await;
    let maker = app.token(Role::Maker).await;
    app.put(&format!("{path}/secret")).bearer(&maker).json(json!({ "secret": "mine" })).send().await.error(403);
    let made = app_trigger("github", "pull_request", connection(&app, "github").await);
    let draft = app.post("/api/v1/workflows").owner().json(json!({ "name": "x", "definition": made })).send().await.ok();
    let path = format!("/api/v1/workflows/{}/triggers/told/secret", draft["id"].as_str().unwrap());
    assert!(app.put(&path).owner().json(json!({ "secret": "mine" })).send().await.status == 422, "Patchbay makes that one");
}

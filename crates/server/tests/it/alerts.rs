//! Alerts and the channels that carry them.

use model::{
    Timestamp,
    api::AlertKind,
    ids::{WorkflowId, WorkspaceId},
};
use serde_json::json;
use store::Raised;
use testkit::{Behaviour, Upstream};

use crate::app::TestApp;

pub async fn raise(app: &TestApp) {
    let raised = Raised {
        kind: AlertKind::Failing,
        subject: WorkflowId(7).to_string(),
        title: "“Leads” fails".into(),
        text: "1 run has failed.".into(),
        workflow: None,
        connection: None,
        run: None,
        count: 1,
        at: Timestamp(app.store.now().ms()),
    };
    let workspace: WorkspaceId = app.store.workspaces().await.unwrap()[0].id;
    app.store.raise(workspace, &raised).await.unwrap();
}

#[tokio::test]
async fn an_alert_is_looked_after_and_put_off() {
    let app = TestApp::init().await.with_owner().await;
    assert_eq!(app.get("/api/v1/alerts/count").owner().send().await.ok(), json!({ "open": 0, "is_told_outside": false }));
    raise(&app).await;
    assert_eq!(app.get("/api/v1/alerts/count").owner().send().await.ok()["open"], 1);
    let list = app.get("/api/v1/alerts?open=true&kind=failing").owner().send().await.ok();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list["items"][0]["urgency"], "urgent");
    assert_eq!(app.get("/api/v1/alerts?open=false").owner().send().await.ok()["items"], json!([]));

    let now = app.store.now().ms();
    for until in [now - 1, now + 91 * 86_400_000] {
        let answer = app.post(&format!("/api/v1/alerts/{id}/snooze")).owner().json(json!({ "until": until })).send().await;
        assert_eq!((answer.error(422), answer.details()["path"].as_str()), ("invalid".into(), Some("until")));
    }
    let snoozed = app.post(&format!("/api/v1/alerts/{id}/snooze")).owner().json(json!({ "until": now + 60_000 })).send().await;
    assert_eq!(snoozed.ok()["snoozed_until"], now + 60_000);
    assert_eq!(app.get("/api/v1/alerts/count").owner().send().await.ok()["open"], 0);
    let taken = app.post(&format!("/api/v1/alerts/{id}/acknowledge")).owner().json(json!({})).send().await.ok();
    assert!(taken["acknowledged_by"].as_str().unwrap().contains('@'));
    app.post("/api/v1/alerts/alr_0000000000001/acknowledge").owner().json(json!({})).send().await.error(404);
}

#[tokio::test]
async fn a_channel_keeps_its_address_to_itself() {
    let app = TestApp::init().await.with_owner().await;
    let upstream = Upstream::start().await;
    let url = upstream.url("/services/s3cret-path");
    let body = json!({ "name": "Ops", "kind": { "type": "webhook" }, "url": url, "secret": "s3cret-key" });
    let made = app.post("/api/v1/channels").owner().json(body).send().await;
    let id = made.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!((&made.ok()["is_signed"], &made.ok()["host"]), (&json!(true), &json!("127.0.0.1")));
    let test = app.post(&format!("/api/v1/channels/{id}/test")).owner().json(json!({})).send().await;
    assert_eq!(test.ok(), json!({ "sent": true }));
    assert!(upstream.calls()[0].header("webhook-signature").unwrap().starts_with("v1,"));
    upstream.behave(Behaviour::status(403));
    let failed = app.post(&format!("/api/v1/channels/{id}/test")).owner().json(json!({})).send().await;
    assert_eq!(failed.ok()["sent"], false);
    let renamed = json!({ "name": "Night", "kind": { "type": "webhook" }, "routing": { "least": "urgent" } });
    let renamed = app.put(&format!("/api/v1/channels/{id}")).owner().json(renamed).send().await;
    assert_eq!(renamed.ok()["name"], "Night");
    let list = app.get("/api/v1/channels").owner().send().await;
    assert!(list.ok()["items"][0]["error"].as_str().unwrap().contains("403"));
    let activity = app.get("/api/v1/activity").owner().send().await;
    for answer in [&made, &test, &failed, &renamed, &list, &activity] {
        assert!(!answer.text().contains("s3cret"), "{}", answer.text());
    }
    for bad in [
        json!({ "name": "x", "kind": { "type": "webhook" } }),
        json!({ "name": "x", "kind": { "type": "slack" }, "url": "https://a.example/", "routing": { "quiet": { "from": "x", "to": "7:00", "time_zone": "UTC" } } }),
        json!({ "name": "x", "kind": { "type": "email", "connection": "con_0000000000001", "to": ["a@b.example"] } }),
    ] {
        assert_eq!(app.post("/api/v1/channels").owner().json(bad).send().await.error(422), "invalid");
    }
    app.delete(&format!("/api/v1/channels/{id}")).owner().send().await.ok();
    app.delete(&format!("/api/v1/channels/{id}")).owner().send().await.error(404);
}

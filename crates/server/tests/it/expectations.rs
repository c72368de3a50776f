//! What the past of a workflow suggests.

use serde_json::{Value, json};

use crate::app::{TestApp, definition};

async fn created(app: &TestApp, definition: Value) -> String {
    let new = json!({ "name": "Orders", "definition": definition });
    let made = app.post("/api/v1/workflows").owner().json(new).send().await.ok();
    format!("/api/v1/workflows/{}/expectation", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn nothing_is_suggested_without_a_past_and_zones_are_checked() {
    let app = TestApp::init().await.with_owner().await;
    let path = created(&app, definition()).await;
    assert_eq!(app.get(&path).owner().send().await.ok(), json!({}));
    assert_eq!(app.get(&format!("{path}?time_zone=Asia/Kolkata")).owner().send().await.ok(), json!({}));
    for zone in ["Europe/Nowhere", "%3Cimg%20onerror%3E", ""] {
        let answer = app.get(&format!("{path}?time_zone={zone}")).owner().send().await;
        assert_eq!((answer.error(422), answer.details()["path"].as_str()), ("invalid".into(), Some("time_zone")), "{zone}");
    }
}

#[tokio::test]
async fn what_starts_by_the_clock_is_expected_by_nobody() {
    let app = TestApp::init().await.with_owner().await;
    let mut definition = definition();
    definition["triggers"] = json!([{ "id": "clock", "label": "Each day", "kind": { "type": "schedule", "cron": "0 9 * * *" } }]);
    let path = created(&app, definition).await;
    assert_eq!(app.get(&format!("{path}?time_zone=Europe/Nowhere")).owner().send().await.ok(), json!({}));
}

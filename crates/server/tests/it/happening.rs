//! Making something happen: who may, where, and what is refused. That triggers notice is walked with the stories of `app`.

use model::Role;
use serde_json::{Value, json};

use crate::app::TestApp;

fn workflow(kind: Value, steps: Value) -> Value {
    let body: Vec<&String> = steps.as_object().unwrap().keys().collect();
    json!({ "schema": 1, "triggers": [{ "id": "told", "label": "Told", "kind": kind }], "steps": steps, "body": body })
}

fn nothing() -> Value {
    json!({ "n": { "slug": "n", "label": "N", "kind": { "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] } } })
}

#[tokio::test]
async fn only_sandboxes_take_what_is_made_up() {
    let app = TestApp::init().await.with_owner().await;
    let new =
        json!({ "connector": "http", "method": "bearer", "label": "x", "hosts": ["a.example.com"], "values": { "token": "t" } });
    let real = app.post("/api/v1/connections").owner().json(new).send().await.ok();
    let kind = json!({ "type": "app", "connector": "github", "version": 1, "trigger": "pull_request",
                       "input": { "repository": { "literal": "o/r" } } });
    let made = app.post("/api/v1/workflows").owner().json(json!({ "name": "x", "definition": workflow(kind, nothing()) })).send();
    let made = made.await.ok();
    let path = format!("/api/v1/workflows/{}/triggers/told/happening", made["id"].as_str().unwrap());
    app.get(&path).owner().send().await.error(409);
    app.post(&path).owner().json(json!({})).send().await.error(409);

    // Without a vendor: a start with the sample, where nothing reaches out of the sandbox.
    let (id, _) = app.import(workflow(json!({ "type": "schedule", "cron": "0 2 * * *" }), nothing())).await;
    let path = format!("/api/v1/workflows/{id}/triggers/told/happening");
    assert_eq!(app.get(&path).owner().send().await.status, 422, "no sample");
    let event = json!({ "way": "usual", "event": { "body": { "local": "<img onerror=x> \u{202e}\"'" } } });
    let happened = app.post(&path).owner().json(event.clone()).send().await.ok();
    assert_eq!((&happened["noticed"], &happened["came"][0]["outcome"]), (&json!("start"), &json!("accepted")), "{happened}");
    for odd in [json!({ "way": "forged", "event": {} }), json!({ "event": { "x": "y".repeat(100_000) } })] {
        assert_eq!(app.post(&path).owner().json(odd).send().await.status, 422);
    }
    app.post(&path).owner().json(json!({ "way": "sideways" })).send().await.error(400);
    app.post(&format!("/api/v1/workflows/{id}/triggers/nobody/happening")).owner().json(json!({})).send().await.error(409);

    // A step with a real connection, or one that may call any address, would act on what is made up.
    for connection in [real["id"].clone(), Value::Null] {
        let mut action = json!({ "type": "action", "connector": "http", "version": 1, "operation": "request",
                                 "input": { "method": { "literal": "GET" }, "url": { "literal": "https://a.example.com" } } });
        if !connection.is_null() {
            action["connection"] = connection;
        }
        let steps = json!({ "call": { "slug": "call", "label": "Call it", "kind": action } });
        let (id, _) = app.import(workflow(json!({ "type": "schedule", "cron": "0 2 * * *" }), steps)).await;
        let path = format!("/api/v1/workflows/{id}/triggers/told/happening");
        let refused = app.post(&path).owner().json(event.clone()).send().await;
        assert_eq!(refused.status, 422);
        assert!(refused.json()["error"]["message"].as_str().unwrap().contains("Call it"), "{}", refused.text());
    }

    // Makers look, operators make it happen.
    let maker = app.token(Role::Maker).await;
    app.post(&path).bearer(&maker).json(event).send().await.error(403);
    assert_eq!(app.get(&path).bearer(&maker).send().await.status, 422);
    app.get(&path).bearer(&app.token(Role::Viewer).await).send().await.error(403);
}

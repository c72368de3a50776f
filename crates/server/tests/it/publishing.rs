//! What publishing looks at beyond the definition itself: other workflows, limits.

use model::ids::WorkflowId;
use serde_json::{Value, json};

use crate::app::{TestApp, definition};

/// Can be started by others, and starts those named.
fn starting(others: &[WorkflowId]) -> Value {
    let mut def = definition();
    def["triggers"] = json!([{ "id": "called", "label": "Called", "kind": { "type": "workflow" } }]);
    for (at, other) in others.iter().enumerate() {
        let id = format!("call{at}");
        let kind = json!({ "type": "sub_workflow", "workflow": other, "input": {}, "wait": false });
        def["steps"][&id] = json!({ "slug": id, "label": format!("Call {at}"), "kind": kind });
        def["body"].as_array_mut().unwrap().push(json!(id));
    }
    def
}

async fn import(app: &TestApp, name: &str, definition: Value) -> WorkflowId {
    let body = json!({ "name": name, "definition": definition, "publish": true });
    app.post("/api/v1/workflows/import").owner().json(body).send().await.ok()["workflow_id"].as_str().unwrap().parse().unwrap()
}

/// Saves the draft; its problems, and whether it can be published.
async fn save(app: &TestApp, id: WorkflowId, definition: &Value) -> (Vec<String>, u16) {
    let path = format!("/api/v1/workflows/{id}");
    let rev = app.get(&path).owner().send().await.ok()["draft_rev"].clone();
    let body = json!({ "rev": rev, "definition": definition });
    let saved = app.put(&format!("{path}/draft")).owner().json(body).send().await.ok();
    let codes =
        saved["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect();
    let publish = app.post(&format!("{path}/publish")).owner().json(json!({ "rev": saved["rev"] })).send().await;
    (codes, publish.status)
}

#[tokio::test]
async fn workflows_that_start_each_other_in_a_circle_are_refused() {
    let app = TestApp::init().await.with_owner().await;
    let c = import(&app, "C", starting(&[])).await;
    let b = import(&app, "B", starting(&[c])).await;
    let a = import(&app, "A", starting(&[b, c])).await;
    let circle = "definition.sub_workflow_cycle".to_owned();
    assert_eq!(save(&app, c, &starting(&[c])).await, (vec![circle.clone()], 422), "itself");
    assert_eq!(save(&app, c, &starting(&[b])).await, (vec![circle.clone()], 422));
    assert_eq!(save(&app, c, &starting(&[a])).await, (vec![circle], 422), "over two others");
    assert_eq!(save(&app, a, &starting(&[b, c])).await, (Vec::new(), 200), "two ways to one are no circle");
    assert_eq!(save(&app, c, &starting(&[])).await, (Vec::new(), 200));
}

#[tokio::test]
async fn a_workflow_that_cannot_be_started_is_warned_of() {
    let app = TestApp::init().await.with_owner().await;
    let own = import(&app, "Own", starting(&[])).await;
    let deaf = import(&app, "Deaf", definition()).await;
    let draft = app.post("/api/v1/workflows").owner().json(json!({ "name": "Draft" })).send().await.ok();
    let draft: WorkflowId = draft["id"].as_str().unwrap().parse().unwrap();
    let off = import(&app, "Off", starting(&[])).await;
    app.post(&format!("/api/v1/workflows/{off}/state")).owner().json(json!({ "state": "off" })).send().await;
    let state = app.get(&format!("/api/v1/workflows/{off}")).owner().send().await.ok();
    assert_eq!(state["state"], "off");
    let (codes, status) = save(&app, own, &starting(&[deaf, draft, off, WorkflowId(7)])).await;
    assert_eq!(status, 200, "warnings do not stop");
    let expected = ["sub_workflow_no_trigger", "sub_workflow_unpublished", "sub_workflow_off", "sub_workflow_gone"];
    assert_eq!(codes, expected.map(|code| format!("definition.{code}")));
}

#[tokio::test]
async fn limits_and_the_order_key_are_checked() {
    let app = TestApp::init().await.with_owner().await;
    let (id, _) = app.import(definition()).await;
    let mut def = definition();
    for settings in [
        json!({ "max_per_minute": 0 }),
        json!({ "backlog_limit": 0 }),
        json!({ "priority": 11 }),
        json!({ "concurrency": 4_000_000_000_u32 }),
        json!({ "retention": { "days": 0 } }),
        json!({ "order_key": { "expr": "name.who" } }),
    ] {
        def["settings"] = settings.clone();
        let (codes, status) = save(&app, id, &def).await;
        assert_eq!((codes.len(), status), (1, 422), "{settings}: {codes:?}");
    }
    def["settings"] = json!({ "max_per_minute": 60, "order_key": { "expr": "event.body.customer" }, "concurrency": 2 });
    assert_eq!(save(&app, id, &def).await, (Vec::new(), 200));
}

#[tokio::test]
async fn paused_and_off_are_said_apart() {
    let app = TestApp::init().await.with_owner().await;
    let (id, hook) = app.import(definition()).await;
    let state = async |state: &str| {
        let body = json!({ "state": state });
        app.post(&format!("/api/v1/workflows/{id}/state")).owner().json(body).send().await.ok()["state"].clone()
    };
    assert_eq!(state("paused").await, "paused");
    let held = app.post(&hook).json(json!({ "n": 1 })).send().await;
    assert_eq!((held.status, &held.json()["held"]), (202, &json!(true)));
    assert_eq!(app.get(&format!("/api/v1/workflows/{id}")).owner().send().await.ok()["held"], 1);
    assert_eq!(state("off").await, "off");
    assert_eq!(app.post(&hook).json(json!({ "n": 2 })).send().await.status, 410);
    let found = app.get("/api/v1/events?state=refused&reason=is%20OFF").owner().send().await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(state("on").await, "on");
    let runs = app.get(&format!("/api/v1/runs?workflow={id}")).owner().send().await.ok();
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "what was held runs");
}

//! Triggers that look at lists, as their makers see them.

use model::Role;
use serde_json::{Value, json};
use testkit::{Behaviour, Upstream};

use crate::app::TestApp;

struct Vendor {
    app: TestApp,
    upstream: Upstream,
    connection: String,
}

impl Vendor {
    async fn new() -> Vendor {
        let (app, upstream) = (TestApp::init().await.with_owner().await, Upstream::start().await);
        let values = json!({ "port": upstream.address().port().to_string(), "key": "hunter22-key" });
        let body = json!({ "connector": "vend", "method": "key", "label": "Ours", "values": values });
        let made = app.post("/api/v1/connections").owner().json(body).send().await.ok();
        Vendor { app, upstream, connection: made["id"].as_str().unwrap().to_owned() }
    }

    fn holds(&self, ids: std::ops::RangeInclusive<u64>) {
        let orders: Vec<Value> = ids.map(|id| json!({ "id": id, "total": id * 10 })).collect();
        self.upstream.behave(Behaviour::json(200, &json!({ "orders": orders })));
    }

    fn definition(&self, more: Value) -> Value {
        let mut kind =
            json!({ "type": "app", "connector": "vend", "version": 1, "trigger": "new_order", "connection": self.connection });
        kind.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "schema": 1, "triggers": [
            { "id": "orders", "label": "Orders", "kind": kind },
            { "id": "form", "label": "By hand", "kind": { "type": "manual" } },
        ], "steps": { "note": { "slug": "note", "label": "Note", "kind": { "type": "set", "fields": [
            { "name": "who", "value": { "literal": "Ada" } },
        ] } } }, "body": ["note"] })
    }

    /// An unpublished workflow's path.
    async fn draft(&self, more: Value) -> String {
        let body = json!({ "name": "Orders", "definition": self.definition(more) });
        let made = self.app.post("/api/v1/workflows").owner().json(body).send().await.ok();
        format!("/api/v1/workflows/{}", made["id"].as_str().unwrap())
    }

    async fn tried(&self, path: &str, trigger: &str) -> crate::app::TestResponse {
        self.app.post(&format!("{path}/triggers/{trigger}/try")).owner().send().await
    }
}

#[tokio::test]
async fn a_draft_is_tried_without_any_consequence() {
    let vendor = Vendor::new().await;
    let path = vendor.draft(json!({})).await;
    vendor.holds(1..=12);
    let tried = vendor.tried(&path, "orders").await.ok();
    let ids: Vec<&Value> = tried["events"].as_array().unwrap().iter().map(|event| &event["body"]["id"]).collect();
    assert_eq!(json!(ids), json!([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), "the last ten, newest last");
    let call = vendor.upstream.calls().pop().unwrap();
    assert_eq!((call.path.as_str(), call.header("x-key")), ("/orders", Some("hunter22-key")));
    let events = vendor.app.get("/api/v1/events").owner().send().await.ok();
    assert_eq!(events["items"], json!([]), "nothing fired");
    let samples = async || vendor.app.get(&format!("{path}/samples")).owner().send().await.ok()["triggers"].clone();
    let kept = samples().await;
    assert_eq!((kept.as_array().unwrap().len(), &kept[0]["origin"]), (10, &json!("polled")));
    assert_eq!(kept[0]["event"], json!({ "body": { "id": 12, "total": 120 } }));
    vendor.holds(2..=13);
    vendor.tried(&path, "orders").await.ok();
    assert_eq!(samples().await.as_array().unwrap().len(), 11, "one more, and no double");
}

#[tokio::test]
async fn what_cannot_be_tried_is_said() {
    let vendor = Vendor::new().await;
    let path = vendor.draft(json!({})).await;
    assert_eq!(vendor.tried(&path, "ghost").await.error(404), "not_found");
    assert_eq!(vendor.tried(&path, "form").await.error(422), "invalid");
    assert_eq!(vendor.tried("/api/v1/workflows/wf_0000000000001", "orders").await.status, 404);
    for more in
        [json!({ "trigger": "pushed" }), json!({ "connector": "slack", "trigger": "new_message" }), json!({ "trigger": "old" })]
    {
        let path = vendor.draft(more.clone()).await;
        assert_eq!(vendor.tried(&path, "orders").await.error(422), "invalid", "{more}");
    }
    assert!(vendor.upstream.calls().is_empty());
    let viewer = vendor.app.token(Role::Viewer).await;
    let refused = vendor.app.post(&format!("{path}/triggers/orders/try")).bearer(&viewer).send().await;
    assert_eq!(refused.status, 403);
    vendor.upstream.behave(Behaviour::json(500, &json!({ "message": "hunter22-key is broken" })));
    let down = vendor.tried(&path, "orders").await;
    assert_eq!(down.error(502), "account.unavailable");
    assert!(!down.text().contains("hunter22"), "{}", down.text());
    vendor.upstream.behave(Behaviour::status(401));
    assert_eq!(vendor.tried(&path, "orders").await.error(409), "connection.needs_reauth");
}

#[tokio::test]
async fn states_are_shown_and_nothing_held_cannot_be_decided() {
    let vendor = Vendor::new().await;
    let (workflow, _) = vendor.app.import(vendor.definition(json!({}))).await;
    let path = format!("/api/v1/workflows/{workflow}/triggers");
    let states = vendor.app.get(&format!("{path}/state")).owner().send().await.ok();
    assert_eq!(states, json!({ "items": [] }), "it has not looked yet");
    let decide = |choice: &str| vendor.app.post(&format!("{path}/orders/held")).owner().json(json!({ "choice": choice }));
    assert_eq!(decide("take").send().await.error(422), "invalid");
    assert_eq!(decide("perhaps").send().await.status, 400);
    let viewer = vendor.app.token(Role::Maker).await;
    let refused = vendor.app.post(&format!("{path}/orders/held")).bearer(&viewer).json(json!({ "choice": "take" })).send().await;
    assert_eq!(refused.status, 403);
    // A look that holds, as the trigger's job writes it.
    let scope = store::Scope::system(vendor.app.store.workspaces().await.unwrap()[0].id);
    let look = store::PollLook {
        workspace: scope.workspace,
        workflow,
        trigger: "orders".into(),
        version: 1,
        seq: None,
        state: store::PollState {
            phase: store::PollPhase::Held,
            waiting: 150,
            found: 150,
            left_out: 1,
            left_out_why: Some("no key".into()),
            note: Some("150 new items came at once.".into()),
            ..store::PollState::default()
        },
        known: Vec::new(),
        keep_ms: 0,
        told: None,
    };
    vendor.app.store.commit_look(look, Vec::new()).await.unwrap().unwrap();
    let state = vendor.app.get(&format!("{path}/state")).owner().send().await.ok()["items"][0].clone();
    let wanted = json!({
        "trigger": "orders", "phase": "held", "found": 150, "waiting": 150, "left_out": 1, "left_out_why": "no key", "failures": 0,
        "note": "150 new items came at once.",
    });
    assert_eq!(state, wanted);
    let after = decide("skip").send().await.ok();
    assert_eq!((&after["items"][0]["phase"], &after["items"][0]["waiting"]), (&json!("first"), &json!(0)));
    assert_eq!(decide("skip").send().await.error(422), "invalid", "once");
}

#[tokio::test]
async fn a_connection_that_a_trigger_uses_stays() {
    let vendor = Vendor::new().await;
    vendor.draft(json!({})).await;
    let path = format!("/api/v1/connections/{}", vendor.connection);
    assert_eq!(vendor.app.delete(&path).owner().send().await.status, 422);
    let kept = vendor.app.get("/api/v1/connections").owner().send().await.ok();
    assert_eq!(kept["items"][0]["used_by"], 1);
}

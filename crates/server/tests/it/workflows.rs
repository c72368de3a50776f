use model::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, definition};

async fn made(app: &TestApp) -> (Value, String) {
    let made =
        app.post("/api/v1/workflows").owner().json(json!({ "name": " Orders ", "definition": definition() })).send().await.ok();
    let path = format!("/api/v1/workflows/{}", made["id"].as_str().unwrap());
    (made, path)
}

#[tokio::test]
async fn a_workflow_is_made_renamed_listed_and_deleted() {
    let app = TestApp::init().await.with_owner().await;
    let (made, path) = made(&app).await;
    assert_eq!(
        (made["name"].as_str(), made["state"].as_str(), made["draft_changed"].as_bool()),
        (Some("Orders"), Some("off"), Some(true))
    );
    let hook = &made["hooks"][0];
    let url = hook["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:8080/hooks/") && url.len() > 50, "{url}");
    assert_eq!((hook["test_url"].as_str(), hook["has_secret"].as_bool()), (Some(format!("{url}/test").as_str()), Some(false)));

    let renamed = app.request(axum::http::Method::PATCH, &path).owner().json(json!({ "name": "Sales" })).send().await.ok();
    assert_eq!(renamed["name"], "Sales");
    let list = app.get("/api/v1/workflows?search=sal").owner().send().await.ok();
    assert_eq!(
        (list["items"][0]["name"].as_str(), list["items"][0]["triggers"].clone()),
        (Some("Sales"), json!(["webhook", "manual"]))
    );
    assert_eq!(app.get("/api/v1/workflows?search=nothing").owner().send().await.ok()["items"], json!([]));
    app.delete(&path).owner().send().await.ok();
    app.get(&path).owner().send().await.error(404);
    assert_eq!(app.post("/api/v1/workflows").owner().json(json!({ "name": "  " })).send().await.error(422), "invalid");
}

#[tokio::test]
async fn hooks_begin_with_the_public_address() {
    let app = TestApp::with(|options| options.public_url = Some("https://patchbay.example.com/".parse().unwrap()))
        .await
        .with_owner()
        .await;
    let (made, _) = made(&app).await;
    assert!(made["hooks"][0]["url"].as_str().unwrap().starts_with("https://patchbay.example.com/hooks/"), "{made}");
}

#[tokio::test]
async fn a_draft_is_saved_only_on_the_revision_it_was_based_on() {
    let app = TestApp::init().await.with_owner().await;
    let (made, path) = made(&app).await;
    let save = |rev: &Value| app.put(&format!("{path}/draft")).owner().json(json!({ "rev": rev, "definition": definition() }));
    let saved = save(&made["draft_rev"]).send().await.ok();
    assert!(saved["rev"].as_i64() > made["draft_rev"].as_i64());
    let conflict = save(&made["draft_rev"]).send().await;
    assert_eq!(conflict.error(409), "conflict");
    assert_eq!(conflict.details()["current"], saved["rev"]);
    let publish = app.post(&format!("{path}/publish")).owner().json(json!({ "rev": made["draft_rev"] })).send().await;
    assert_eq!(publish.error(409), "conflict");
}

#[tokio::test]
async fn publishing_makes_a_version_and_switches_are_separate() {
    let app = TestApp::init().await.with_owner().await;
    let (made, path) = made(&app).await;
    let body = json!({ "rev": made["draft_rev"], "note": "First", "turn_on": true });
    let published = app.post(&format!("{path}/publish")).owner().json(body).send().await.ok();
    assert_eq!(published, json!({ "version": 1, "state": "on" }));
    let versions = app.get(&format!("{path}/versions")).owner().send().await.ok();
    assert_eq!((versions["items"][0]["note"].as_str(), versions["items"][0]["live"].as_bool()), (Some("First"), Some(true)));
    let version = app.get(&format!("{path}/versions/1")).owner().send().await.ok();
    assert_eq!(version["definition"]["body"], json!(["name"]));
    app.get(&format!("{path}/versions/2")).owner().send().await.error(404);
    app.get(&format!("{path}/versions/one")).owner().send().await.error(400);
    for state in ["paused", "on", "off"] {
        let switched = app.post(&format!("{path}/state")).owner().json(json!({ "state": state })).send().await.ok();
        assert_eq!((switched["state"].as_str(), switched["live_version"].as_i64()), (Some(state), Some(1)));
    }
}

#[tokio::test]
async fn an_import_can_be_published_by_operators_only() {
    let app = TestApp::init().await.with_owner().await;
    let body = json!({ "name": "Orders", "definition": definition(), "publish": true });
    let maker = app.token(Role::Maker).await;
    let refused = app.post("/api/v1/workflows/import").bearer(&maker).json(body.clone()).send().await;
    assert_eq!((refused.error(403), refused.details()["needed"].as_str()), ("forbidden".into(), Some("operator")));
    assert_eq!(app.get("/api/v1/workflows").owner().send().await.ok()["items"], json!([]));
    let operator = app.token(Role::Operator).await;
    let import = app.post("/api/v1/workflows/import").bearer(&operator).json(body).send().await.ok();
    assert_eq!(import["version"], 1);
    let hook = import["hook_url"].as_str().unwrap();
    let answer = app.post(&hook[hook.find("/hooks/").unwrap()..]).json(json!({ "n": 1 })).send().await.ok();
    assert!(answer["run"].as_str().unwrap().starts_with("run_"));
}

#[tokio::test]
async fn a_webhooks_secret_is_set_and_never_shown() {
    let app = TestApp::init().await.with_owner().await;
    let mut def = definition();
    def["triggers"][0]["kind"]["verify"] = json!({ "type": "shared_secret", "header": "x-secret" });
    let (workflow, hook) = app.import(def).await;
    let path = format!("/api/v1/workflows/{workflow}");
    app.post(&hook).json(json!({})).send().await.error(401);
    app.put(&format!("{path}/triggers/hook/secret")).owner().json(json!({ "secret": "hunter2hunter2" })).send().await.ok();
    let shown = app.get(&path).owner().send().await;
    assert_eq!(shown.ok()["hooks"][0]["has_secret"], true);
    assert!(!shown.text().contains("hunter2"));
    app.post(&hook).json(json!({})).header("x-secret", "wrong").send().await.error(401);
    app.post(&hook).json(json!({})).header("x-secret", "hunter2hunter2").send().await.ok();
    app.put(&format!("{path}/triggers/hook/secret")).owner().json(json!({ "secret": "another one" })).send().await.ok();
    app.post(&hook).json(json!({})).header("x-secret", "hunter2hunter2").send().await.error(401);
    app.put(&format!("{path}/triggers/hook/secret")).owner().json(json!({ "secret": null })).send().await.ok();
    assert_eq!(app.get(&path).owner().send().await.ok()["hooks"][0]["has_secret"], false);
    app.put(&format!("{path}/triggers/ghost/secret")).owner().json(json!({ "secret": "x" })).send().await.error(404);
    app.put(&format!("{path}/triggers/form/secret")).owner().json(json!({ "secret": "x" })).send().await.error(422);
}

#[tokio::test]
async fn a_person_can_start_and_test_a_workflow() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, _) = app.import(definition()).await;
    let path = format!("/api/v1/workflows/{workflow}");
    let started = app.post(&format!("{path}/run")).owner().json(json!({ "trigger": "form", "body": {} })).send().await.ok();
    assert!(started["run"].as_str().unwrap().starts_with("run_"));
    let body = json!({ "definition": definition(), "trigger": "hook", "event": { "body": { "n": 1 } } });
    let tested = app.post(&format!("{path}/test")).owner().json(body).send().await.ok();
    let run = app.get(&format!("/api/v1/runs/{}", tested["run"].as_str().unwrap())).owner().send().await.ok();
    assert_eq!((run["run"]["kind"].as_str(), run["event"]["body"]["n"].as_i64()), (Some("test"), Some(1)));
    app.post(&format!("{path}/run")).owner().json(json!({ "trigger": "ghost" })).send().await.error(409);
}

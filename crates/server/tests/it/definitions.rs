//! Definitions that contradict themselves are refused with everything that is wrong with them, and nothing is saved.

use serde_json::{Value, json};

use crate::app::{TestApp, definition};

fn codes(details: &Value) -> Vec<String> {
    details["problems"].as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap().to_owned()).collect()
}

fn broken() -> Value {
    let mut broken = definition();
    broken["steps"]["dance"] = json!({ "slug": "dance", "label": "Dance", "kind": { "type": "dance" } });
    broken["steps"]["late"] = json!({ "slug": "late", "label": "Late", "kind": { "type": "set", "fields": [
        { "name": "x", "value": { "template": [{ "pill": { "source": { "step": "nowhere" }, "path": ["y"] } }] } },
    ] } });
    broken["body"] = json!(["name", "dance", "late", "ghost"]);
    broken["triggers"][1]["kind"] = json!({ "type": "telepathy" });
    broken
}

#[tokio::test]
async fn every_problem_is_listed_and_nothing_saved() {
    let app = TestApp::init().await.with_owner().await;
    for (path, body) in [
        ("/api/v1/workflows", json!({ "name": "x", "definition": broken() })),
        ("/api/v1/workflows/import", json!({ "name": "x", "definition": broken() })),
    ] {
        let answer = app.post(path).owner().json(body).send().await;
        assert_eq!(answer.error(422), "definition.invalid");
        let codes = codes(&answer.details());
        let text = answer.details().to_string();
        assert!(codes.iter().any(|c| c == "definition.unknown_kind"), "{text}");
        assert!(codes.iter().any(|c| c == "definition.unknown_trigger"), "{text}");
        assert!(text.contains("ghost"), "the dangling id: {text}");
        assert!(text.contains("late"), "the missing reference: {text}");
        assert!(codes.len() >= 4, "{text}");
    }
    assert_eq!(app.get("/api/v1/workflows").owner().send().await.ok()["items"], json!([]));
}

#[tokio::test]
async fn dangling_ids_alone_are_listed_too() {
    let app = TestApp::init().await.with_owner().await;
    let mut def = definition();
    def["body"] = json!(["name", "ghost", "phantom", "name"]);
    let answer = app.post("/api/v1/workflows").owner().json(json!({ "name": "x", "definition": def })).send().await;
    assert_eq!(answer.error(422), "definition.invalid");
    let text = answer.details().to_string();
    assert!(text.contains("ghost") && text.contains("phantom"), "{text}");
    assert!(codes(&answer.details()).len() >= 3, "{text}");
}

#[tokio::test]
async fn a_broken_draft_leaves_the_saved_one_as_it_was() {
    let app = TestApp::init().await.with_owner().await;
    let made = app.post("/api/v1/workflows").owner().json(json!({ "name": "x", "definition": definition() })).send().await.ok();
    let path = format!("/api/v1/workflows/{}", made["id"].as_str().unwrap());
    let save = json!({ "rev": made["draft_rev"], "definition": broken() });
    assert_eq!(app.put(&format!("{path}/draft")).owner().json(save).send().await.error(422), "definition.invalid");
    let kept = app.get(&path).owner().send().await.ok();
    assert_eq!((&kept["draft_rev"], &kept["draft"]), (&made["draft_rev"], &made["draft"]));
}

#[tokio::test]
async fn an_unfinished_draft_is_saved_but_not_published() {
    let app = TestApp::init().await.with_owner().await;
    let made = app.post("/api/v1/workflows").owner().json(json!({ "name": "x", "definition": definition() })).send().await.ok();
    let path = format!("/api/v1/workflows/{}", made["id"].as_str().unwrap());
    let mut def = definition();
    def["steps"]["call"] = json!({ "slug": "call", "label": "Call", "kind": {
        "type": "action", "connector": "http", "version": 1, "operation": "request", "connection": "con_0000000000001", "input": {},
    } });
    def["body"] = json!(["name", "call"]);
    let saved =
        app.put(&format!("{path}/draft")).owner().json(json!({ "rev": made["draft_rev"], "definition": def })).send().await.ok();
    let found = codes(&saved);
    assert!(found.contains(&"definition.unknown_connection".to_owned()), "{found:?}");
    let publish = app.post(&format!("{path}/publish")).owner().json(json!({ "rev": saved["rev"] })).send().await;
    assert_eq!(publish.error(422), "definition.invalid");
    let listed = codes(&publish.details());
    assert!(listed.len() >= 2 && listed.contains(&"definition.unknown_connection".to_owned()), "{listed:?}");
    let import = json!({ "name": "x", "definition": def, "publish": true });
    assert_eq!(app.post("/api/v1/workflows/import").owner().json(import).send().await.error(422), "definition.invalid");
    assert_eq!(app.get("/api/v1/workflows").owner().send().await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_missing_reference_is_refused_from_outside_and_kept_in_a_draft() {
    let app = TestApp::init().await.with_owner().await;
    let made = app.post("/api/v1/workflows").owner().json(json!({ "name": "x", "definition": definition() })).send().await.ok();
    let mut def = definition();
    def["steps"]["name"]["kind"]["fields"][0]["value"] =
        json!({ "template": [{ "pill": { "source": { "step": "gone" }, "path": ["y"] } }] });
    for path in ["/api/v1/workflows", "/api/v1/workflows/import"] {
        let answer = app.post(path).owner().json(json!({ "name": "y", "definition": def })).send().await;
        assert_eq!(answer.error(422), "definition.invalid");
        assert_eq!(codes(&answer.details()), ["definition.unknown_reference"]);
    }
    let path = format!("/api/v1/workflows/{}/draft", made["id"].as_str().unwrap());
    let saved = app.put(&path).owner().json(json!({ "rev": made["draft_rev"], "definition": def })).send().await.ok();
    assert_eq!(codes(&saved), ["definition.unknown_reference"]);
}

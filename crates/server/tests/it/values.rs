use model::{Role, ids::WorkflowId};
use serde_json::json;

use crate::app::{TestApp, definition};

#[tokio::test]
async fn stored_values_are_looked_at_and_mended() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, _) = app.import(definition()).await;
    let one = |key: &str| format!("/api/v1/values/one?workflow={workflow}&key={key}");
    let set =
        app.put(&one("a%2Fb%20%C3%A9")).owner().json(json!({ "value": { "n": 9_007_199_254_740_993_i64 } })).send().await.ok();
    assert_eq!(app.get(&one("a%2Fb%20%C3%A9")).owner().send().await.ok(), set);
    assert_eq!((&set["key"], &set["value"]["n"]), (&json!("a/b é"), &json!(9_007_199_254_740_993_i64)));
    let stale = app.put(&one("a%2Fb%20%C3%A9")).owner().json(json!({ "value": 1, "version": 7 })).send().await;
    assert_eq!((stale.error(409), stale.details()["current"].clone()), ("conflict".into(), set["version"].clone()));
    for key in ["..", "%27%3B", "__proto__", "%25"] {
        app.put(&one(key)).owner().json(json!({ "value": null })).send().await.ok();
    }
    let list = app.get(&format!("/api/v1/values?workflow={workflow}&limit=200")).owner().send().await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 5);
    assert!(app.get("/api/v1/values").owner().send().await.ok()["items"].as_array().unwrap().is_empty());
    app.delete(&one("..")).owner().send().await.ok();
    assert_eq!(app.get(&one("..")).owner().send().await.error(404), "not_found");
}

#[tokio::test]
async fn values_have_bounds_and_are_for_makers() {
    let app = TestApp::init().await.with_owner().await;
    let put = |key: &str, body| app.put(&format!("/api/v1/values/one?key={key}")).owner().json(body);
    assert_eq!(put("k", json!({ "value": "x".repeat(256 * 1024) })).send().await.error(422), "invalid");
    assert_eq!(put(&"k".repeat(201), json!({ "value": 1 })).send().await.error(422), "invalid");
    assert_eq!(put("", json!({ "value": 1 })).send().await.error(422), "invalid");
    assert_eq!(put("k", json!({ "valeu": 1 })).send().await.error(400), "json.invalid");
    let viewer = app.token(Role::Viewer).await;
    assert_eq!(app.get("/api/v1/values").bearer(&viewer).send().await.error(403), "forbidden");
    let foreign = format!("/api/v1/values/one?key=k&workflow={}", WorkflowId(9));
    assert_eq!(app.put(&foreign).owner().json(json!({ "value": 1 })).send().await.error(404), "not_found");
}

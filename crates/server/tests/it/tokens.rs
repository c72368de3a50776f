use model::Role;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_token_is_shown_once_listed_and_revoked() {
    let app = TestApp::init().await.with_owner().await;
    let created = app.post("/api/v1/tokens").owner().json(json!({ "name": " CI ", "role": "maker" })).send().await.ok();
    let (secret, id) = (created["secret"].as_str().unwrap(), created["token"]["id"].as_str().unwrap());
    assert!(secret.starts_with("pb_") && secret.len() > 40);
    assert!(secret.starts_with(created["token"]["prefix"].as_str().unwrap()));
    let list = app.get("/api/v1/tokens").owner().send().await;
    assert!(!list.text().contains(secret));
    assert_eq!(list.ok()["items"][0]["name"], "CI");
    app.get("/api/v1/me").bearer(secret).send().await.ok();
    app.delete(&format!("/api/v1/tokens/{id}")).owner().send().await.ok();
    app.get("/api/v1/me").bearer(secret).send().await.error(401);
    app.delete(&format!("/api/v1/tokens/{id}")).owner().send().await.error(404);
}

#[tokio::test]
async fn an_expired_token_is_none() {
    let app = TestApp::init().await.with_owner().await;
    let past = app.post("/api/v1/tokens").owner().json(json!({ "name": "x", "role": "viewer", "expires_at": 1000 })).send().await;
    assert_eq!(past.error(422), "invalid");
    let soon = app.store.now().plus_ms(300).ms();
    let created =
        app.post("/api/v1/tokens").owner().json(json!({ "name": "x", "role": "viewer", "expires_at": soon })).send().await.ok();
    let secret = created["secret"].as_str().unwrap();
    app.get("/api/v1/me").bearer(secret).send().await.ok();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    app.get("/api/v1/me").bearer(secret).send().await.error(401);
}

#[tokio::test]
async fn names_are_needed() {
    let app = TestApp::init().await.with_owner().await;
    let answer = app.post("/api/v1/tokens").owner().json(json!({ "name": "  ", "role": Role::Viewer })).send().await;
    assert_eq!(answer.details()["path"], "name");
    let answer = app.post("/api/v1/tokens").owner().json(json!({ "name": "x", "role": "emperor" })).send().await;
    assert_eq!(answer.error(400), "json.invalid");
    assert_eq!(answer.details()["path"], "role");
}

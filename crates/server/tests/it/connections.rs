use serde_json::json;

use crate::app::{TestApp, definition};

#[tokio::test]
async fn a_connection_keeps_its_secret_to_itself() {
    let app = TestApp::init().await.with_owner().await;
    let body = json!({
        "connector": "http", "method": "bearer", "label": "CRM", "hosts": ["API.example.com"], "values": { "token": "s3cret-value" },
    });
    let made = app.post("/api/v1/connections").owner().json(body).send().await;
    let connection = made.ok();
    assert_eq!((connection["status"].as_str(), &connection["hosts"]), (Some("active"), &json!(["api.example.com"])));
    let path = format!("/api/v1/connections/{}", connection["id"].as_str().unwrap());
    let renamed = app.put(&path).owner().json(json!({ "label": "Our CRM" })).send().await;
    assert_eq!(renamed.ok()["label"], "Our CRM");
    let elsewhere = app.put(&path).owner().json(json!({ "hosts": ["api.example.com", "evil.example.com"] })).send().await;
    assert_eq!((elsewhere.error(422), elsewhere.details()["path"].as_str()), ("invalid".into(), Some("hosts")));
    let replaced = app.put(&path).owner().json(json!({ "values": { "token": "another-s3cret" } })).send().await;
    let list = app.get("/api/v1/connections").owner().send().await;
    for answer in [&made, &renamed, &replaced, &list] {
        assert!(!answer.text().contains("s3cret"), "{}", answer.text());
    }
    let database = std::fs::read(app.dir.path().join("patchbay.db")).unwrap();
    let wal = std::fs::read(app.dir.path().join("patchbay.db-wal")).unwrap_or_default();
    for file in [database, wal] {
        assert!(!file.windows(6).any(|bytes| bytes == b"s3cret"), "the secret lies open in the database");
    }
    app.delete(&path).owner().send().await.ok();
    app.put(&path).owner().json(json!({ "label": "x" })).send().await.error(404);
}

#[tokio::test]
async fn what_does_not_fit_is_said_without_the_secret() {
    let app = TestApp::init().await.with_owner().await;
    let good = json!({ "connector": "http", "method": "basic", "label": "x", "hosts": ["a.example.com"], "values": { "username": "u" } });
    for (field, value, path) in [
        ("connector", json!("telnet"), "connector"),
        ("method", json!("oauth"), "method"),
        ("label", json!(""), "label"),
        ("hosts", json!([]), "hosts"),
        ("hosts", json!(["a.example.com", "https://b.example.com"]), "hosts[1]"),
        ("hosts", json!(["*.com"]), "hosts[0]"),
        ("values", json!({}), "values.username"),
        ("values", json!({ "username": "u", "tokn": "s3cret" }), "values.tokn"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = app.post("/api/v1/connections").owner().json(body).send().await;
        assert_eq!((answer.error(422), answer.details()["path"].as_str()), ("invalid".into(), Some(path)), "{}", answer.text());
        assert!(!answer.text().contains("s3cret"));
    }
    assert_eq!(app.get("/api/v1/connections").owner().send().await.ok()["items"], json!([]));
}

#[tokio::test]
async fn one_in_use_is_not_deleted() {
    let app = TestApp::init().await.with_owner().await;
    let body = json!({ "connector": "http", "method": "bearer", "label": "CRM", "hosts": ["a.example.com"], "values": { "token": "x" } });
    let connection = app.post("/api/v1/connections").owner().json(body).send().await.ok();
    let mut def = definition();
    def["steps"]["call"] = json!({ "slug": "call", "label": "Call", "kind": {
        "type": "action", "connector": "http", "version": 1, "operation": "request", "connection": connection["id"], "input": {},
    } });
    def["body"] = json!(["name", "call"]);
    app.post("/api/v1/workflows").owner().json(json!({ "name": "x", "definition": def })).send().await.ok();
    let path = format!("/api/v1/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(app.delete(&path).owner().send().await.error(422), "invalid");
    assert_eq!(app.get("/api/v1/connections").owner().send().await.ok()["items"][0]["used_by"], 1);
    let detail = app.get(&path).owner().send().await.ok();
    assert_eq!(detail["connection"]["label"], "CRM");
    let uses = detail["workflows"].as_array().unwrap();
    assert_eq!((uses.len(), &uses[0]["name"], &uses[0]["live"]), (1, &json!("x"), &json!(false)), "the draft alone");
    app.get("/api/v1/connections/con_0000000000001").owner().send().await.error(404);
}

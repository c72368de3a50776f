//! Writes with a cookie come from our own pages only.

use serde_json::json;

use crate::app::{EMAIL, PASSWORD, TestApp};

#[tokio::test]
async fn another_websites_page_cannot_write() {
    let app = TestApp::init().await.with_owner().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example.com"),
        ("origin", "null"),
    ] {
        let write = app.post("/api/v1/workflows").owner().header(name, value).json(json!({ "name": "x" }));
        assert_eq!(write.send().await.error(403), "origin", "{name}: {value}");
        let sign_in = app.post("/api/v1/sign-in").header(name, value).json(json!({ "email": EMAIL, "password": PASSWORD }));
        assert_eq!(sign_in.send().await.error(403), "origin", "{name}: {value}");
        app.get("/api/v1/me").owner().header(name, value).send().await.ok();
    }
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8080")] {
        app.post("/api/v1/workflows").owner().header(name, value).json(json!({ "name": "x" })).send().await.ok();
    }
}

#[tokio::test]
async fn a_form_of_another_website_is_no_json() {
    let app = TestApp::init().await.with_owner().await;
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let write = app.post("/api/v1/workflows").owner().header("content-type", media_type).body(r#"{"name":"x"}"#);
        assert_eq!(write.send().await.error(415), "media_type");
    }
}

#[tokio::test]
async fn tokens_are_no_cookies_and_need_no_origin() {
    let app = TestApp::init().await.with_owner().await;
    let token = app.token(model::Role::Maker).await;
    let write =
        app.post("/api/v1/workflows").bearer(&token).header("origin", "https://scripts.example.com").json(json!({ "name": "x" }));
    write.send().await.ok();
}

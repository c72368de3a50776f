use serde_json::json;

use crate::app::{EMAIL, PASSWORD, TestApp, new_owner};

#[tokio::test]
async fn before_the_owner_only_the_way_to_create_one_is_served() {
    let app = TestApp::init().await;
    for path in ["/api/v1/me", "/api/v1/workflows", "/api/v1/openapi.json", "/api/v1/nothing", "/metrics", "/api/v1/stream"] {
        assert_eq!(app.get(path).send().await.error(403), "setup_required", "{path}");
    }
    let sign_in = app.post("/api/v1/sign-in").json(json!({ "email": EMAIL, "password": PASSWORD })).send().await;
    assert_eq!(sign_in.error(403), "setup_required");
    for path in ["/hooks/abc", "/hooks/abc/test"] {
        let answer = app.post(path).body("{}").send().await;
        assert_eq!(answer.error(403), "setup_required", "{path}");
        assert_eq!(answer.header("content-security-policy"), "sandbox allow-forms");
    }
    assert_eq!(app.get("/healthz").send().await.status, 200);
    assert_eq!(app.get("/api/v1/setup").send().await.ok(), json!({ "needs_owner": true }));
}

#[tokio::test]
async fn the_owner_is_created_once_and_signed_in() {
    let app = TestApp::init().await.with_owner().await;
    let me = app.get("/api/v1/me").owner().send().await.ok();
    assert_eq!((me["user"]["email"].as_str(), me["role"].as_str()), (Some(EMAIL), Some("owner")));
    assert_eq!(me["public_url"], "http://127.0.0.1:8080");
    assert_eq!(app.get("/api/v1/setup").send().await.ok(), json!({ "needs_owner": false }));
    assert_eq!(app.post("/api/v1/setup").json(new_owner()).send().await.error(409), "exists");
}

#[tokio::test]
async fn a_wrong_token_creates_nothing() {
    let app = TestApp::init().await;
    for token in ["", "wrong", "a-token-printed-at-star"] {
        let mut body = new_owner();
        body["token"] = token.into();
        app.post("/api/v1/setup").json(body).send().await.error(403);
    }
    assert!(app.store.needs_owner().await.unwrap());

    let closed = TestApp::with(|options| options.setup_token = None).await;
    let mut body = new_owner();
    body["token"] = "".into();
    assert_eq!(closed.post("/api/v1/setup").json(body).send().await.error(403), "invalid");
}

#[tokio::test]
async fn the_token_cannot_be_guessed_at_speed() {
    let app = TestApp::init().await;
    let mut body = new_owner();
    body["token"] = "guess".into();
    let mut refused = 0;
    for _ in 0..70 {
        let answer = app.post("/api/v1/setup").json(body.clone()).send().await;
        if answer.status == 429 {
            refused += 1;
            assert_ne!(answer.header("retry-after"), "");
        }
    }
    assert!(refused > 5, "{refused}");
}

#[tokio::test]
async fn what_is_wrong_with_the_new_owner_is_said() {
    let app = TestApp::init().await;
    for (field, value) in [("password", "short"), ("email", "not an address"), ("name", " "), ("workspace", "")] {
        let mut body = new_owner();
        body[field] = value.into();
        let answer = app.post("/api/v1/setup").json(body).send().await;
        assert_eq!(answer.error(422), "invalid");
        assert_eq!(answer.details()["path"], field);
    }
    assert!(app.store.needs_owner().await.unwrap());
}

#[tokio::test]
async fn the_session_cookie_is_kept_from_scripts_and_plain_http() {
    let plain = TestApp::init().await;
    let answer = plain.post("/api/v1/setup").json(new_owner()).send().await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(answer.header("strict-transport-security"), "");

    let secure = TestApp::with(|options| options.public_url = Some("https://patchbay.example.com".parse().unwrap())).await;
    let answer = secure.post("/api/v1/setup").json(new_owner()).send().await;
    assert!(answer.header("set-cookie").contains("Secure"), "{}", answer.header("set-cookie"));
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}

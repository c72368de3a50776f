use model::Role;
use serde_json::json;

use crate::app::{EMAIL, PASSWORD, TestApp, TestResponse};

async fn attempt(app: &TestApp, email: &str, password: &str, ip: &str) -> TestResponse {
    app.post("/api/v1/sign-in").from(ip).json(json!({ "email": email, "password": password })).send().await
}

#[tokio::test]
async fn signs_in_whatever_the_case_of_the_address() {
    let app = TestApp::init().await.with_owner().await;
    let answer = attempt(&app, " ADA@Example.com ", PASSWORD, "192.0.2.1").await;
    assert_eq!(answer.ok()["user"]["email"], EMAIL);
    let cookie = answer.session().unwrap();
    app.get("/api/v1/me").header("cookie", &cookie).send().await.ok();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let app = TestApp::init().await.with_owner().await;
    let wrong = attempt(&app, EMAIL, "wrong password", "192.0.2.1").await;
    let unknown = attempt(&app, "nobody@example.com", "wrong password", "192.0.2.1").await;
    assert_eq!(wrong.error(401), "unauthorized");
    assert_eq!(wrong.body, unknown.body);
    assert!(wrong.session().is_none() && unknown.session().is_none());
}

#[tokio::test]
async fn guessing_is_slowed_down_per_address_and_account() {
    let app = TestApp::init().await.with_owner().await;
    for _ in 0..5 {
        attempt(&app, EMAIL, "wrong password", "192.0.2.1").await.error(401);
    }
    let refused = attempt(&app, EMAIL, PASSWORD, "192.0.2.1").await;
    assert_eq!(refused.error(429), "too_many_attempts");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(
        attempt(&app, EMAIL.to_uppercase().as_str(), PASSWORD, "192.0.2.1").await.status,
        429,
        "the case of the address is no way out"
    );
    attempt(&app, EMAIL, PASSWORD, "192.0.2.2").await.ok();
}

#[tokio::test]
async fn guessing_from_many_addresses_is_slowed_down_too() {
    let app = TestApp::init().await.with_owner().await;
    let mut statuses = Vec::new();
    for n in 0..36 {
        statuses.push(attempt(&app, "bob@example.com", "wrong password", &format!("198.51.100.{n}")).await.status);
    }
    assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 30, "{statuses:?}");
    assert!(statuses[30..].iter().all(|s| *s == 429), "{statuses:?}");
}

#[tokio::test]
async fn signing_in_often_is_fine() {
    let app = TestApp::init().await.with_owner().await;
    for _ in 0..12 {
        attempt(&app, EMAIL, PASSWORD, "192.0.2.1").await.ok();
    }
}

#[tokio::test]
async fn a_session_id_from_before_signing_in_is_worth_nothing() {
    let app = TestApp::init().await.with_owner().await;
    // A well-formed id, but nobody's.
    let planted = "patchbay=AAAAAAAAAAAAAAAAAAAAAA";
    let request = app.post("/api/v1/sign-in").header("cookie", planted).json(json!({ "email": EMAIL, "password": PASSWORD }));
    let answer = request.send().await;
    answer.ok();
    assert_ne!(answer.session().unwrap(), planted);
    app.get("/api/v1/me").header("cookie", planted).send().await.error(401);

    // One that is somebody's: signing in again replaces it.
    let request = app.post("/api/v1/sign-in").owner().json(json!({ "email": EMAIL, "password": PASSWORD }));
    let fresh = request.send().await.session().unwrap();
    assert_ne!(fresh, app.cookie);
    app.get("/api/v1/me").owner().send().await.error(401);
    app.get("/api/v1/me").header("cookie", &fresh).send().await.ok();
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::init().await.with_owner().await;
    let answer = app.post("/api/v1/sign-out").owner().send().await;
    answer.ok();
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{}", answer.header("set-cookie"));
    app.get("/api/v1/me").owner().send().await.error(401);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all() {
    let app = TestApp::init().await.with_owner().await;
    let other = app.sign_in().await;
    let list = app.get("/api/v1/sessions").owner().send().await.ok();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items.iter().filter(|s| s["current"] == true).count(), 1);
    let theirs = items.iter().find(|s| s["current"] == false).unwrap()["id"].as_str().unwrap();
    assert!(!other.contains(theirs) && !app.cookie.contains(theirs), "the list shows nothing to sign in with");
    app.delete(&format!("/api/v1/sessions/{theirs}")).owner().send().await.ok();
    app.get("/api/v1/me").header("cookie", &other).send().await.error(401);
    app.get("/api/v1/me").owner().send().await.ok();

    let third = app.sign_in().await;
    app.delete("/api/v1/sessions").owner().send().await.ok();
    for cookie in [&third, &app.cookie] {
        app.get("/api/v1/me").header("cookie", cookie).send().await.error(401);
    }
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session() {
    let app = TestApp::init().await.with_owner().await;
    let other = app.sign_in().await;
    let change = |current: &str, new: &str| app.post("/api/v1/password").owner().json(json!({ "current": current, "new": new }));
    assert_eq!(change("wrong", "a new long password").send().await.details()["path"], "current");
    assert_eq!(change(PASSWORD, "short").send().await.details()["path"], "new");
    change(PASSWORD, "a new long password").send().await.ok();
    app.get("/api/v1/me").owner().send().await.ok();
    app.get("/api/v1/me").header("cookie", &other).send().await.error(401);
    attempt(&app, EMAIL, PASSWORD, "192.0.2.9").await.error(401);
    attempt(&app, EMAIL, "a new long password", "192.0.2.9").await.ok();
}

#[tokio::test]
async fn a_token_says_who_it_is_and_beats_a_cookie() {
    let app = TestApp::init().await.with_owner().await;
    let viewer = app.token(Role::Viewer).await;
    let me = app.get("/api/v1/me").owner().bearer(&viewer).send().await.ok();
    assert_eq!((me.get("user"), me["role"].as_str()), (None, Some("viewer")));
    app.get("/api/v1/me").owner().bearer("pb_nonsense").send().await.error(401);
    app.get("/api/v1/me").owner().header("authorization", "Basic YTpi").send().await.error(401);
}

//! What is said about requests that do not fit.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn malformed_json_is_400_with_path_and_reason() {
    let app = TestApp::init().await.with_owner().await;
    let post =
        |body: &'static str| app.post("/api/v1/workflows").owner().header("content-type", "application/json").body(body).send();
    let answer = post("{\"name\": \"x\",").await;
    assert_eq!(answer.error(400), "json.malformed");
    assert_eq!((answer.details()["line"].as_i64(), answer.details()["column"].as_i64()), (Some(1), Some(13)));
    let answer = post(r#"{"name": 7}"#).await;
    assert_eq!(answer.error(400), "json.invalid");
    assert_eq!(answer.details()["path"], "name");
    assert!(answer.details()["reason"].as_str().unwrap().contains("expected a string"));
    assert_eq!(post(r#"{"name": "x", "nmae": "y"}"#).await.error(400), "json.invalid");
    assert_eq!(post("").await.error(400), "json.malformed");
    assert_eq!(post(r#"{"name": "x"} {}"#).await.error(400), "json.malformed");
}

#[tokio::test]
async fn deep_and_large_bodies_are_refused() {
    let app = TestApp::with(|options| options.max_body_bytes = 2_000).await.with_owner().await;
    let post = |body: String| app.post("/api/v1/workflows").owner().header("content-type", "application/json").body(body).send();
    let deep = format!(r#"{{"trigger":"hook","event":{}"#, "[".repeat(1_000));
    let path = "/api/v1/workflows/wf_0000000000001/samples";
    let answer = app.post(path).owner().header("content-type", "application/json").body(deep).send().await;
    assert!(answer.error(400) == "json.malformed" && answer.text().contains("recursion"), "{}", answer.text());
    let large = post(format!(r#"{{"name":"{}"}}"#, "x".repeat(2_000))).await;
    assert_eq!(large.error(413), "too_large");
    assert_eq!(large.details()["max_bytes"], 2_000);
}

#[tokio::test]
async fn unknown_ids_and_parameters_are_said() {
    let app = TestApp::init().await.with_owner().await;
    let answer = app.get("/api/v1/runs/run_nonsense").owner().send().await;
    assert_eq!(answer.error(400), "path.invalid");
    assert!(answer.details()["reason"].as_str().unwrap().contains("run_nonsense"), "{}", answer.text());
    assert_eq!(app.get("/api/v1/runs/run_0000000000001").owner().send().await.error(404), "not_found");
    let answer = app.get("/api/v1/runs?workflw=x").owner().send().await;
    assert_eq!((answer.error(400), answer.details()["path"].as_str()), ("query.invalid".into(), Some("workflw")));
    let answer = app.get("/api/v1/runs?limit=many").owner().send().await;
    assert_eq!((answer.error(400), answer.details()["path"].as_str()), ("query.invalid".into(), Some("limit")));
    let answer = app.get("/api/v1/runs?workflow=nonsense").owner().send().await;
    assert_eq!(answer.error(400), "query.invalid");
    app.get("/api/v1/runs?status=nonsense").owner().send().await.error(422);
    app.get("/api/v1/runs?cursor=nonsense").owner().send().await.error(422);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_said_in_json() {
    let app = TestApp::init().await.with_owner().await;
    assert_eq!(app.get("/api/v1/nothing").owner().send().await.error(404), "not_found");
    assert_eq!(app.get("/api/v2/me").header("accept", "text/html").send().await.error(404), "not_found");
    assert_eq!(app.delete("/api/v1/me").owner().send().await.error(405), "method_not_allowed");
    assert_eq!(app.post("/healthz").json(json!({})).send().await.error(405), "method_not_allowed");
}

#[tokio::test]
async fn strangers_may_send_little() {
    let app = TestApp::init().await.with_owner().await;
    let answer = app.post("/api/v1/sign-in").json(json!({ "email": "x".repeat(100_000), "password": "x" })).send().await;
    assert_eq!(answer.error(413), "too_large");
}

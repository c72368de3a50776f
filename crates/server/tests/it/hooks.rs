use axum::{
    body::{Body, Bytes},
    http::Method,
};
use futures_util::stream;
use serde_json::json;

use crate::app::{TestApp, definition};

#[tokio::test]
async fn an_event_is_stored_and_answered_with_its_receipt() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let answer = app.post(&format!("{hook}?source=shop")).header("cookie", &app.cookie).json(json!({ "n": 7 })).send().await;
    let receipt = answer.ok();
    assert_eq!(receipt["duplicate"], false);
    assert_eq!(answer.header("content-security-policy"), "sandbox allow-forms");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.session().is_none(), "hooks have no sessions");
    let event = app.get(&format!("/api/v1/events/{}", receipt["event"].as_str().unwrap())).owner().send().await.ok();
    assert_eq!(event["event"]["workflow"], json!(workflow));
    assert_eq!((&event["data"]["body"]["n"], &event["data"]["query"]["source"]), (&json!(7), &json!("shop")));
    assert!(!event.to_string().contains("patchbay="), "cookies are not kept");
    let run = app.get(&format!("/api/v1/runs/{}", receipt["run"].as_str().unwrap())).owner().send().await.ok();
    assert_eq!(run["run"]["status"], "queued");
}

#[tokio::test]
async fn an_unknown_hook_is_404_and_a_malformed_body_400() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    for path in ["/hooks/nothing", "/hooks/nothing/test"] {
        app.post(path).json(json!({})).send().await.error(404);
    }
    assert_eq!(app.post(&hook).header("content-type", "application/json").body("{").send().await.error(400), "hook.malformed");
    let get = app.get(&hook).send().await;
    assert_eq!((get.error(405), get.header("allow")), ("hook.method".into(), "POST"));
    assert_eq!(app.request(Method::OPTIONS, &hook).send().await.status, 204);
    assert_eq!(app.request(Method::HEAD, &hook).send().await.status, 200);
}

#[tokio::test]
async fn a_large_body_is_413_whether_or_not_it_says_so() {
    let app = TestApp::with(|options| options.max_body_bytes = 1_000).await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let large = format!("\"{}\"", "x".repeat(2_000));
    let said = app.post(&hook).header("content-length", "2002").header("content-type", "application/json").body(large.clone());
    assert_eq!(said.send().await.error(413), "too_large");
    let chunks: Vec<Result<Bytes, std::io::Error>> =
        large.into_bytes().chunks(100).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    let unsaid =
        app.post(&hook).header("content-type", "application/json").body(Body::from_stream(stream::iter(chunks))).send().await;
    assert_eq!(unsaid.error(413), "too_large");
    assert_eq!(unsaid.header("content-security-policy"), "sandbox allow-forms");
    let broken: Vec<Result<Bytes, std::io::Error>> = vec![Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))];
    let cut = app.post(&hook).body(Body::from_stream(stream::iter(broken))).send().await;
    assert_eq!(cut.error(400), "body.broken");
}

#[tokio::test]
async fn the_test_address_captures_a_sample_and_starts_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let captured = app.post(&format!("{hook}/test")).json(json!({ "n": 1 })).send().await.ok();
    assert_eq!(captured["captured"], true);
    let samples = app.get(&format!("/api/v1/workflows/{workflow}/samples")).owner().send().await.ok();
    assert_eq!(
        (samples["triggers"][0]["origin"].as_str(), &samples["triggers"][0]["event"]["body"]["n"]),
        (Some("captured"), &json!(1))
    );
    assert_eq!(app.get("/api/v1/runs?kind=all").owner().send().await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_switched_off_workflow_refuses_and_a_paused_one_holds() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let switch =
        |state: &str| app.post(&format!("/api/v1/workflows/{workflow}/state")).owner().json(json!({ "state": state })).send();
    switch("off").await.ok();
    assert_eq!(app.post(&hook).json(json!({})).send().await.status, 410);
    switch("paused").await.ok();
    let held = app.post(&hook).json(json!({})).send().await;
    assert_eq!((held.status, held.json()["held"].as_bool()), (202, Some(true)));
    let events = app.get("/api/v1/events?state=held").owner().send().await.ok();
    assert_eq!(events["items"].as_array().unwrap().len(), 1);
    switch("on").await.ok();
    let runs = app.get("/api/v1/runs").owner().send().await.ok();
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "going on runs what was held");
}

#[tokio::test]
async fn a_paused_workflow_refuses_where_its_owner_chose_so() {
    let app = TestApp::init().await.with_owner().await;
    let mut def = definition();
    def["settings"] = json!({ "paused_events": "refuse" });
    let (workflow, hook) = app.import(def).await;
    app.post(&format!("/api/v1/workflows/{workflow}/state")).owner().json(json!({ "state": "paused" })).send().await.ok();
    assert_eq!(app.post(&hook).json(json!({})).send().await.status, 410);
}

#[tokio::test]
async fn a_full_disk_refuses_events_and_loses_none() {
    let app = TestApp::with_database(|options| options.max_pages = Some(600), |_| {}).await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let mut acknowledged = 0;
    let refused = loop {
        let answer = app.post(&hook).json(json!({ "text": "x".repeat(100_000) })).send().await;
        if answer.status != 200 {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 100, "the database never fills up");
    };
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert_ne!(refused.header("retry-after"), "");
    assert!(acknowledged > 0);
    let events = app.get("/api/v1/events?limit=200").owner().send().await.ok();
    assert_eq!(events["items"].as_array().unwrap().len(), acknowledged, "all that was acknowledged, and nothing else, is there");
}

#[tokio::test]
async fn an_address_that_is_no_text_is_unknown() {
    let app = TestApp::init().await.with_owner().await;
    let answer = app.post("/hooks/%ff%fe").json(json!({})).send().await;
    assert_eq!((answer.error(404), answer.header("content-security-policy")), ("not_found".into(), "sandbox allow-forms"));
}

#[tokio::test]
async fn a_file_stands_beside_its_event_and_is_only_ever_saved() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let page = "<script>alert(1)</script>";
    let form = format!(
        "--X\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"cv.html\"\r\nContent-Type: text/html\r\n\r\n{page}\r\n--X--\r\n"
    );
    let receipt = app.post(&hook).header("content-type", "multipart/form-data; boundary=X").body(form).send().await.ok();
    let event = format!("/api/v1/events/{}", receipt["event"].as_str().unwrap());
    let detail = app.get(&event).owner().send().await.ok();
    let file = &detail["data"]["body"]["cv"];
    assert_eq!(
        (&file["name"], &file["media_type"], &file["bytes"]),
        (&json!("cv.html"), &json!("text/html"), &json!(page.len()))
    );
    let answer = app.get(&format!("{event}/files/{}", file["sha256"].as_str().unwrap())).owner().send().await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().ends_with(page));
    assert_eq!(answer.header("content-disposition"), "attachment");
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("content-security-policy").contains("sandbox"), "{}", answer.header("content-security-policy"));
    app.get(&format!("{event}/files/{}", "0".repeat(64))).owner().send().await.error(404);
}

use std::collections::HashSet;

use model::{Role, api::StreamEvent, run::RunEventKind};
use serde_json::json;
use store::Then;

use crate::{
    app::{TestApp, definition},
    runs::{Runner, start},
    sse::Reader,
};

async fn open(app: &TestApp, cookie: &str) -> Reader {
    let mut reader = Reader::new(app.get("/api/v1/stream").header("cookie", cookie).open().await);
    assert_eq!(reader.next().await.unwrap().data["type"], "hello");
    reader
}

#[tokio::test]
async fn tells_of_runs_each_once_and_together() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let mut reader = open(&app, &app.cookie).await;
    let mut started = HashSet::new();
    for _ in 0..20 {
        started.insert(start(&app, &hook).await.to_string());
    }
    let mut seen = HashSet::new();
    let mut messages = 0;
    while seen.len() < started.len() {
        let data = reader.next().await.unwrap().data;
        assert_eq!(data["type"], "runs", "{data}");
        let ids: Vec<String> = data["runs"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "each run once");
        seen.extend(ids);
        messages += 1;
    }
    assert_eq!(seen, started);
    assert!(messages < 20, "{messages} messages for 20 runs");
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted], Then::Continue).await;
    assert_eq!(reader.next().await.unwrap().data["runs"][0]["status"], "running");
    assert!(reader.is_quiet().await);
}

#[tokio::test]
async fn runs_come_at_most_eight_times_a_second() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let mut reader = open(&app, &app.cookie).await;
    let began = std::time::Instant::now();
    let count = tokio::spawn(async move {
        let mut messages = 0;
        while tokio::time::timeout(std::time::Duration::from_millis(700), reader.next()).await.is_ok_and(|m| m.is_some()) {
            messages += 1;
        }
        messages
    });
    while began.elapsed().as_millis() < 1_500 {
        start(&app, &hook).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let messages = f64::from(count.await.unwrap());
    assert!(messages <= seconds * 8.0 + 2.0 && messages >= 4.0, "{messages} messages in {seconds} s");
}

#[tokio::test]
async fn tells_of_workflows_and_samples() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let mut reader = open(&app, &app.cookie).await;
    app.post(&format!("{hook}/test")).json(json!({ "n": 1 })).send().await.ok();
    assert_eq!(reader.next().await.unwrap().data, json!({ "type": "sample", "workflow": workflow, "trigger": "hook" }));
    let path = format!("/api/v1/workflows/{workflow}");
    app.post(&format!("{path}/state")).owner().json(json!({ "state": "off" })).send().await.ok();
    assert_eq!(reader.next().await.unwrap().data, json!({ "type": "workflow", "workflow": workflow }));
    app.post(&format!("{path}/samples")).owner().json(json!({ "trigger": "hook", "event": {} })).send().await.ok();
    assert_eq!(reader.next().await.unwrap().data, json!({ "type": "sample", "workflow": workflow, "trigger": "hook" }));
}

#[tokio::test]
async fn ends_with_the_session_or_token_and_not_with_others() {
    let app = TestApp::init().await.with_owner().await;
    let other = app.sign_in().await;
    let mut mine = open(&app, &app.cookie).await;
    let mut theirs = open(&app, &other).await;
    app.post("/api/v1/sign-out").header("cookie", &other).send().await.ok();
    assert_eq!(theirs.next().await, None);
    assert!(mine.is_quiet().await);

    let created = app.post("/api/v1/tokens").owner().json(json!({ "name": "x", "role": Role::Viewer })).send().await.ok();
    let request = app.get("/api/v1/stream").bearer(created["secret"].as_str().unwrap());
    let mut by_token = Reader::new(request.open().await);
    by_token.next().await.unwrap();
    app.delete(&format!("/api/v1/tokens/{}", created["token"]["id"].as_str().unwrap())).owner().send().await.ok();
    assert_eq!(by_token.next().await, None);
}

#[tokio::test]
async fn ends_when_the_server_stops() {
    let app = TestApp::init().await.with_owner().await;
    let mut reader = open(&app, &app.cookie).await;
    app.shutdown.cancel();
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn is_for_members_only_and_passes_proxies() {
    let app = TestApp::init().await.with_owner().await;
    app.get("/api/v1/stream").send().await.error(401);
    let response = app.get("/api/v1/stream").owner().open().await;
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(response.headers()["cache-control"].to_str().unwrap().contains("no-"));
}

#[tokio::test]
async fn a_slow_reader_is_told_that_it_missed_something() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, _) = app.import(definition()).await;
    let me = app.get("/api/v1/me").owner().send().await.ok();
    let workspace = me["workspace"]["id"].as_str().unwrap().parse().unwrap();
    let mut reader = open(&app, &app.cookie).await;
    for _ in 0..100 {
        app.live.publish(workspace, &StreamEvent::Workflow { workflow });
    }
    assert_eq!(reader.next().await.unwrap().data, json!({ "type": "lagged" }));
    assert_eq!(reader.next().await.unwrap().data["type"], "workflow", "then it goes on");
}

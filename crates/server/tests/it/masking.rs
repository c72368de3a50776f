use model::{
    ids::StepPath,
    run::{EffectClass, ErrorClass, RunEventKind, StepError},
};
use serde_json::{Value, json};
use store::{MASK, Then};

use crate::{
    app::{TestApp, definition},
    runs::{Runner, finished},
};

const SECRET: &str = "ada.lovelace@example.com";

fn masked(fields: Value) -> Value {
    let mut definition = definition();
    definition["settings"] = json!({ "masked": fields });
    definition
}

#[tokio::test]
async fn no_page_search_export_or_stream_says_what_is_masked() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(masked(json!([{ "path": "body.email" }, { "step": "name", "path": "who" }]))).await;
    let body = json!({ "email": SECRET, "note": format!("to {SECRET}"), "city": "London" });
    let receipt = app.post(&hook).json(body).send().await.ok();
    let run = receipt["run"].as_str().unwrap().to_owned();
    let event = receipt["event"].as_str().unwrap().to_owned();
    let mut runner = Runner::claim(&app).await;
    let path = StepPath::from("send");
    let long = json!({ "text": format!("{}{SECRET} Grace Hopper", "x".repeat(20_000)) });
    let request = json!({ "url": "https://x.test/?to=ada.lovelace%40example.com" });
    let started = RunEventKind::AttemptStarted {
        path: path.clone(),
        n: 1,
        round: 0,
        key: "k".into(),
        class: EffectClass::Safe,
        timeout_ms: 1_000,
        request: Some(request.into()),
        connection: None,
    };
    let error = StepError::new(ErrorClass::Rejected, "http.status", format!("{SECRET} is a member"));
    let failed = RunEventKind::StepFailed { path: path.clone(), error, continued: false };
    let ready = RunEventKind::StepReady { path, input: json!({ "to": SECRET }).into(), notes: Vec::new() };
    let facts = vec![
        RunEventKind::RunStarted,
        finished("name", json!({ "who": "Grace Hopper" })),
        finished("long", long),
        ready,
        started,
        failed,
    ];
    runner.write(facts, Then::Continue).await;
    runner.fail("send", "http.status", &format!("{SECRET} is a member of Grace Hopper")).await;

    let places = [
        format!("/api/v1/runs/{run}"),
        format!("/api/v1/runs/{run}/journal"),
        format!("/api/v1/runs?workflow={workflow}"),
        format!("/api/v1/events/{event}"),
        "/api/v1/events/export.jsonl".into(),
        "/api/v1/runs/export.csv".into(),
        "/api/v1/runs/export.jsonl".into(),
        format!("/api/v1/runs/groups?workflow={workflow}"),
        format!("/api/v1/workflows/{workflow}/triggers/hook/requests"),
        format!("/api/v1/runs/search?q={}", "lovelace"),
    ];
    for place in &places {
        let answer = app.get(place).owner().send().await;
        assert_eq!(answer.status, 200, "{place}: {}", answer.text());
        let text = answer.text();
        assert!(!text.contains("lovelace@") && !text.contains("lovelace%40") && !text.contains("Grace"), "{place}: {text}");
    }
    let stream = app.get(&format!("/api/v1/runs/{run}/journal")).header("accept", "text/event-stream").owner().send().await;
    assert!(stream.text().contains(MASK) && !stream.text().contains("lovelace") && !stream.text().contains("Grace"));
    let shown = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok();
    assert_eq!(shown["event"]["body"], json!({ "email": MASK, "note": format!("to {MASK}"), "city": "London" }));
    assert_eq!(shown["run"]["error"]["message"], format!("{MASK} is a member of {MASK}"));
    let found = app.get("/api/v1/runs/search?q=london").owner().send().await.text();
    assert!(found.contains(&event), "the rest is found: {found}");

    app.post(&format!("/api/v1/runs/{run}/mend")).owner().json(json!({})).send().await.ok();
    let samples = app.get(&format!("/api/v1/workflows/{workflow}/samples")).owner().send().await;
    assert!(samples.text().contains("London") && !samples.text().contains("lovelace") && !samples.text().contains("Grace"));
}

#[tokio::test]
async fn a_run_whose_values_were_erased_is_not_replayed_with_dots() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(masked(json!([{ "path": "body.email" }]))).await;
    let receipt = app.post(&hook).json(json!({ "email": MASK })).send().await.ok();
    let run = receipt["run"].as_str().unwrap().to_owned();
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted], Then::Continue).await;
    runner.finish().await;
    let answer = app.post(&format!("/api/v1/runs/{run}/replay")).owner().json(json!({})).send().await;
    assert_eq!(answer.error(409), "workflow.closed");
    assert!(answer.text().contains("masked"), "{}", answer.text());
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_a_problem() {
    let app = TestApp::init().await.with_owner().await;
    let body = json!({ "name": "Orders", "definition": masked(json!([{ "path": "a..b" }])), "publish": true });
    let answer = app.post("/api/v1/workflows/import").owner().json(body).send().await;
    assert!(answer.text().contains("settings.masked.0"), "{}", answer.text());
}

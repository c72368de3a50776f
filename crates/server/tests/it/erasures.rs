use model::run::RunEventKind;
use serde_json::json;
use store::Then;

use crate::{
    app::{TestApp, definition},
    runs::Runner,
};

const PERSON: &str = "ann@example.org";

/// What the job's handler does.
async fn carry_on(app: &TestApp) {
    for job in app.store.claim_jobs(&[store::ERASURE], 1, 30_000).await.unwrap() {
        let next = app.store.erase_on(&job).await.unwrap();
        app.store.finish_job(job.id, job.epoch, next, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_person_is_counted_deleted_and_named_nowhere() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let receipt = app.post(&hook).json(json!({ "email": PERSON })).send().await.ok();
    let run = receipt["run"].as_str().unwrap().to_owned();
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted], Then::Continue).await;
    runner.finish().await;
    let begun = app.post("/api/v1/erasures").owner().json(json!({ "value": PERSON })).send().await.ok();
    let path = format!("/api/v1/erasures/{}", begun["id"].as_str().unwrap());
    assert_eq!(begun["state"], "counting");
    let early = app.post(&format!("{path}/carry-out")).owner().json(json!({ "kept_values": false })).send().await;
    assert!((400..500).contains(&early.status), "{}", early.text());
    carry_on(&app).await;
    let counted = app.get(&path).owner().send().await.ok();
    assert_eq!((counted["state"].as_str(), counted["counts"][0]["runs"].as_u64()), (Some("counted"), Some(1)));
    assert_eq!(counted["counts"][0]["workflow"], workflow.to_string());
    app.post(&format!("{path}/carry-out")).owner().json(json!({ "kept_values": false })).send().await.ok();
    carry_on(&app).await;
    assert_eq!(app.get(&path).owner().send().await.ok()["state"], "finished");
    app.get(&format!("/api/v1/runs/{run}")).owner().send().await.error(404);
    let everything =
        [app.get("/api/v1/erasures").owner().send().await.text(), app.get("/api/v1/activity").owner().send().await.text()];
    assert!(everything[1].contains("person.erased") && !everything.concat().contains("ann@"), "{everything:?}");
}

#[tokio::test]
async fn too_short_a_value_is_refused_in_words() {
    let app = TestApp::init().await.with_owner().await;
    for value in ["", "ann", &"x".repeat(10_000)] {
        let answer = app.post("/api/v1/erasures").owner().json(json!({ "value": value })).send().await;
        assert!((400..500).contains(&answer.status) && answer.text().contains("5 to 200"), "{}", answer.text());
    }
}

use std::sync::atomic::Ordering;

use model::Role;
use serde_json::json;

use crate::app::{TestApp, definition};

#[tokio::test]
async fn says_whether_it_lives_and_may_be_sent_requests() {
    let app = TestApp::init().await;
    assert_eq!(app.get("/healthz").send().await.status, 200);
    assert_eq!(app.get("/readyz").send().await.status, 200);
    app.shutdown.cancel();
    assert_eq!(app.get("/healthz").send().await.status, 200);
    assert_eq!(app.get("/readyz").send().await.error(503), "stopping");
}

#[tokio::test]
async fn is_not_ready_without_its_database() {
    let app = TestApp::init().await;
    app.store.close().await;
    let answer = app.get("/readyz").send().await;
    assert_eq!(answer.error(503), "unavailable");
    assert_ne!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn is_not_ready_while_its_runs_stand_still() {
    let app = TestApp::init().await;
    app.runner_idle_ms.store(59_000, Ordering::Relaxed);
    assert_eq!(app.get("/readyz").send().await.status, 200);
    app.runner_idle_ms.store(61_000, Ordering::Relaxed);
    assert_eq!(app.get("/readyz").send().await.error(503), "runner.stopped");
    assert_eq!(app.get("/healthz").send().await.status, 200);
    app.runner_idle_ms.store(0, Ordering::Relaxed);
    assert_eq!(app.get("/readyz").send().await.status, 200);
}

#[tokio::test]
async fn is_not_ready_while_its_disk_is_full() {
    let app = TestApp::with_database(|options| options.max_pages = Some(600), |_| {}).await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let body = json!({ "text": "x".repeat(100_000) });
    let mut taken = 0;
    while app.post(&hook).json(body.clone()).send().await.status == 200 {
        taken += 1;
        assert!(taken < 200, "it never got full");
        assert_eq!(app.get("/readyz").send().await.status, 200);
    }
    let answer = app.get("/readyz").send().await;
    assert_eq!(answer.error(503), "database.unwritable");
    assert_ne!(answer.header("retry-after"), "");
    assert!(!answer.text().to_lowercase().contains("sql"), "inner words stay inside");
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_tokens() {
    let app = TestApp::init().await.with_owner().await;
    app.get("/metrics").send().await.error(401);
    app.get("/metrics").from("127.0.0.1").header("x-forwarded-for", "192.0.2.1").send().await.error(401);
    let token = app.token(Role::Viewer).await;
    for request in [app.get("/metrics").from("127.0.0.1"), app.get("/metrics").bearer(&token)] {
        let answer = request.send().await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("patchbay_workflows 0"), "{}", answer.text());
    }
    let open = TestApp::with(|options| options.public_metrics = true).await.with_owner().await;
    assert_eq!(open.get("/metrics").send().await.status, 200);
}

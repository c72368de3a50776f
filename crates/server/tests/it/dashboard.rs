use model::{
    Role,
    api::{ConnectionCalls, Dashboard},
};
use serde_json::json;

use crate::{
    app::{TestApp, definition},
    runs::{Runner, start},
};

async fn read(app: &TestApp, query: &str) -> Dashboard {
    serde_json::from_value(app.get(&format!("/api/v1/dashboard{query}")).owner().send().await.ok()).unwrap()
}

#[tokio::test]
async fn what_ended_is_counted_at_once_in_the_zone_that_was_asked_for() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    for fails in [false, true] {
        start(&app, &hook).await;
        let mut runner = Runner::claim(&app).await;
        if fails { runner.fail("send", "http.status", "no").await } else { runner.finish().await }
    }
    start(&app, &hook).await;
    for query in
        ["", "?window=90d&zone=Asia/Kathmandu", "?window=1h&zone=America/New_York", &format!("?window=7d&workflow={workflow}")]
    {
        let seen = read(&app, query).await;
        let counts = seen.totals.counts;
        assert_eq!((counts.succeeded, counts.failed, counts.all()), (1, 1, 2), "{query}");
        assert_eq!(seen.buckets.iter().map(|bucket| bucket.counts.all()).sum::<u64>(), 2, "{query}");
        assert!(seen.since < seen.at && seen.buckets.last().is_some_and(|last| last.until > seen.at), "{query}");
        assert_eq!((seen.now.queued, seen.now.failed_last_hour), (1, 1), "{query}");
        assert!(seen.buckets.len() <= 123, "{query}");
    }
    assert_eq!(read(&app, "?window=30d&zone=Asia/Kathmandu").await.zone, "Asia/Kathmandu");
}

#[tokio::test]
async fn what_cannot_be_shown_is_refused_in_words() {
    let app = TestApp::init().await.with_owner().await;
    for (query, field) in [
        ("?window=5y", "window"),
        ("?window=91d", "since"),
        ("?zone=Mars/Base", "zone"),
        ("?since=0", "since"),
        ("?since=1&window=1h", "window"),
        ("?since=9223372036854775807", "since"),
        ("?since=-9223372036854775808&until=9223372036854775807", "since"),
    ] {
        let answer = app.get(&format!("/api/v1/dashboard{query}")).owner().send().await;
        answer.error(422);
        assert_eq!(answer.details()["path"], field, "{query}");
    }
    app.get("/api/v1/dashboard?workflow=wf_0000000000001").owner().send().await.error(404);
    app.get("/api/v1/dashboard").send().await.error(401);
    let viewer = app.token(Role::Viewer).await;
    app.get("/api/v1/dashboard").bearer(&viewer).send().await.ok();
}

#[tokio::test]
async fn the_calls_of_one_connection_are_shown_over_time() {
    let app = TestApp::init().await.with_owner().await;
    let notion = json!({ "connector": "notion", "method": "token", "label": "Wiki", "values": { "token": "ntn_1" } });
    let id = app.post("/api/v1/connections").owner().json(notion).send().await.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/connections/{id}/calls");
    for query in ["", "?window=7d&zone=Asia/Kathmandu", "?window=30d&zone=America/New_York"] {
        let seen: ConnectionCalls = serde_json::from_value(app.get(&format!("{path}{query}")).owner().send().await.ok()).unwrap();
        assert_eq!((seen.calls, seen.limited, seen.calls_last_minute), (0, 0, 0), "{query}");
        assert_eq!(seen.budget_per_minute, Some(180), "{query}: what Notion says it takes");
        assert!((24..=200).contains(&seen.buckets.len()), "{query}: {}", seen.buckets.len());
        assert!(seen.buckets.windows(2).all(|pair| pair[0].until == pair[1].at), "{query}");
    }
    for (query, field) in [("?window=5y", "window"), ("?window=91d", "since"), ("?zone=Mars/Base", "zone")] {
        let answer = app.get(&format!("{path}{query}")).owner().send().await;
        answer.error(422);
        assert_eq!(answer.details()["path"], field, "{query}");
    }
    app.get("/api/v1/connections/con_0000000000001/calls").owner().send().await.error(404);
}

//! A run's journal as a stream.

use model::{ids::RunId, run::RunEventKind};
use store::Then;

use crate::{
    app::{TestApp, definition},
    runs::{Runner, start},
    sse::Reader,
};

async fn follow(app: &TestApp, run: RunId, query: &str, last_id: Option<&str>) -> Reader {
    let mut request = app.get(&format!("/api/v1/runs/{run}/journal{query}")).owner().header("accept", "text/event-stream");
    if let Some(id) = last_id {
        request = request.header("last-event-id", id);
    }
    Reader::new(request.open().await)
}

#[tokio::test]
async fn rows_come_as_they_are_written_until_the_run_ends() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let mut reader = follow(&app, run, "", None).await;
    let first = reader.next().await.unwrap();
    assert!(first.data["events"][0]["kind"].get("run_created").is_some(), "{first:?}");
    assert_eq!(first.id, first.data["seq"].to_string());
    assert!(reader.is_quiet().await);
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted], Then::Continue).await;
    let second = reader.next().await.unwrap();
    assert_eq!(second.data["events"][0]["kind"], "run_started");
    runner.finish().await;
    let third = reader.next().await.unwrap();
    assert!(third.data["events"][0]["kind"].get("run_finished").is_some(), "{third:?}");
    assert_eq!(reader.next().await, None, "the stream ends with the run");

    // Whoever lost the connection goes on where it broke.
    let mut resumed = follow(&app, run, "", Some(&first.id)).await;
    assert_eq!(resumed.next().await, Some(second));
    assert_eq!(resumed.next().await, Some(third));
    assert_eq!(resumed.next().await, None);
}

#[tokio::test]
async fn a_reader_that_has_seen_everything_of_an_ended_run_is_let_go() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted], Then::Continue).await;
    runner.finish().await;
    let seq = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok()["run"]["seq"].to_string();
    assert_eq!(follow(&app, run, &format!("?after={seq}"), None).await.next().await, None);
    assert_eq!(follow(&app, run, "", Some(&seq)).await.next().await, None);
}

#[tokio::test]
async fn a_cancelled_run_ends_its_stream() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let mut reader = follow(&app, run, "", None).await;
    reader.next().await.unwrap();
    app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.ok();
    let last = reader.next().await.unwrap();
    assert_eq!(last.data["events"][0]["kind"]["run_finished"]["status"], "cancelled");
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn an_unknown_run_has_none() {
    let app = TestApp::init().await.with_owner().await;
    let request = app.get("/api/v1/runs/run_0000000000001/journal").owner().header("accept", "text/event-stream");
    assert_eq!(request.send().await.error(404), "not_found");
}

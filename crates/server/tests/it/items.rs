use model::{
    api::Items,
    ids::{RunId, StepPath},
    run::{IterationEnd, RunEventKind},
};
use serde_json::{Value, json};
use store::Then;

use crate::{
    app::{TestApp, definition},
    runs::{Runner, finished, start},
};

fn each() -> StepPath {
    StepPath::from("each")
}

fn ended(index: u32, end: IterationEnd) -> RunEventKind {
    RunEventKind::IterationsFinished { path: each(), from: index, to: index + 1, outputs: vec![end] }
}

/// A run in a loop of which `count` iterations have ended, each in a commit of its own.
async fn looping(app: &TestApp, count: u32) -> RunId {
    let (_, hook) = app.import(definition()).await;
    let run = start(app, &hook).await;
    let mut runner = Runner::claim(app).await;
    let begun = RunEventKind::LoopStarted { path: each(), count: Some(count) };
    runner.write(vec![RunEventKind::RunStarted, begun], Then::Continue).await;
    for index in 0..count {
        let step = StepPath(format!("each[{index}].send"));
        let end = if index % 10 == 3 { IterationEnd::Nothing } else { IterationEnd::Step(step.clone()) };
        runner.write(vec![finished(&step.0, json!(index)), ended(index, end)], Then::Continue).await;
    }
    run
}

async fn page(app: &TestApp, run: RunId, query: &str) -> Items {
    serde_json::from_value(app.get(&format!("/api/v1/runs/{run}/items?{query}")).owner().send().await.ok()).unwrap()
}

#[tokio::test]
async fn a_loops_iterations_come_in_pages() {
    let app = TestApp::init().await.with_owner().await;
    let run = looping(&app, 130).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let items = page(&app, run, &format!("path=each&limit=40{after}")).await;
        assert!(items.items.len() <= 40);
        seen.extend(items.items.iter().map(|item| item.index));
        match items.next {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, (0..130).collect::<Vec<_>>());
    // Read again from places that are known by now, and from one in the middle of nowhere.
    for begin in [99, 49, 0, 128] {
        let items = page(&app, run, &format!("path=each&limit=5&after={begin}")).await;
        assert_eq!(items.items[0].index, begin + 1);
        assert_eq!(items.items[0].output, (begin % 10 != 2).then(|| json!(begin + 1).into()));
    }
    let passed = page(&app, run, "path=each&status=passed&limit=4").await;
    assert_eq!(passed.items.iter().map(|item| item.index).collect::<Vec<_>>(), [3, 13, 23, 33]);
    assert_eq!(page(&app, run, &format!("path=each&status=passed&after={}", passed.next.unwrap())).await.items[0].index, 43);
    assert!(page(&app, run, "path=each&after=4294967295").await.items.is_empty());
}

#[tokio::test]
async fn what_ended_before_a_snapshot_is_read_from_it() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let mut runner = Runner::claim(&app).await;
    let begun = RunEventKind::LoopStarted { path: each(), count: Some(1_010) };
    let ends = (0..1_005).map(|n| IterationEnd::Value(json!(n).into())).collect();
    let many = RunEventKind::IterationsFinished { path: each(), from: 0, to: 1_005, outputs: ends };
    // As the job runner keeps it: a whole page of iterations as one value.
    runner.snapshot(vec![RunEventKind::RunStarted, begun, many]).await;
    runner.write(vec![ended(1_005, IterationEnd::Value(json!(1_005).into()))], Then::Continue).await;
    let indexes = |items: &Items| items.items.iter().map(|item| item.index).collect::<Vec<_>>();
    let across = page(&app, run, "path=each&after=997&limit=4").await;
    assert_eq!((indexes(&across), across.next), (vec![998, 999, 1_000, 1_001], Some(1_001)));
    assert_eq!(across.items[3].output, Some(json!(1_001).into()));
    let rest = page(&app, run, "path=each&after=1001").await;
    assert_eq!((indexes(&rest), rest.next), (vec![1_002, 1_003, 1_004, 1_005], None), "and what came after it");
    let shown = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok();
    assert_eq!(shown["steps"][0]["state"]["iterations"]["finished"], 1_006);
}

#[tokio::test]
async fn hostile_paths_find_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let run = looping(&app, 2).await;
    for path in ["other", "each%5B0%5D", "each%5B99999999999%5D.x", "%27%3B--", "..", ""] {
        assert!(page(&app, run, &format!("path={path}")).await.items.is_empty(), "{path}");
    }
    let unknown = app.get(&format!("/api/v1/runs/{}/items?path=each", RunId(5))).owner().send().await;
    assert_eq!(unknown.error(404), "not_found");
    for query in ["", "path=each&limit=x", "path=each&after=-1", "path=each&colour=red"] {
        let bad = app.get(&format!("/api/v1/runs/{run}/items?{query}")).owner().send().await;
        assert_eq!(bad.error(400), "query.invalid", "{query}");
    }
}

#[tokio::test]
async fn a_long_journal_comes_in_answers_of_bounded_size() {
    let app = TestApp::init().await.with_owner().await;
    let run = looping(&app, 20).await;
    let journal = |query: &str| app.get(&format!("/api/v1/runs/{run}/journal?{query}")).owner();
    let first = journal("limit=8").send().await.ok();
    let rows = first["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &first["more"]), (8, &json!(true)));
    let rest = journal(&format!("after={}", rows[7]["seq"])).send().await.ok();
    assert_eq!((rest["rows"].as_array().unwrap().len(), rest.get("more")), (14, None::<&Value>));
    let shown = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok();
    assert_eq!(shown["steps"][0]["state"]["iterations"]["finished"], 20);
    assert_eq!(shown["past"], json!({ "send": { "succeeded": 20 } }), "the steps of iterations that are over are counted");
}

use axum::body::HttpBody;
use model::api::{FoundBy, SearchEnd, SearchLine};
use serde_json::{Value, json};

use crate::app::{TestApp, definition};

async fn lines(app: &TestApp, query: &str) -> Vec<SearchLine> {
    let answer = app.get(&format!("/api/v1/runs/search?{query}")).owner().send().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/jsonl; charset=utf-8"), "{}", answer.text());
    std::str::from_utf8(&answer.body).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How the events were found, and the paths to the values.
fn found(lines: &[SearchLine]) -> Vec<(FoundBy, Value)> {
    let event = |line: &SearchLine| match line {
        SearchLine::Event { by, places, .. } => Some((*by, json!(places.iter().map(|place| &place.path).collect::<Vec<_>>()))),
        _ => None,
    };
    lines.iter().filter_map(event).collect()
}

#[tokio::test]
async fn ids_keys_and_values_are_found() {
    let app = TestApp::init().await.with_owner().await;
    let mut def = definition();
    def["triggers"][0]["dedupe"] = json!({ "key": { "expr": "event.body.order" } });
    let (workflow, hook) = app.import(def).await;
    let receipt = app.post(&hook).json(json!({ "order": "ORD-4711", "mail": "Ada@Example.com" })).send().await.ok();
    app.post(&hook).json(json!({ "order": "ORD-9", "lines": [{ "note": "for ada@example.com" }] })).send().await.ok();
    let (run, event) = (receipt["run"].as_str().unwrap(), receipt["event"].as_str().unwrap());
    let by_run = lines(&app, &format!("q={run}")).await;
    assert!(matches!(&by_run[0], SearchLine::Run { run: found } if found.id.to_string() == run));
    assert!(matches!(by_run.last(), Some(SearchLine::Done { searched: 2, reason: SearchEnd::Complete })), "{by_run:?}");
    assert_eq!(found(&lines(&app, &format!("q={event}")).await), [(FoundBy::Id, json!([]))]);
    assert_eq!(found(&lines(&app, "q=ORD-4711").await), [(FoundBy::DuplicateKey, json!([]))], "each event once");
    let newest_first = [(FoundBy::Value, json!([["body", "lines", 0, "note"]])), (FoundBy::Value, json!([["body", "mail"]]))];
    assert_eq!(found(&lines(&app, "q=%20ADA%40example.COM%20").await), newest_first);
    assert!(found(&lines(&app, &format!("q=ada&workflow={}", model::ids::WorkflowId(5))).await).is_empty());
    assert_eq!(found(&lines(&app, &format!("q=ada&workflow={workflow}")).await).len(), 2);
    for nothing in ["q=nobody", "q=%25%25", "q=%27%20OR%201%3D1", "q=%2E%2A"] {
        assert!(found(&lines(&app, nothing).await).is_empty(), "{nothing}");
    }
}

#[tokio::test]
async fn a_search_says_what_it_takes_and_how_many_it_stands() {
    let app = TestApp::init().await.with_owner().await;
    let search = |query: &str| app.get(&format!("/api/v1/runs/search?{query}")).owner();
    for bad in ["q=", "q=a", "q=%20%20%20a", &format!("q={}", "x".repeat(201))] {
        assert_eq!(search(bad).send().await.error(422), "invalid", "{bad}");
    }
    assert_eq!(search("").send().await.error(400), "query.invalid");
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(search("q=xx").open().await);
    }
    let fifth = search("q=xx").send().await;
    assert_eq!((fifth.error(503), fifth.header("retry-after")), ("too_many_searches".into(), "5"));
    // Closing one ends it.
    assert!(!open[0].body().is_end_stream());
    open.pop();
    assert_eq!(search("q=xx").send().await.status, 200);
}

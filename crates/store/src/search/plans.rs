//! Which index serves which filter. SQLite chooses by form alone where nothing is known of the data, so what it says of an empty database
//! holds for a million runs.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use model::{
    api::RunsQuery,
    ids::{RunId, TriggerId, WorkflowId, WorkspaceId},
    run::{ErrorClass, Hold, RunStatus},
};

use super::{Narrowed, WINDOW, indexed};
use crate::{DatabaseUrl, Options, Store, SystemClock, sql};

/// The plan of the search for a page, and of the look for the end of its window.
async fn plan(store: &Store, query: &RunsQuery, statuses: &[RunStatus]) -> String {
    let shared = &store.shared;
    let narrowed = Narrowed::runs(WorkspaceId(1), query, statuses, shared.now(), shared.backend).unwrap();
    let table = format!("run r{}", indexed(shared.backend, narrowed.index));
    let page = format!(
        "EXPLAIN QUERY PLAN SELECT r.id FROM {table} WHERE {} AND r.id < 9 AND r.id >= 1{} ORDER BY r.id DESC LIMIT 51",
        narrowed.near, narrowed.rest
    );
    let window = format!(
        "EXPLAIN QUERY PLAN SELECT r.id FROM {table} WHERE {} AND r.id < 9 ORDER BY r.id DESC LIMIT 1 OFFSET {WINDOW}",
        narrowed.near
    );
    let mut plan = String::new();
    for (sql, values) in [(page, narrowed.values.clone()), (window, narrowed.near_values().to_vec())] {
        for row in sql::all(&shared.read, sql, values).await.unwrap() {
            plan.push_str(&sql::get::<String>(&row, 3).unwrap());
            plan.push('\n');
        }
    }
    plan
}

#[tokio::test]
async fn every_filter_has_an_index_and_none_sorts() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options::new(DatabaseUrl::Sqlite { dir: dir.path().to_owned() });
    let store = Store::open(options, Arc::new(SystemClock)).await.unwrap();
    let of = || RunsQuery::default();
    let workflow = Some(WorkflowId(1));
    let all: Vec<RunStatus> = RunStatus::ALL.iter().copied().filter(|status| status.is_final()).collect();
    let cases: Vec<(RunsQuery, &[RunStatus], &str)> = vec![
        (RunsQuery { error_code: Some("x".into()), ..of() }, &[], "run_by_workspace"),
        (RunsQuery { workflow, ..of() }, &[], "run_by_workflow"),
        (RunsQuery { finished_since: Some(1), finished_until: Some(2), ..of() }, &[], "run_by_workspace"),
        (RunsQuery { finished_since: Some(1), ..of() }, &[RunStatus::Failed], "run_by_status"),
        (RunsQuery { since: Some(1), until: Some(2), version: None, ..of() }, &[RunStatus::Failed], "run_by_status"),
        (RunsQuery { workflow, version: Some(3), ..of() }, &[], "run_by_version"),
        (RunsQuery { workflow, trigger: Some(TriggerId::from("hook")), ..of() }, &[], "run_by_trigger"),
        (RunsQuery { error_class: Some(ErrorClass::Auth), ..of() }, &[], "run_by_error"),
        (RunsQuery { error_class: Some(ErrorClass::Auth), workflow, ..of() }, &[], "run_by_error"),
        (RunsQuery { longer_than_ms: Some(60_000), ..of() }, &all, "run_slow"),
        (RunsQuery { longer_than_ms: Some(60_000), workflow, ..of() }, &all, "run_slow"),
        (RunsQuery { longer_than_ms: Some(60_000), workflow, version: Some(1), ..of() }, &[], "run_by_version"),
    ];
    for (query, statuses, index) in cases {
        let plan = plan(&store, &query, statuses).await;
        assert_eq!(plan.matches(&format!("INDEX {index} ")).count(), 2, "{query:?}:\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{query:?}:\n{plan}");
    }
    // Few rows wait or have a parent: these may be sorted.
    for (query, index) in [
        (RunsQuery { hold: Some(Hold::Connection), ..of() }, "run_held"),
        (RunsQuery { hold: Some(Hold::Connection), workflow, ..of() }, "run_held"),
        (RunsQuery { held: Some(true), ..of() }, "run_held"),
        (RunsQuery { parent: Some(RunId(1)), ..of() }, "run_by_parent"),
        (RunsQuery { replay_of: Some(RunId(1)), ..of() }, "run_by_origin"),
        (RunsQuery { replay_of: Some(RunId(1)), workflow, ..of() }, "run_by_origin"),
    ] {
        let plan = plan(&store, &query, &[]).await;
        assert!(plan.contains(&format!("INDEX {index} ")), "{query:?}:\n{plan}");
    }
    let alike = RunsQuery { workflow, error_class: Some(ErrorClass::Auth), replayed: Some(false), ..of() };
    let plan = plan(&store, &alike, &[RunStatus::Failed]).await;
    assert_eq!(plan.matches("INDEX run_by_origin ").count(), 2, "{plan}");
    store.close().await;
}

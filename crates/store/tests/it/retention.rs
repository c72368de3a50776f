use std::sync::Arc;

use model::{
    Timestamp,
    definition::{KeepPayloads, Retention, Settings},
    ids::{RunId, StepId, StepPath, TriggerId, WorkflowId},
    run::{Datum, RunEvent, RunEventKind, RunKind, RunStatus},
};
use serde_json::json;
use store::{Append, CollectJoin, DatabaseUrl, Error, NewChild, NewEvent, Then};

use crate::{on_both, support::*};

const DAY_MS: i64 = 24 * 3_600_000;

/// A run of the workflow that ended so, with a long and a short value.
async fn ended_run(db: &Db, workflow: WorkflowId, status: RunStatus) -> RunId {
    let event = NewEvent { payload: Arc::new(json!({"body": "secret event"})), ..db.event_of(workflow, json!(1)) };
    let run = run_of(&db.store.accept(event).await.unwrap());
    let claimed = db.claim(10).await.into_iter().find(|claimed| claimed.lease.run == run).unwrap();
    let at = db.store.now();
    let events = vec![
        started(at),
        finished_step(at, "a", json!("secret".repeat(3_000))),
        finished_step(at, "b", json!({"short": "secret"})),
        ended(at, status),
    ];
    db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Done)).await.unwrap();
    run
}

async fn keeping(db: &Db, retention: Retention) -> WorkflowId {
    db.with_settings(Settings { retention, ..Settings::default() }).await
}

/// Goes on until nothing more is to do, with the instance's 30 and 90 days.
async fn retain(db: &Db) -> u64 {
    let now = db.store.now();
    let mut gone = 0;
    loop {
        let more = db
            .store
            .delete_ended_runs(db.scope.workspace, now.plus_ms(-30 * DAY_MS), now.plus_ms(-90 * DAY_MS), 50)
            .await
            .unwrap();
        gone += more;
        if more == 0 {
            return gone;
        }
        assert!(gone < 10_000, "it comes to an end");
    }
}

async fn exists(db: &Db, run: RunId) -> bool {
    match db.store.run(&db.scope, run).await {
        Ok(_) => true,
        Err(Error::NotFound(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn bytes(db: &Db, workflow: WorkflowId) -> (u64, u64) {
    let usage = db.store.usage(&db.scope).await.unwrap();
    usage.iter().find(|usage| usage.workflow == workflow).map_or((0, 0), |usage| (usage.runs, usage.bytes))
}

/// The counters against a recount.
async fn counters_hold(db: &Db) {
    let counted = db.count("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM run WHERE finished_at IS NOT NULL").await;
    let kept = db.count("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM rollup WHERE width = 0").await;
    assert_eq!(kept, counted);
    let runs = db.count("SELECT COUNT(*) FROM run WHERE finished_at IS NOT NULL AND kind <> 'test'").await;
    let sums = "SELECT CAST(COALESCE(SUM(succeeded + failed + filtered + cancelled), 0) AS BIGINT) FROM rollup WHERE width = 0";
    assert_eq!(db.count(sums).await, runs);
}

on_both! {
    async fn workflows_keep_their_runs_as_long_as_they_say(db: Db) {
        let short = keeping(&db, Retention { days: Some(2), failed_days: Some(5), ..Retention::default() }).await;
        let long = keeping(&db, Retention { days: Some(100), ..Retention::default() }).await;
        let mut runs = Vec::new();
        for workflow in [short, long, db.workflow] {
            for status in [RunStatus::Succeeded, RunStatus::Failed] {
                runs.push(ended_run(&db, workflow, status).await);
            }
        }
        let left = async |days: i64| {
            db.clock.set(START.plus_ms(days * DAY_MS));
            retain(&db).await;
            let mut left = Vec::new();
            for run in &runs {
                left.push(exists(&db, *run).await);
            }
            left
        };
        assert_eq!(left(1).await, [true, true, true, true, true, true]);
        assert_eq!(left(3).await, [false, true, true, true, true, true]);
        assert_eq!(left(6).await, [false, false, true, true, true, true]);
        assert_eq!(left(31).await, [false, false, true, true, false, true]);
        assert_eq!(left(91).await, [false, false, true, false, false, false]);
        assert_eq!(left(101).await, [false; 6]);
        for table in ["run", "journal", "payload", "event"] {
            assert_eq!(db.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        counters_hold(&db).await;
    }

    async fn the_oldest_beyond_the_number_go_failed_ones_last(db: Db) {
        let workflow = keeping(&db, Retention { most_runs: Some(2), ..Retention::default() }).await;
        let mut runs = Vec::new();
        for status in [RunStatus::Failed, RunStatus::Succeeded, RunStatus::Succeeded, RunStatus::Filtered, RunStatus::Failed] {
            runs.push(ended_run(&db, workflow, status).await);
        }
        let live = run_of(&db.store.accept(db.event_of(workflow, json!(1))).await.unwrap());
        assert_eq!(retain(&db).await, 3);
        let mut left = Vec::new();
        for run in runs {
            left.push(exists(&db, run).await);
        }
        assert_eq!(left, [true, false, false, false, true]);
        assert!(exists(&db, live).await);
        assert_eq!(bytes(&db, workflow).await.0, 2);
        ended_run(&db, workflow, RunStatus::Failed).await;
        assert_eq!(retain(&db).await, 1, "among failed ones the oldest");
        counters_hold(&db).await;
    }

    async fn data_that_is_not_to_be_kept_goes(db: Db) {
        let never = keeping(&db, Retention { payloads: KeepPayloads::Never, ..Retention::default() }).await;
        let failures = keeping(&db, Retention { payloads: KeepPayloads::Failures, ..Retention::default() }).await;
        let gone = [
            ended_run(&db, never, RunStatus::Succeeded).await,
            ended_run(&db, never, RunStatus::Failed).await,
            ended_run(&db, failures, RunStatus::Succeeded).await,
        ];
        let kept = [ended_run(&db, failures, RunStatus::Failed).await, ended_run(&db, db.workflow, RunStatus::Succeeded).await];
        assert_eq!(retain(&db).await, 0, "who waits for the answer can still read it");
        let before = bytes(&db, never).await;
        db.clock.advance_ms(61_000);
        assert_eq!(retain(&db).await, 3);
        for run in gone {
            let rows = db.store.journal_with_payloads(&db.scope, run, -1).await.unwrap();
            let text = format!("{rows:?}");
            assert!(!text.contains("secret"), "{text}");
            let outputs = rows.iter().flat_map(|row| &row.events).filter_map(|event| match &event.kind {
                RunEventKind::StepFinished { output: Datum::Stored { bytes, .. }, .. } => Some(*bytes),
                _ => None,
            });
            assert_eq!(outputs.collect::<Vec<_>>(), [18_002, 18], "how long they were is still told");
            let summary = db.store.run(&db.scope, run).await.unwrap();
            let event = db.store.event(&db.scope, summary.event.unwrap()).await.unwrap();
            assert!(event.payload.is_null());
        }
        for run in kept {
            let rows = db.store.journal_with_payloads(&db.scope, run, -1).await.unwrap();
            assert!(format!("{rows:?}").contains("secret"));
        }
        let after = bytes(&db, never).await;
        assert!(after.0 == before.0 && after.1 < before.1 / 10, "{before:?} {after:?}");
        assert_eq!(retain(&db).await, 0, "once is enough");
        counters_hold(&db).await;
    }

    async fn beyond_the_budget_the_oldest_data_goes_first(db: Db) {
        let workflow = keeping(&db, Retention { budget_bytes: Some(50_000), ..Retention::default() }).await;
        let mut runs = Vec::new();
        for _ in 0..5 {
            runs.push(ended_run(&db, workflow, RunStatus::Succeeded).await);
        }
        let live = run_of(&db.store.accept(db.event_of(workflow, json!("live"))).await.unwrap());
        db.clock.advance_ms(61_000);
        assert!(bytes(&db, workflow).await.1 > 90_000);
        assert_eq!(retain(&db).await, 3);
        assert!(bytes(&db, workflow).await.1 <= 50_000);
        for (n, run) in runs.into_iter().enumerate() {
            let rows = db.store.journal_with_payloads(&db.scope, run, -1).await.unwrap();
            assert_eq!(format!("{rows:?}").contains("secret"), n >= 3, "{n}");
        }
        let claimed = db.claim(5).await.remove(0);
        assert_eq!((claimed.lease.run, claimed.event["body"].clone()), (live, json!("live")), "live runs keep everything");
        counters_hold(&db).await;
    }

    async fn children_live_as_long_as_their_parents(db: Db) {
        let other = keeping(&db, Retention { days: Some(1), ..Retention::default() }).await;
        let parent = db.claimed().await;
        let child = NewChild {
            run: db.store.next_run_id(),
            workflow: other,
            version: 1,
            trigger: TriggerId::from("hook"),
            payload: Arc::new(json!(1)),
            kind: RunKind::Child { parent: parent.lease.run, path: StepPath::from("call"), waits: true, depth: 1 },
            order_key: None,
        };
        let run = child.run;
        let begun = RunEvent { at: START, kind: RunEventKind::ChildStarted { path: StepPath::from("call"), run, waits: true } };
        let append = Append { children: vec![child], ..commit(parent.lease, &parent.journal, vec![started(START), begun.clone()], Then::Continue) };
        let appended = db.store.append(append).await.unwrap();
        let claimed = db.claim(5).await.remove(0);
        db.end(&claimed, RunStatus::Succeeded).await;
        db.clock.advance_ms(5 * DAY_MS);
        assert_eq!(retain(&db).await, 0, "the parent still shows it");
        let journal = [parent.journal.clone(), appended.events].concat();
        let last = commit(appended.lease, &journal, vec![ended(db.store.now(), RunStatus::Succeeded)], Then::Done);
        db.store.append(last).await.unwrap();
        db.clock.advance_ms(31 * DAY_MS);
        assert_eq!(retain(&db).await, 2);
        assert!(!exists(&db, run).await && !exists(&db, parent.lease.run).await);
        counters_hold(&db).await;
    }

    async fn data_stays_while_a_run_lives_that_reads_it(db: Db) {
        let never = keeping(&db, Retention { payloads: KeepPayloads::Never, ..Retention::default() }).await;
        let kept = async |run: RunId| {
            db.clock.advance_ms(61_000);
            retain(&db).await;
            let sql = format!("SELECT COUNT(*) FROM run r JOIN event e ON e.id = r.event_id WHERE r.id = {} AND e.payload IS NOT NULL", run.0);
            db.count(&sql).await == 1
        };
        let claimed = async || {
            db.store.accept(db.event_of(never, json!("a file"))).await.unwrap();
            db.claim(1).await.remove(0)
        };
        // Started without waiting for it.
        let parent = claimed().await;
        let child = NewChild {
            run: db.store.next_run_id(),
            workflow: db.workflow,
            version: 1,
            trigger: TriggerId::from("hook"),
            payload: Arc::new(json!(1)),
            kind: RunKind::Child { parent: parent.lease.run, path: StepPath::from("call"), waits: false, depth: 1 },
            order_key: None,
        };
        let events = vec![started(db.store.now()), ended(db.store.now(), RunStatus::Succeeded)];
        let append = Append { children: vec![child], ..commit(parent.lease, &parent.journal, events, Then::Done) };
        db.store.append(append).await.unwrap();
        assert!(kept(parent.lease.run).await, "the run it started lives");
        let child = db.claim(1).await.remove(0);
        db.end(&child, RunStatus::Succeeded).await;
        assert!(!kept(parent.lease.run).await);
        // Gathered.
        let mut members = Vec::new();
        for n in 1..=2 {
            let member = claimed().await;
            let join = CollectJoin {
                path: StepPath::from("gather"),
                step: StepId::from("gather"),
                key: "k".into(),
                item: json!(n),
                version: 1,
                trigger: TriggerId::from("hook"),
                count: Some(2),
                closes_at: None,
                by_schedule: false,
            };
            let at = db.store.now();
            let events = vec![started(at), finished_step(at, "gather", json!({})), ended(at, RunStatus::Succeeded)];
            let append = Append { collect: vec![join], ..commit(member.lease, &member.journal, events, Then::Done) };
            db.store.append(append).await.unwrap();
            members.push(member.lease.run);
            assert!(kept(members[0]).await, "its batch is open, or its run lives");
        }
        let digest = db.claim(1).await.remove(0);
        db.end(&digest, RunStatus::Succeeded).await;
        for member in members {
            assert!(!kept(member).await);
        }
        counters_hold(&db).await;
    }

    async fn counters_follow_tests_and_cancels(db: Db) {
        let queued = db.run().await;
        db.store.cancel(&db.scope, queued).await.unwrap();
        let test = NewEvent { kind: RunKind::Test { only: None }, version: 0, definition: Some(Box::new(definition())), ..db.event(json!(1)) };
        db.store.accept(test).await.unwrap();
        let test = db.claim(1).await.remove(0);
        db.end(&test, RunStatus::Succeeded).await;
        counters_hold(&db).await;
        assert_eq!(bytes(&db, db.workflow).await.0, 1);
        db.store.delete_run(&db.scope, queued).await.unwrap();
        db.store.delete_run(&db.scope, test.lease.run).await.unwrap();
        counters_hold(&db).await;
        assert_eq!(bytes(&db, db.workflow).await, (0, 0));
    }

    async fn retention_and_live_load_get_along(db: Db) {
        for _ in 0..60 {
            ended_run(&db, db.workflow, RunStatus::Succeeded).await;
        }
        db.clock.advance_ms(40 * DAY_MS);
        let (store, event) = (db.store.clone(), db.event(json!(1)));
        let load = tokio::spawn(async move {
            let mut accepted = 0;
            for _ in 0..100 {
                store.accept(event.clone()).await.unwrap();
                accepted += 1;
            }
            accepted
        });
        assert_eq!(retain(&db).await, 60);
        assert_eq!(load.await.unwrap(), 100);
        assert_eq!(db.count("SELECT COUNT(*) FROM run").await, 100);
    }
}

#[tokio::test]
async fn sqlite_gives_the_space_back() {
    let db = Db::sqlite().await;
    for _ in 0..100 {
        ended_run(&db, db.workflow, RunStatus::Succeeded).await;
    }
    let full = db.store.stats().await.unwrap().bytes;
    db.clock.set(Timestamp(START.ms() + 40 * DAY_MS));
    retain(&db).await;
    for _ in 0..20 {
        db.store.sweep(100).await.unwrap();
    }
    let after = db.store.stats().await.unwrap().bytes;
    assert!(after < full - 1_500_000, "{full} -> {after}");
    let DatabaseUrl::Sqlite { dir } = &db.options.url else { panic!() };
    db.store.close().await;
    let file = std::fs::metadata(dir.join("patchbay.db")).unwrap().len();
    assert!(file <= after, "the file itself: {file}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_processes_delete_at_once_is_counted_out_once() {
    let Some(db) = Db::postgres().await else { return };
    let (dropper, other) = (db.dropper(), db.second().await);
    for _ in 0..15 {
        let run = ended_run(&db, db.workflow, RunStatus::Succeeded).await;
        let (one, two) = tokio::join!(db.store.delete_run(&db.scope, run), other.delete_run(&db.scope, run));
        assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
    }
    for sum in ["bytes", "succeeded"] {
        let kept = format!("SELECT CAST(SUM({sum}) AS BIGINT) FROM rollup WHERE width = 0");
        assert_eq!(db.count(&kept).await, 0, "{sum}");
    }
    other.close().await;
    dropper.await;
}

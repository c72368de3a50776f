//! Lanes, runs at once, spaced begins, priorities, full backlogs and pauses.

use std::collections::{BTreeMap, HashMap};

use model::{
    api::WorkflowState,
    definition::Settings,
    ids::{RunId, WorkflowId},
    run::{Hold, RunEvent, RunEventKind, RunKind, RunStatus},
};
use serde_json::json;
use store::{Accepted, Claimed, Disposition, Error, NewEvent, Then};

use crate::{on_both, support::*};

fn ordered(db: &Db, workflow: WorkflowId, key: &str, n: i64) -> NewEvent {
    NewEvent { order_key: Some(key.into()), ..db.event_of(workflow, json!(n)) }
}

async fn accept(db: &Db, event: NewEvent) -> RunId {
    run_of(&db.store.accept(event).await.unwrap())
}

/// Parks a claimed run with this hold.
async fn park(db: &Db, claimed: &Claimed, hold: Option<Hold>) {
    let at = db.store.now();
    let events = vec![started(at), RunEvent { at, kind: RunEventKind::Parked { until: None, hold } }];
    db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Park { until: None })).await.unwrap();
}

fn runs(claimed: &[Claimed]) -> Vec<RunId> {
    claimed.iter().map(|claimed| claimed.lease.run).collect()
}

on_both! {
    async fn runs_of_a_key_go_one_after_the_other(db: Db) {
        let (a1, b1, a2) = (
            accept(&db, ordered(&db, db.workflow, "a", 1)).await,
            accept(&db, ordered(&db, db.workflow, "b", 1)).await,
            accept(&db, ordered(&db, db.workflow, "a", 2)).await,
        );
        let free = accept(&db, NewEvent { order_key: Some(String::new()), ..db.event(json!(1)) }).await;
        let a3 = accept(&db, ordered(&db, db.workflow, "a", 3)).await;
        let waiting = db.store.run(&db.scope, a2).await.unwrap();
        assert_eq!(waiting.hold, Some(Hold::Lane));
        assert_eq!(db.store.lane_holder(&db.scope, db.workflow, a3).await.unwrap(), Some(a1));
        let claimed = db.claim(10).await;
        assert_eq!(runs(&claimed), [a1, b1, free]);
        assert_eq!(db.store.next_available().await.unwrap().map(|at| at > db.store.now()), Some(true), "nothing more for now");
        // A run that waits, be it for a person, holds its lane.
        park(&db, &claimed[0], Some(Hold::Connection)).await;
        assert!(db.claim(10).await.is_empty());
        db.store.signal(a1, model::run::SignalKind::Resume, None, json!(null), None).await.unwrap();
        let again = db.claim(10).await.remove(0);
        assert_eq!(again.lease.run, a1);
        let journal = again.journal.clone();
        let mut last = commit(again.lease, &journal, vec![ended(START, RunStatus::Failed)], Then::Done);
        last.taken = vec![again.signals[0].id];
        db.store.append(last).await.unwrap();
        assert_eq!(db.store.run(&db.scope, a2).await.unwrap().hold, None);
        let claimed = db.claim(10).await;
        assert_eq!(runs(&claimed), [a2]);
        db.end(&claimed[0], RunStatus::Succeeded).await;
        let claimed = db.claim(10).await;
        assert_eq!(runs(&claimed), [a3]);
        db.end(&claimed[0], RunStatus::Succeeded).await;
        assert_eq!(db.count("SELECT COUNT(*) FROM lane WHERE order_key = 'a'").await, 0, "an empty lane leaves nothing");
    }

    async fn a_cancelled_run_gives_its_place_to_the_next(db: Db) {
        let mut line = Vec::new();
        for n in 0..5 {
            line.push(accept(&db, ordered(&db, db.workflow, "a", n)).await);
        }
        db.store.cancel(&db.scope, line[1]).await.unwrap();
        assert_eq!(runs(&db.claim(10).await), [line[0]], "one behind it leaves, the first one stays first");
        db.store.cancel(&db.scope, line[0]).await.unwrap();
        assert_eq!(runs(&db.claim(10).await), [line[2]]);
        db.store.cancel(&db.scope, line[2]).await.unwrap();
        let claimed = db.claim(10).await;
        assert_eq!(runs(&claimed), [line[3]]);
        db.end(&claimed[0], RunStatus::Succeeded).await;
        assert_eq!(runs(&db.claim(10).await), [line[4]]);
    }

    async fn others_may_pass_where_the_owner_says_so(db: Db) {
        let workflow = db.with_settings(Settings { let_others_pass: true, ..Settings::default() }).await;
        let mut line = Vec::new();
        for n in 0..3 {
            line.push(accept(&db, ordered(&db, workflow, "a", n)).await);
        }
        let first = db.claim(10).await.remove(0);
        park(&db, &first, None).await;
        assert!(db.claim(10).await.is_empty(), "a delay is no reason to pass");
        db.store.signal(line[0], model::run::SignalKind::Resume, None, json!(null), None).await.unwrap();
        let first = db.claim(10).await.remove(0);
        let stuck = RunEvent { at: START, kind: RunEventKind::Parked { until: None, hold: Some(Hold::Unknown) } };
        let mut stuck = commit(first.lease, &first.journal, vec![stuck], Then::Park { until: None });
        stuck.taken = vec![first.signals[0].id];
        db.store.append(stuck).await.unwrap();
        let second = db.claim(10).await;
        assert_eq!(runs(&second), [line[1]], "one that waits for a person is passed");
        // It comes back and ends while the second is under way: the third is behind the second only.
        db.store.signal(line[0], model::run::SignalKind::Resume, None, json!(null), None).await.unwrap();
        let first = db.claim(10).await;
        assert_eq!(runs(&first), [line[0]]);
        let last = commit(first[0].lease, &first[0].journal, vec![ended(START, RunStatus::Succeeded)], Then::Done);
        db.store.append(last).await.unwrap();
        assert!(db.claim(10).await.is_empty());
        db.end(&second[0], RunStatus::Succeeded).await;
        assert_eq!(runs(&db.claim(10).await), [line[2]]);
    }

    async fn order_holds_over_processes_and_flushes(db: Db) {
        let other = if db.is_postgres() { db.second().await } else { db.store.clone() };
        let keys = ["a", "b", "c", "d"];
        let mut accepts = tokio::task::JoinSet::new();
        for key in keys {
            let store = if key < "c" { db.store.clone() } else { other.clone() };
            let events: Vec<_> = (0..15).map(|n| ordered(&db, db.workflow, key, n)).collect();
            accepts.spawn(async move {
                for event in events {
                    store.accept(event).await.unwrap();
                }
            });
        }
        accepts.join_all().await;
        let mut seen: BTreeMap<RunId, ()> = BTreeMap::new();
        let mut order: HashMap<String, Vec<i64>> = HashMap::new();
        let raw = db.raw().await;
        while seen.len() < 60 {
            let claimed = [db.claim(2).await, other.claim_runs(2, LEASE_MS).await.unwrap()].concat();
            assert!(!claimed.is_empty(), "nothing is forgotten: {} of 60", seen.len());
            let mut ends = tokio::task::JoinSet::new();
            let mut at_once = Vec::new();
            for (n, claimed) in claimed.into_iter().enumerate() {
                use sea_orm::{ConnectionTrait, Statement};
                let sql = format!("SELECT order_key FROM run WHERE id = {}", claimed.lease.run.0);
                let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap().unwrap();
                let key: String = row.try_get_by_index(0).unwrap();
                assert!(!at_once.contains(&key), "one of a key at a time");
                order.entry(key.clone()).or_default().push(claimed.event["body"].as_i64().unwrap());
                at_once.push(key);
                assert!(seen.insert(claimed.lease.run, ()).is_none());
                let store = if n % 2 == 0 { other.clone() } else { db.store.clone() };
                ends.spawn(async move { store.append(finish(&claimed, START, RunStatus::Succeeded)).await.unwrap() });
            }
            ends.join_all().await;
        }
        for key in keys {
            assert_eq!(order[key], (0..15).collect::<Vec<_>>(), "{key}");
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM lane").await, 0);
    }

    async fn a_huge_order_key_is_fine(db: Db) {
        let key = "k".repeat(100_000);
        let first = accept(&db, ordered(&db, db.workflow, &key, 1)).await;
        accept(&db, ordered(&db, db.workflow, &key, 2)).await;
        accept(&db, ordered(&db, db.workflow, &key[1..], 3)).await;
        let claimed = db.claim(10).await;
        assert_eq!((claimed.len(), claimed[0].lease.run), (2, first));
    }

    async fn held_events_keep_their_lanes_when_it_goes_on(db: Db) {
        db.state(WorkflowState::Paused).await;
        for n in 0..4 {
            let held = NewEvent { disposition: Disposition::Hold, ..ordered(&db, db.workflow, "a", n) };
            db.store.accept(held).await.unwrap();
        }
        db.state(WorkflowState::On).await;
        for n in 0..4 {
            let claimed = db.claim(10).await;
            assert_eq!(claimed.iter().map(|c| c.event["body"].clone()).collect::<Vec<_>>(), [json!(n)]);
            db.end(&claimed[0], RunStatus::Succeeded).await;
        }
    }

    async fn no_more_runs_at_once_than_the_workflow_allows(db: Db) {
        let workflow = db.with_settings(Settings { concurrency: Some(2), ..Settings::default() }).await;
        assert!(db.claim(1).await.is_empty());
        let leased = NewEvent { lease_ms: Some(LEASE_MS), ..db.event_of(workflow, json!(0)) };
        assert!(matches!(db.store.accept(leased).await.unwrap(), Accepted::Run { lease: None, .. }), "not past the queue");
        for n in 1..5 {
            accept(&db, db.event_of(workflow, json!(n))).await;
        }
        let other = accept(&db, db.event(json!(1))).await;
        let claimed = db.claim(10).await;
        assert_eq!(claimed.iter().filter(|claimed| claimed.lease.workflow == workflow).count(), 2);
        assert!(runs(&claimed).contains(&other), "others are not held up");
        assert!(db.claim(10).await.is_empty());
        let next = db.store.next_available().await.unwrap().unwrap();
        assert!(next > db.store.now(), "nobody is kept busy with what may not begin");
        let mine: Vec<_> = claimed.into_iter().filter(|claimed| claimed.lease.workflow == workflow).collect();
        db.end(&mine[0], RunStatus::Succeeded).await;
        let third = db.claim(10).await;
        assert_eq!(third.len(), 1, "a place is free at once");
        // A run that waits is not under way.
        park(&db, &mine[1], Some(Hold::Unknown)).await;
        assert_eq!(db.claim(10).await.len(), 1);
        assert!(db.claim(10).await.is_empty());
        db.clock.advance_ms(LEASE_MS + 1);
        let again = db.claim(10).await.into_iter().filter(|claimed| claimed.lease.workflow == workflow).count();
        assert_eq!(again, 2, "nor is one whose lease has ended, but for who takes it again");
    }

    async fn two_processes_keep_to_one_limit(db: Db) {
        let workflow = db.with_settings(Settings { concurrency: Some(5), ..Settings::default() }).await;
        for n in 0..40 {
            accept(&db, db.event_of(workflow, json!(n))).await;
        }
        let other = if db.is_postgres() { db.second().await } else { db.store.clone() };
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8 {
            let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
            tasks.spawn(async move { store.claim_runs(3, LEASE_MS).await.unwrap().len() });
        }
        let taken: usize = tasks.join_all().await.into_iter().sum();
        assert!((1..=5).contains(&taken), "{taken}");
        db.clock.advance_ms(1_000);
        let rest = db.claim(10).await.len();
        assert_eq!(taken + rest, 5);
    }

    async fn begins_are_spaced_evenly(db: Db) {
        let workflow = db.with_settings(Settings { max_per_minute: Some(60), ..Settings::default() }).await;
        let batch = (0..3).map(|n| db.event_of(workflow, json!(n))).collect();
        db.store.accept_many(batch).await.unwrap();
        accept(&db, db.event_of(workflow, json!(3))).await;
        for n in 0..4 {
            let claimed = db.claim(10).await;
            assert_eq!(claimed.iter().map(|c| c.event["body"].clone()).collect::<Vec<_>>(), [json!(n)]);
            assert!(db.claim(10).await.is_empty());
            db.end(&claimed[0], RunStatus::Succeeded).await;
            db.clock.advance_ms(1_000);
        }
        // Time that nobody used is not saved up.
        db.clock.advance_ms(600_000);
        let batch = (4..6).map(|n| db.event_of(workflow, json!(n))).collect();
        db.store.accept_many(batch).await.unwrap();
        assert_eq!(db.claim(10).await.len(), 1);
    }

    async fn a_clock_that_was_ahead_starves_nobody(db: Db) {
        let workflow = db.with_settings(Settings { max_per_minute: Some(60), ..Settings::default() }).await;
        accept(&db, db.event_of(workflow, json!(0))).await;
        let day = 24 * 3_600_000;
        db.clock.advance_ms(day);
        for n in 1..4 {
            accept(&db, db.event_of(workflow, json!(n))).await;
        }
        db.clock.advance_ms(-day);
        accept(&db, db.event_of(workflow, json!(4))).await;
        let mut order = Vec::new();
        for _ in 0..7 {
            for claimed in db.claim(10).await {
                order.push(claimed.event["body"].clone());
                db.end(&claimed, RunStatus::Succeeded).await;
            }
            db.clock.advance_ms(1_000);
        }
        assert_eq!(order, [0, 1, 2, 3, 4].map(|n| json!(n)), "in order, within seconds");
        // With nobody waiting, too.
        db.clock.advance_ms(day);
        let ahead = accept(&db, db.event_of(workflow, json!(5))).await;
        db.store.cancel(&db.scope, ahead).await.unwrap();
        db.clock.advance_ms(-day);
        accept(&db, db.event_of(workflow, json!(6))).await;
        db.clock.advance_ms(2_000);
        assert_eq!(db.claim(10).await.len(), 1);
    }

    async fn higher_priorities_go_first(db: Db) {
        let low = db.with_settings(Settings { priority: -1, ..Settings::default() }).await;
        let high = db.with_settings(Settings { priority: 5, ..Settings::default() }).await;
        for n in 0..3 {
            for workflow in [low, db.workflow, high] {
                accept(&db, db.event_of(workflow, json!(n))).await;
            }
        }
        let order: Vec<_> = db.claim(9).await.into_iter().map(|claimed| claimed.lease.workflow).collect();
        assert_eq!(order, [high, high, high, db.workflow, db.workflow, db.workflow, low, low, low]);
    }

    async fn a_full_backlog_refuses_until_there_is_room(db: Db) {
        let workflow = db.with_settings(Settings { backlog_limit: Some(3), ..Settings::default() }).await;
        let event = || db.event_of(workflow, json!(1));
        for _ in 0..3 {
            accept(&db, event()).await;
        }
        let refused = db.store.accept(event()).await;
        assert!(matches!(refused, Err(Error::Backlog { waiting: 3, limit: 3 })), "{refused:?}");
        assert_eq!(db.count("SELECT COUNT(*) FROM event").await, 3, "nothing was written");
        accept(&db, db.event(json!(1))).await;
        let replay = NewEvent { kind: RunKind::Replay { of: RunId(1), from: None }, ..event() };
        accept(&db, replay).await;
        let claimed = db.claim(2).await;
        assert_eq!(claimed.len(), 2);
        let begun = claimed.iter().filter(|claimed| claimed.lease.workflow == workflow).count();
        assert!(begun > 0);
        while !db.claim(10).await.is_empty() {}
        accept(&db, event()).await;
        let many = db.store.accept_many(vec![event(), event(), event()]).await;
        assert!(matches!(many, Err(Error::Backlog { waiting: 1, limit: 3 })), "all or none: {many:?}");
        db.store.accept_many(vec![event(), event()]).await.unwrap();
        assert!(matches!(db.store.accept(event()).await, Err(Error::Backlog { .. })));
    }

    async fn a_backlog_counts_what_is_held_back_too(db: Db) {
        let workflow = db.with_settings(Settings { backlog_limit: Some(2), ..Settings::default() }).await;
        accept(&db, ordered(&db, workflow, "a", 1)).await;
        accept(&db, ordered(&db, workflow, "a", 2)).await;
        assert!(matches!(db.store.accept(ordered(&db, workflow, "a", 3)).await, Err(Error::Backlog { .. })));
    }

    async fn a_pause_holds_back_what_has_not_begun(db: Db) {
        let begun = db.claimed().await;
        let queued = accept(&db, db.event(json!(1))).await;
        let behind = { accept(&db, ordered(&db, db.workflow, "a", 1)).await; accept(&db, ordered(&db, db.workflow, "a", 2)).await };
        db.state(WorkflowState::Paused).await;
        assert!(db.claim(10).await.is_empty());
        assert_eq!(db.store.next_available().await.unwrap().map(|at| at > db.store.now()), Some(true));
        assert_eq!(db.store.run(&db.scope, queued).await.unwrap().hold, Some(Hold::Paused));
        assert_eq!(db.store.run(&db.scope, behind).await.unwrap().hold, Some(Hold::Lane));
        park(&db, &begun, Some(Hold::Connection)).await;
        db.store.signal(begun.lease.run, model::run::SignalKind::Resume, None, json!(null), None).await.unwrap();
        assert_eq!(runs(&db.claim(10).await), [begun.lease.run], "what has begun goes on");
        let replay = NewEvent { kind: RunKind::Replay { of: queued, from: None }, ..db.event(json!(9)) };
        let replay = accept(&db, replay).await;
        assert_eq!(runs(&db.claim(10).await), [replay], "and what a person asks for");
        db.state(WorkflowState::On).await;
        assert_eq!(db.store.run(&db.scope, queued).await.unwrap().hold, None);
        let claimed = db.claim(10).await;
        assert_eq!(claimed.len(), 2, "but for the one behind another");
        assert!(!runs(&claimed).contains(&behind));
    }

    async fn the_next_of_a_key_waits_for_a_paused_workflow(db: Db) {
        accept(&db, ordered(&db, db.workflow, "a", 1)).await;
        let behind = accept(&db, ordered(&db, db.workflow, "a", 2)).await;
        let first = db.claim(10).await.remove(0);
        db.state(WorkflowState::Paused).await;
        db.end(&first, RunStatus::Succeeded).await;
        assert!(db.claim(10).await.is_empty());
        assert_eq!(db.store.run(&db.scope, behind).await.unwrap().hold, Some(Hold::Paused));
        db.state(WorkflowState::On).await;
        assert_eq!(db.store.run(&db.scope, behind).await.unwrap().hold, None);
        assert_eq!(runs(&db.claim(10).await), [behind]);
    }

    async fn settings_change_with_the_live_version(db: Db) {
        let limited = Settings { concurrency: Some(1), ..Settings::default() };
        let workflow = db.with_settings(limited).await;
        for n in 0..4 {
            accept(&db, db.event_of(workflow, json!(n))).await;
        }
        assert_eq!(db.claim(10).await.len(), 1);
        db.clock.advance_ms(1_000);
        let saved = db.store.save_draft(&db.scope, workflow, 1, &definition()).await.unwrap();
        db.store.publish(&db.scope, workflow, saved.draft_rev, "", true, &[]).await.unwrap();
        assert_eq!(db.claim(10).await.len(), 3);
    }

    async fn an_order_key_may_hold_any_character(db: Db) {
        let first = accept(&db, ordered(&db, db.workflow, "a\u{0}b", 1)).await;
        let second = accept(&db, ordered(&db, db.workflow, "a\u{0}b", 2)).await;
        let look_alike = accept(&db, ordered(&db, db.workflow, "a\u{fffd}b", 3)).await;
        let claimed = db.claim(10).await;
        assert_eq!(runs(&claimed), [first, look_alike]);
        for claimed in &claimed {
            db.end(claimed, RunStatus::Succeeded).await;
        }
        let claimed = db.claim(10).await;
        assert_eq!(runs(&claimed), [second]);
        db.end(&claimed[0], RunStatus::Succeeded).await;
        assert_eq!(db.count("SELECT COUNT(*) FROM lane").await, 0);
    }

    async fn processes_that_share_lanes_do_not_stand_in_each_others_way(db: Db) {
        if !db.is_postgres() {
            return;
        }
        let order_key = serde_json::from_value(json!({ "expr": "event.body" })).unwrap();
        let workflow = db.with_settings(Settings { order_key: Some(order_key), ..Settings::default() }).await;
        let (other, lanes, rounds) = (db.second().await, 6, 40);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8_usize {
            let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
            let events: Vec<NewEvent> =
                (0..rounds).map(|round| ordered(&db, workflow, &format!("lane {}", (round * 5 + n) % lanes), 1)).collect();
            tasks.spawn(async move {
                for event in events {
                    store.accept(event).await.unwrap();
                    for claimed in store.claim_runs(1, LEASE_MS).await.unwrap() {
                        store.append(finish(&claimed, START, RunStatus::Succeeded)).await.unwrap();
                    }
                }
            });
        }
        tasks.join_all().await;
        // PostgreSQL's processes tell their counts once a second.
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        db.store.ping().await.unwrap();
        assert_eq!(db.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await, 0);
    }
}

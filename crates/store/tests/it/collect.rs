use std::collections::BTreeSet;

use model::{
    Timestamp,
    api::WorkflowState,
    ids::{StepId, StepPath, TriggerId},
    run::{Datum, RunEvent, RunEventKind, RunKind, RunStatus},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use store::{Append, COLLECT, Claimed, CollectJoin, Error, Store, Then};

use crate::{on_both, support::*};

fn join(item: Value, key: &str, count: Option<u32>, closes_at: Option<Timestamp>) -> CollectJoin {
    CollectJoin {
        path: StepPath::from("gather"),
        step: StepId::from("gather"),
        key: key.into(),
        item,
        version: 1,
        trigger: TriggerId::from("hook"),
        count,
        closes_at,
        by_schedule: false,
    }
}

fn joining(claimed: &Claimed, join: CollectJoin) -> Append {
    let events = vec![started(START), finished_step(START, "gather", json!({})), ended(START, RunStatus::Succeeded)];
    Append { collect: vec![join], ..commit(claimed.lease, &claimed.journal, events, Then::Done) }
}

fn place(events: &[RunEvent]) -> Value {
    let output = events.iter().find_map(|event| match &event.kind {
        RunEventKind::StepFinished { output: Datum::Inline(output), .. } => Some((**output).clone()),
        _ => None,
    });
    output.unwrap()
}

/// What a collected run was given.
fn given(claimed: &Claimed) -> Value {
    match &claimed.journal[0].kind {
        RunEventKind::RunCreated { kind: RunKind::Collected { step }, given, event: None, .. } => {
            assert_eq!(given[0].0, *step);
            (**given[0].1.inline().unwrap()).clone()
        }
        other => panic!("{other:?}"),
    }
}

async fn due(store: &Store) -> Vec<store::ClaimedJob> {
    store.claim_jobs(&[COLLECT], 100, LEASE_MS).await.unwrap()
}

on_both! {
    async fn a_full_batch_goes_on_as_one_run(db: Db) {
        let mut members = Vec::new();
        for n in 1..=3 {
            let claimed = db.claimed().await;
            members.push(claimed.lease.run);
            let appended = db.store.append(joining(&claimed, join(json!(n), "k", Some(3), None))).await.unwrap();
            let place = place(&appended.events);
            assert_eq!(place["position"], json!(n));
            let journal = db.store.journal(&db.scope, claimed.lease.run, 0).await.unwrap();
            assert_eq!(journal[0].events, appended.events, "the journal says the same");
        }
        let claimed = db.claim(5).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(given(&claimed[0]), json!({"items": [1, 2, 3], "count": 3, "key": "k", "closed_by": "count"}));
        assert_eq!((claimed[0].version, claimed[0].event.is_null()), (1, true));
        assert_eq!(db.store.gathered(&db.scope, claimed[0].lease.run, 0, 100).await.unwrap(), members);
        assert_eq!(db.store.gathered(&db.scope, claimed[0].lease.run, 2, 100).await.unwrap(), members[2..]);
        assert!(db.store.gathered(&db.stranger().await, claimed[0].lease.run, 0, 100).await.unwrap().is_empty());
        for table in ["collect", "collect_item"] {
            assert_eq!(db.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0);
        }
        db.end(&claimed[0], RunStatus::Succeeded).await;
        assert_eq!(db.store.run(&db.scope, claimed[0].lease.run).await.unwrap().kind, "collected");
    }

    async fn keys_and_steps_fill_side_by_side(db: Db) {
        let long = "x".repeat(5_000);
        for _ in 0..4 {
            db.run().await;
        }
        for (n, claimed) in db.claim(4).await.into_iter().enumerate() {
            let key = if n % 2 == 0 { "" } else { long.as_str() };
            db.store.append(joining(&claimed, join(json!(n), key, Some(2), None))).await.unwrap();
        }
        let mut claimed: Vec<_> = db.claim(5).await.iter().map(given).collect();
        claimed.sort_by_key(|given| given["items"][0].as_i64());
        assert_eq!(claimed[0], json!({"items": [0, 2], "count": 2, "key": null, "closed_by": "count"}));
        assert_eq!(claimed[1], json!({"items": [1, 3], "count": 2, "key": long, "closed_by": "count"}));
    }

    async fn a_batch_closes_at_its_time(db: Db) {
        let closes = START.plus_ms(60_000);
        for n in 0..2 {
            let claimed = db.claimed().await;
            // Only the first item's time counts.
            let later = closes.plus_ms(n * 1_000_000);
            db.store.append(joining(&claimed, join(json!(n), "", Some(10), Some(later)))).await.unwrap();
        }
        assert!(due(&db.store).await.is_empty());
        assert_eq!(db.store.next_available().await.unwrap(), Some(closes));
        db.clock.set(closes);
        let job = due(&db.store).await.remove(0);
        let run = db.store.close_batch(&job).await.unwrap().unwrap();
        assert_eq!(db.store.close_batch(&job).await.unwrap(), None, "a handler that is called twice closes once");
        let claimed = db.claim(5).await.remove(0);
        assert_eq!(claimed.lease.run, run);
        assert_eq!(given(&claimed), json!({"items": [0, 1], "count": 2, "key": null, "closed_by": "time"}));
        // The next one begins a batch of its own.
        let next = db.claimed().await;
        let appended = db.store.append(joining(&next, join(json!(9), "", Some(10), Some(closes.plus_ms(60_000))))).await.unwrap();
        assert_eq!(place(&appended.events)["position"], json!(1));
    }

    async fn a_batch_that_was_full_before_its_time_closes_once(db: Db) {
        let closes = START.plus_ms(60_000);
        for n in 0..2 {
            let claimed = db.claimed().await;
            db.store.append(joining(&claimed, join(json!(n), "", Some(2), Some(closes)))).await.unwrap();
        }
        db.clock.set(closes);
        assert!(due(&db.store).await.is_empty(), "its job is gone");
        assert_eq!(db.claim(5).await.len(), 1);
    }

    async fn joins_and_closings_at_once_lose_and_double_nothing(db: Db) {
        let other = if db.is_postgres() { db.second().await } else { db.store.clone() };
        for _ in 0..100 {
            db.run().await;
        }
        let mut tasks = tokio::task::JoinSet::new();
        for (n, claimed) in db.claim(100).await.into_iter().enumerate() {
            let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
            // Every batch has a time that has come already.
            let append = joining(&claimed, join(json!(n), if n % 3 == 0 { "a" } else { "b" }, Some(7), Some(START)));
            tasks.spawn(async move {
                store.append(append).await.unwrap();
                for job in due(&store).await {
                    store.close_batch(&job).await.unwrap();
                    let _ = store.finish_job(job.id, job.epoch, None, None).await;
                }
            });
        }
        tasks.join_all().await;
        for job in due(&db.store).await {
            db.store.close_batch(&job).await.unwrap();
        }
        let mut seen = BTreeSet::new();
        let mut total = 0;
        loop {
            let claimed = db.claim(50).await;
            if claimed.is_empty() {
                break;
            }
            for claimed in &claimed {
                let given = given(claimed);
                let items = given["items"].as_array().unwrap();
                assert!(!items.is_empty() && items.len() <= 7 && given["count"] == json!(items.len()));
                total += items.len();
                seen.extend(items.iter().map(|item| item.as_u64().unwrap()));
            }
        }
        assert_eq!((seen.len(), total), (100, 100), "each item once");
        assert_eq!(db.count("SELECT COUNT(*) FROM collect").await, 0);
    }

    async fn a_fenced_or_tested_run_joins_nothing(db: Db) {
        let claimed = db.claimed().await;
        let mut append = joining(&claimed, join(json!(1), "", Some(1), None));
        append.lease.seq += 1;
        assert!(matches!(db.store.append(append).await, Err(Error::Fenced)));
        let test = store::NewEvent { kind: RunKind::Test { only: None }, version: 0, definition: Some(Box::new(definition())), ..db.event(json!(1)) };
        db.store.accept(test).await.unwrap();
        let test = db.claim(1).await.remove(0);
        assert!(matches!(db.store.append(joining(&test, join(json!(1), "", Some(1), None))).await, Err(Error::Invalid(_))));
        assert_eq!(db.count("SELECT COUNT(*) FROM collect_item").await, 0);
        assert!(db.claim(5).await.is_empty());
    }

    async fn a_deleted_workflow_has_no_open_batches(db: Db) {
        let claimed = db.claimed().await;
        db.store.append(joining(&claimed, join(json!(1), "", None, Some(START.plus_ms(5))))).await.unwrap();
        db.store.delete_workflow(&db.scope, db.workflow).await.unwrap();
        for table in ["collect", "collect_item", "job"] {
            assert_eq!(db.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }

    async fn a_batch_may_have_any_key(db: Db) {
        for n in 0..2 {
            let claimed = db.claimed().await;
            db.store.append(joining(&claimed, join(json!(n), "a\u{0}b", Some(2), None))).await.unwrap();
        }
        let claimed = db.claim(5).await;
        assert_eq!(given(&claimed[0])["items"], json!([0, 1]));
    }

    async fn a_batch_that_closes_while_its_workflow_goes_on_is_not_left_behind(db: Db) {
        if !db.is_postgres() {
            // There is one writer: the two cannot meet.
            return;
        }
        let claimed = db.claimed().await;
        let soon = db.store.now().plus_ms(1_000);
        db.store.append(joining(&claimed, join(json!(1), "k", None, Some(soon)))).await.unwrap();
        db.state(WorkflowState::Paused).await;
        db.clock.advance_ms(2_000);
        let job = due(&db.store).await.remove(0);
        // Somebody lets the workflow go on, and is not done yet.
        let raw = db.raw().await;
        let going_on = raw.begin().await.unwrap();
        going_on.execute_unprepared("UPDATE workflow SET state = 'on'").await.unwrap();
        let store = db.store.clone();
        let closing = tokio::spawn(async move { store.close_batch(&job).await });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        going_on.commit().await.unwrap();
        let run = closing.await.unwrap().unwrap().unwrap();
        let claimed = db.claim(5).await;
        assert_eq!(claimed.iter().map(|claimed| claimed.lease.run).collect::<Vec<_>>(), [run]);
    }
}

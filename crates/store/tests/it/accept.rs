use model::{
    api::{EventState, EventsQuery, RunsQuery, WorkflowState},
    run::{RunEventKind, RunKind, RunStatus},
};
use serde_json::json;
use store::{Accepted, Disposition, NewEvent};

use crate::{on_both, support::*};

on_both! {
    async fn an_event_becomes_a_run_in_one_commit(db: Db) {
        let mut watch = db.store.watch();
        let accepted = db.store.accept(db.event(json!({"email": "a@b.c"}))).await.unwrap();
        let Accepted::Run { event, run, lease: None } = accepted else { panic!("{accepted:?}") };
        assert_eq!(watch.recv().await.unwrap().run, run);

        let summary = db.store.run(&db.scope, run).await.unwrap();
        assert_eq!((summary.status, summary.seq, summary.version, summary.event), (RunStatus::Queued, 0, 1, Some(event)));
        let journal = db.store.journal(&db.scope, run, -1).await.unwrap();
        assert!(matches!(&journal[0].events[0].kind, RunEventKind::RunCreated { event: Some(e), version: 1, .. } if *e == event));
        let stored = db.store.event(&db.scope, event).await.unwrap();
        assert_eq!(*stored.payload, json!({"body": {"email": "a@b.c"}}));
        assert_eq!((stored.event.state, stored.event.run), (EventState::Accepted, Some(run)));

        let claimed = db.store.claim_runs(10, LEASE_MS).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(*claimed[0].event, json!({"body": {"email": "a@b.c"}}));
        assert_eq!(claimed[0].workflow_name, "First");
    }

    async fn duplicates_are_answered_with_the_first_ones_ids(db: Db) {
        let first = db.store.accept(db.keyed(json!(1), 7)).await.unwrap();
        let Accepted::Run { event, run, .. } = first else { panic!("{first:?}") };
        let again = db.store.accept(db.keyed(json!(2), 7)).await.unwrap();
        assert!(matches!(again, Accepted::Duplicate { event: Some(e), run: Some(r) } if e == event && r == run), "{again:?}");
        let other = db.store.accept(db.keyed(json!(3), 8)).await.unwrap();
        assert!(matches!(other, Accepted::Run { .. }));

        let found = db.store.events(&db.scope, &EventsQuery { state: Some(EventState::Duplicate), ..EventsQuery::default() }).await.unwrap();
        assert_eq!(found.items.len(), 1, "a duplicate can be found");
        assert!(found.items[0].reason.as_ref().unwrap().contains(&event.to_string()));
    }

    async fn duplicates_in_one_flush_never_fail_their_neighbours(db: Db) {
        let batch = vec![db.keyed(json!(1), 1), db.keyed(json!(2), 2), db.keyed(json!(3), 1), db.event(json!(4)), db.keyed(json!(5), 2)];
        let accepted = db.store.accept_many(batch).await.unwrap();
        let (one, two) = (run_of(&accepted[0]), run_of(&accepted[1]));
        assert!(matches!(accepted[2], Accepted::Duplicate { run: Some(r), .. } if r == one));
        assert!(matches!(accepted[3], Accepted::Run { .. }));
        assert!(matches!(accepted[4], Accepted::Duplicate { run: Some(r), .. } if r == two));
        assert_eq!(db.store.runs(&db.scope, &RunsQuery::default()).await.unwrap().items.len(), 3);

        let batch = vec![db.keyed(json!(6), 2), db.keyed(json!(7), 3), db.keyed(json!(8), 2)];
        let accepted = db.store.accept_many(batch).await.unwrap();
        assert!(matches!(accepted[0], Accepted::Duplicate { run: Some(r), .. } if r == two));
        assert!(matches!(accepted[1], Accepted::Run { .. }));
        assert!(matches!(accepted[2], Accepted::Duplicate { run: Some(r), .. } if r == two), "folded ones too: {:?}", accepted[2]);
    }

    async fn a_key_is_forgotten_after_its_window(db: Db) {
        let keyed = |keep_ms| NewEvent {
            dedupe: Some(store::DedupeKey { hash: [9; 32], keep_ms: Some(keep_ms) }),
            ..db.event(json!(1))
        };
        let first = run_of(&db.store.accept(keyed(60_000)).await.unwrap());
        db.clock.advance_ms(40_000);
        assert!(matches!(db.store.accept(keyed(60_000)).await.unwrap(), Accepted::Duplicate { run: Some(r), .. } if r == first));
        db.clock.advance_ms(50_000);
        let third = db.store.accept(keyed(60_000)).await.unwrap();
        assert!(matches!(third, Accepted::Duplicate { .. }), "remembered from when it was last seen");
        db.clock.advance_ms(60_001);
        let second = run_of(&db.store.accept(keyed(0)).await.unwrap());
        assert_ne!(second, first);
        db.clock.advance_ms(1_000 * 365 * 24 * 3_600_000);
        assert!(matches!(db.store.accept(keyed(0)).await.unwrap(), Accepted::Duplicate { run: Some(r), .. } if r == second), "for ever");
    }

    async fn many_at_once_lose_nothing(db: Db) {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..300_u32 {
            let (store, event) = (db.store.clone(), db.keyed(json!(n), (n % 100) as u8));
            tasks.spawn(async move { store.accept(event).await.unwrap() });
        }
        let accepted = tasks.join_all().await;
        let runs = accepted.iter().filter(|accepted| matches!(accepted, Accepted::Run { .. })).count();
        let duplicates = accepted.iter().filter(|accepted| matches!(accepted, Accepted::Duplicate { event: Some(_), run: Some(_) })).count();
        assert_eq!((runs, duplicates), (100, 200));
        let mut claimed = 0;
        loop {
            let batch = db.store.claim_runs(64, LEASE_MS).await.unwrap();
            if batch.is_empty() {
                break;
            }
            claimed += batch.len();
        }
        assert_eq!(claimed, 100);
    }

    async fn an_event_judged_by_an_old_state_moves(db: Db) {
        let judged = db.event(json!(1));
        db.store.publish(&db.scope, db.workflow, 1, "", true, &[]).await.unwrap();
        assert!(matches!(db.store.accept(judged.clone()).await.unwrap(), Accepted::Moved));
        let again = NewEvent { version: 2, ..judged.clone() };
        assert!(matches!(db.store.accept(again.clone()).await.unwrap(), Accepted::Run { .. }));
        db.state(WorkflowState::Paused).await;
        assert!(matches!(db.store.accept(again.clone()).await.unwrap(), Accepted::Moved));
        let held = NewEvent { disposition: Disposition::Hold, ..again.clone() };
        assert!(matches!(db.store.accept(held.clone()).await.unwrap(), Accepted::Stored { .. }));
        db.state(WorkflowState::On).await;
        assert!(matches!(db.store.accept(held).await.unwrap(), Accepted::Moved));
        db.store.delete_workflow(&db.scope, db.workflow).await.unwrap();
        assert!(matches!(db.store.accept(again).await.unwrap(), Accepted::Moved));
    }

    async fn set_aside_events_keep_their_reason_and_data(db: Db) {
        for (disposition, state, reason) in [
            (Disposition::Filtered { reason: "amount is 3".into() }, EventState::Filtered, "amount is 3"),
            (Disposition::Refused { reason: "paused".into() }, EventState::Refused, "paused"),
        ] {
            let accepted = db.store.accept(NewEvent { disposition, ..db.keyed(json!(3), 4) }).await.unwrap();
            let Accepted::Stored { event } = accepted else { panic!("{accepted:?}") };
            let row = db.store.event(&db.scope, event).await.unwrap();
            assert_eq!((row.event.state, row.event.reason.as_deref(), row.event.run), (state, Some(reason), None));
            assert_eq!(*row.payload, json!({"body": 3}));
        }
        let accepted = db.store.accept(db.keyed(json!(3), 4)).await.unwrap();
        assert!(matches!(accepted, Accepted::Run { .. }), "what was set aside uses up no key");
    }

    async fn a_free_worker_gets_the_run_at_once(db: Db) {
        assert!(db.store.claim_runs(10, LEASE_MS).await.unwrap().is_empty(), "nothing older waits");
        let accepted = db.store.accept(NewEvent { lease_ms: Some(LEASE_MS), ..db.event(json!(1)) }).await.unwrap();
        let Accepted::Run { run, lease: Some(claimed), .. } = accepted else { panic!("{accepted:?}") };
        assert_eq!((claimed.lease.run, claimed.lease.epoch, claimed.lease.seq), (run, 1, 0));
        assert!(db.store.claim_runs(10, LEASE_MS).await.unwrap().is_empty(), "it is nobody else's");
        db.store.append(finish(&claimed, db.store.now(), RunStatus::Succeeded)).await.unwrap();

        // An older run waits: a fresh one takes its place behind it.
        db.run().await;
        let accepted = db.store.accept(NewEvent { lease_ms: Some(LEASE_MS), ..db.event(json!(1)) }).await.unwrap();
        assert!(matches!(accepted, Accepted::Run { lease: None, .. }), "{accepted:?}");
        assert_eq!(db.store.claim_runs(10, LEASE_MS).await.unwrap().len(), 2);
    }

    async fn tests_run_drafts_and_count_nowhere(db: Db) {
        db.state(WorkflowState::Off).await;
        let test = NewEvent {
            kind: RunKind::Test { only: None },
            version: 0,
            definition: Some(Box::new(definition())),
            ..db.keyed(json!(1), 1)
        };
        assert!(matches!(db.store.accept(test.clone()).await.unwrap(), Accepted::Run { .. }), "whatever the state");
        assert!(matches!(db.store.accept(test).await.unwrap(), Accepted::Run { .. }), "no duplicates");
        assert!(db.store.runs(&db.scope, &RunsQuery::default()).await.unwrap().items.is_empty());
        let tests = RunsQuery { kind: Some("test".into()), ..RunsQuery::default() };
        assert_eq!(db.store.runs(&db.scope, &tests).await.unwrap().items.len(), 2);
        assert!(db.store.events(&db.scope, &EventsQuery::default()).await.unwrap().items.is_empty());
        for claimed in db.store.claim_runs(10, LEASE_MS).await.unwrap() {
            db.store.append(finish(&claimed, db.store.now(), RunStatus::Failed)).await.unwrap();
        }
        let list = db.store.workflows(&db.scope, &Default::default()).await.unwrap();
        assert_eq!((list.items[0].failures_24h, list.items[0].last_run.clone()), (0, None));
    }
}

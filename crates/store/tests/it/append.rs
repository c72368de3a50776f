use model::{
    ids::StepPath,
    run::{Datum, ErrorClass, INLINE_BYTES, RunError, RunEvent, RunEventKind, RunState, RunStatus},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use store::{Error, Lease, NewEvent, Reply, Then};

use crate::{on_both, support::*};

on_both! {
    async fn commits_follow_one_another(db: Db) {
        let claimed = db.claimed().await;
        let at = db.store.now();
        let first = db.store.append(start(&claimed, at)).await.unwrap();
        assert_eq!((first.lease.seq, first.signalled), (1, false));
        assert_eq!(db.statuses(claimed.lease.run).await, RunStatus::Running);

        let journal = [claimed.journal.clone(), first.events].concat();
        let events = vec![finished_step(at, "a", json!({"x": 1})), ended(at, RunStatus::Succeeded)];
        db.store.append(commit(first.lease, &journal, events, Then::Done)).await.unwrap();
        let run = db.store.run(&db.scope, claimed.lease.run).await.unwrap();
        assert_eq!((run.status, run.seq, run.finished_at), (RunStatus::Succeeded, 2, Some(at)));
        let rows = db.store.journal(&db.scope, claimed.lease.run, 0).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(db.store.next_available().await.unwrap(), None, "its job is gone");
    }

    async fn a_stale_epoch_or_sequence_writes_nothing(db: Db) {
        let claimed = db.claimed().await;
        let at = db.store.now();
        let lease = db.store.append(start(&claimed, at)).await.unwrap().lease;
        for stale in [claimed.lease, Lease { epoch: lease.epoch + 1, ..lease }, Lease { seq: lease.seq + 1, ..lease }] {
            let late = commit(stale, &claimed.journal, vec![started(at), ended(at, RunStatus::Failed)], Then::Done);
            assert!(matches!(db.store.append(late).await, Err(Error::Fenced)));
        }
        assert_eq!(db.statuses(lease.run).await, RunStatus::Running);
        assert_eq!(db.store.journal(&db.scope, lease.run, -1).await.unwrap().len(), 2);
    }

    async fn of_two_writers_with_one_lease_one_wins(db: Db) {
        let claimed = db.claimed().await;
        let at = db.store.now();
        let (a, b) = tokio::join!(
            db.store.append(finish(&claimed, at, RunStatus::Succeeded)),
            db.store.append(finish(&claimed, at, RunStatus::Failed)),
        );
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|won| **won).count(), 1);
        assert!(matches!((a, b), (Err(Error::Fenced), Ok(_)) | (Ok(_), Err(Error::Fenced))));
    }

    async fn one_runs_failure_leaves_its_neighbours_alone(db: Db) {
        let mut claimed = Vec::new();
        for _ in 0..8 {
            claimed.push(db.claimed().await);
        }
        let at = db.store.now();
        let mut tasks = tokio::task::JoinSet::new();
        for (n, claimed) in claimed.into_iter().enumerate() {
            let store = db.store.clone();
            let mut append = finish(&claimed, at, RunStatus::Succeeded);
            append.lease.epoch += i64::from(n % 2 == 0);
            tasks.spawn(async move { (n, store.append(append).await) });
        }
        for (n, result) in tasks.join_all().await {
            if n % 2 == 0 {
                assert!(matches!(result, Err(Error::Fenced)));
            } else {
                result.unwrap();
            }
        }
    }

    async fn long_values_become_rows_of_their_own(db: Db) {
        let claimed = db.claimed().await;
        let at = db.store.now();
        let long: Value = "x".repeat(INLINE_BYTES + 1).into();
        let events = vec![started(at), finished_step(at, "a", long.clone()), finished_step(at, "b", json!("short"))];
        let appended = db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Continue)).await.unwrap();
        let RunEventKind::StepFinished { output: Datum::Stored { hash, bytes }, .. } = &appended.events[1].kind else {
            panic!("{:?}", appended.events[1])
        };
        assert_eq!(*bytes, INLINE_BYTES as u64 + 3, "with its quotes");
        let found = db.store.payloads(claimed.lease.run, std::slice::from_ref(hash)).await.unwrap();
        assert_eq!(*found[hash], long);

        let rows = db.store.journal(&db.scope, claimed.lease.run, 0).await.unwrap();
        assert_eq!(rows[0].events, appended.events);
        let shown = db.store.journal_with_payloads(&db.scope, claimed.lease.run, 0).await.unwrap();
        let state = RunState::fold(shown.iter().flat_map(|row| &row.events));
        assert_eq!(state.steps[&StepPath::from("a")].output, Some(Datum::new(long)));
    }

    async fn a_sender_that_waits_gets_the_answer(db: Db) {
        let accepted = db.store.accept(NewEvent { reply: true, ..db.event(json!(1)) }).await.unwrap();
        let run = run_of(&accepted);
        let claimed = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        let (store, waiting) = (db.store.clone(), db.store.clone());
        let waiter = tokio::spawn(async move { waiting.wait_for_response(run, SOON).await.unwrap() });
        let at = db.store.now();
        let responded = RunEvent {
            at,
            kind: RunEventKind::Responded { path: None, status: 201, headers: vec![("x".into(), "y".into())], body: json!({"ok": true}).into() },
        };
        store.append(commit(claimed.lease, &claimed.journal, vec![started(at), responded], Then::Continue)).await.unwrap();
        let reply = waiter.await.unwrap();
        let expected = Reply::Responded { status: 201, headers: vec![("x".into(), "y".into())], body: json!({"ok": true}).into() };
        assert_eq!(reply, Some(expected.clone()));
        assert_eq!(db.store.wait_for_response(run, SOON).await.unwrap(), Some(expected), "whoever asks later reads the journal");
    }

    async fn a_run_that_ends_answers_with_its_last_output(db: Db) {
        let claimed = db.claimed().await;
        let at = db.store.now();
        let long: Value = "y".repeat(INLINE_BYTES * 2).into();
        let first = vec![started(at), finished_step(at, "a", long.clone())];
        let first = db.store.append(commit(claimed.lease, &claimed.journal, first, Then::Continue)).await.unwrap();
        let store = db.store.clone();
        let waiter = tokio::spawn(async move { store.wait_for_response(claimed.lease.run, SOON).await.unwrap() });
        let journal = [claimed.journal.clone(), first.events].concat();
        db.store.append(commit(first.lease, &journal, vec![ended(at, RunStatus::Succeeded)], Then::Done)).await.unwrap();
        let expected = Reply::Finished { status: RunStatus::Succeeded, output: Some(long.into()), error: None };
        assert_eq!(waiter.await.unwrap(), Some(expected));
    }

    async fn waiting_ends_with_its_time(db: Db) {
        let run = db.run().await;
        assert_eq!(db.store.wait_for_response(run, std::time::Duration::from_millis(20)).await.unwrap(), None);
    }

    async fn an_answer_from_another_process_is_seen(db: Db) {
        if !db.is_postgres() {
            return;
        }
        let accepted = db.store.accept(NewEvent { reply: true, ..db.event(json!(1)) }).await.unwrap();
        let other = db.second().await;
        let claimed = other.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        let store = db.store.clone();
        let waiter = tokio::spawn(async move { store.wait_for_response(run_of(&accepted), SOON).await.unwrap() });
        let at = other.now();
        let events = vec![started(at), finished_step(at, "a", json!(5)), ended(at, RunStatus::Succeeded)];
        other.append(commit(claimed.lease, &claimed.journal, events, Then::Done)).await.unwrap();
        let expected = Reply::Finished { status: RunStatus::Succeeded, output: Some(json!(5).into()), error: None };
        assert_eq!(waiter.await.unwrap(), Some(expected));
        other.close().await;
    }

    async fn only_the_culprit_of_a_failing_flush_fails(db: Db) {
        let mut claimed = Vec::new();
        for _ in 0..8 {
            claimed.push(db.claimed().await);
        }
        // Somebody has written into this journal past the rules: the commit of its holder cannot be inserted.
        let broken = claimed[3].lease.run;
        let sql = format!("INSERT INTO journal (run_id, seq, at, format, commit_id, events) SELECT {}, 1, 0, format, 0, events FROM journal \
                           WHERE run_id = {}", broken.0, broken.0);
        db.raw().await.execute_unprepared(&sql).await.unwrap();
        let appends = claimed.iter().map(|claimed| db.store.append(finish(claimed, db.store.now(), RunStatus::Succeeded)));
        let event = db.store.accept(db.event(json!(1)));
        let (results, accepted) = tokio::join!(futures_util::future::join_all(appends), event);
        run_of(&accepted.unwrap());
        for (claimed, result) in claimed.iter().zip(results) {
            match result {
                Ok(_) => assert_ne!(claimed.lease.run, broken),
                Err(error) => {
                    assert!(matches!(error, Error::Database(_)), "{error:?}");
                    assert_eq!(claimed.lease.run, broken);
                }
            }
        }
    }

    async fn texts_from_outside_may_hold_any_character(db: Db) {
        let refused = NewEvent { disposition: store::Disposition::Refused { reason: "a\0b".into() }, ..db.event(json!("c\0d")) };
        let store::Accepted::Stored { event } = db.store.accept(refused).await.unwrap() else { panic!() };
        assert_eq!(*db.store.event(&db.scope, event).await.unwrap().payload, json!({"body": "c\0d"}));
        assert!(db.store.live_hook("a\0b").await.unwrap().is_none());
        let claimed = db.claimed().await;
        let error = RunError { path: None, class: ErrorClass::Rejected, code: "x".into(), message: "no\0pe".into() };
        let kind = RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error), message: None, by: None };
        let events = vec![started(START), RunEvent { at: START, kind }];
        db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Done)).await.unwrap();
        let run = db.store.run(&db.scope, claimed.lease.run).await.unwrap();
        assert!(run.error.unwrap().message.starts_with("no"));
    }

    async fn a_commit_that_contradicts_itself_is_refused(db: Db) {
        let claimed = db.claimed().await;
        let at = db.store.now();
        let mut append = finish(&claimed, at, RunStatus::Succeeded);
        append.then = Then::Continue;
        assert!(matches!(db.store.append(append.clone()).await, Err(Error::Invalid(_))));
        append.events.clear();
        assert!(matches!(db.store.append(append).await, Err(Error::Invalid(_))));
    }
}

use model::{
    Role,
    api::{ConnectionStatus, RunsQuery},
    ids::{ConnectionId, RunId, StepPath},
    run::{Hold, RunEvent, RunEventKind, RunStatus, SignalKind},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use store::{Claimed, Error, NewConnection, Reply, Scope, Then};

use crate::{on_both, support::*};

/// Parks for good, as one that waits for a person does.
fn park(claimed: &Claimed, hold: Hold) -> store::Append {
    let at = START;
    let events = vec![started(at), RunEvent { at, kind: RunEventKind::Parked { until: None, hold: Some(hold) } }];
    commit(claimed.lease, &claimed.journal, events, Then::Park { until: None })
}

on_both! {
    async fn a_signal_wakes_a_parked_run(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        db.store.append(park(&claimed, Hold::Unknown)).await.unwrap();
        db.clock.advance_ms(365 * 24 * 3_600_000);
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty(), "nothing but a signal brings it up");
        assert_eq!(db.store.next_available().await.unwrap(), None);
        assert_eq!(db.store.run(&db.scope, run).await.unwrap().hold, Some(Hold::Unknown));

        let path = Some(StepPath::from("a"));
        let id = db.store.signal(run, SignalKind::Settle, path.clone(), json!({"choice": "fail"}), Some("ada".into())).await.unwrap();
        let again = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!(again.signals.len(), 1);
        let signal = &again.signals[0];
        assert_eq!((signal.id, signal.kind, &signal.path, &signal.body), (id, SignalKind::Settle, &path, &json!({"choice": "fail"})));
        let mut append = finish(&again, db.store.now(), RunStatus::Failed);
        append.taken = vec![id];
        db.store.append(append).await.unwrap();
        assert!(db.store.signals(run).await.unwrap().is_empty());
    }

    async fn a_signal_between_reading_and_parking_is_not_lost(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        // The holder has read its signals (none) and is about to park.
        db.store.signal(run, SignalKind::Resume, None, Value::Null, None).await.unwrap();
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty(), "it is still held");
        db.store.append(park(&claimed, Hold::Connection)).await.unwrap();
        let again = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((again.lease.run, again.signals.len()), (run, 1));
        // This time it is taken in the commit that parks again, while another one comes.
        db.store.signal(run, SignalKind::Pause, None, Value::Null, None).await.unwrap();
        let at = db.store.now();
        let events = vec![RunEvent { at, kind: RunEventKind::Parked { until: None, hold: Some(Hold::Paused) } }];
        let mut append = commit(again.lease, &again.journal, events, Then::Park { until: None });
        append.taken = vec![again.signals[0].id];
        db.store.append(append).await.unwrap();
        let third = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!(third.signals.iter().map(|signal| signal.kind).collect::<Vec<_>>(), [SignalKind::Pause]);
        let mut append = commit(third.lease, &third.journal, vec![ended(at, RunStatus::Failed)], Then::Done);
        append.taken = vec![third.signals[0].id];
        db.store.append(append).await.unwrap();
    }

    async fn a_signal_of_a_newer_release_wakes_once_and_waits(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        db.store.append(park(&claimed, Hold::Connection)).await.unwrap();
        for _ in 0..2 {
            db.store.signal(run, SignalKind::Pause, None, Value::Null, None).await.unwrap();
        }
        db.raw().await.execute_unprepared("UPDATE signal SET kind = 'teleport'").await.unwrap();
        let again = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((again.signals.len(), again.newer), (0, 2));
        assert_eq!(db.store.inbox(run).await.unwrap().newer, 2);
        let parked = |claimed: &Claimed| {
            let events = vec![RunEvent { at: START, kind: RunEventKind::Parked { until: None, hold: Some(Hold::Connection) } }];
            let mut append = commit(claimed.lease, &claimed.journal, events, Then::Park { until: None });
            append.taken = claimed.signals.iter().map(|signal| signal.id).collect();
            append.newer = claimed.newer;
            append
        };
        db.store.append(parked(&again)).await.unwrap();
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty(), "it is not woken for them again and again");
        assert_eq!(db.count("SELECT COUNT(*) FROM signal").await, 2, "a newer release will read them");
        db.store.signal(run, SignalKind::Resume, None, Value::Null, None).await.unwrap();
        let third = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((third.signals.len(), third.newer), (1, 2));
        db.store.append(parked(&third)).await.unwrap();
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty());
    }

    async fn what_the_system_holds_goes_on_at_a_word_only(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        db.store.append(park(&claimed, Hold::System)).await.unwrap();
        db.store.signal(run, SignalKind::Reconnected, None, Value::Null, None).await.unwrap();
        let woken = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        db.store.keep_held(woken.lease).await.unwrap();
        db.clock.advance_ms(10 * LEASE_MS);
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty());
        // A word that comes while somebody is about to give it back.
        db.store.signal(run, SignalKind::Pause, None, Value::Null, None).await.unwrap();
        let woken = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        db.store.signal(run, SignalKind::Resume, None, Value::Null, None).await.unwrap();
        db.store.keep_held(woken.lease).await.unwrap();
        let told = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!(told.signals.len(), 3, "nothing that waits for it is lost");
        // Somebody who lost the run gives nothing back.
        db.store.keep_held(woken.lease).await.unwrap();
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty());
        assert_eq!(db.count("SELECT COUNT(*) FROM job WHERE lease_by IS NOT NULL").await, 1);
    }

    async fn only_what_is_held_is_let_go_on(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        let refused = |result: Result<_, Error>| result.map(|_: model::ids::SignalId| ()).unwrap_err();
        assert!(matches!(refused(db.store.let_go_on(&db.scope, run).await), Error::NotHeld), "it runs");
        db.store.append(park(&claimed, Hold::Connection)).await.unwrap();
        assert!(matches!(refused(db.store.let_go_on(&db.scope, run).await), Error::NotHeld), "it waits for something else");
        db.store.signal(run, SignalKind::Reconnected, None, Value::Null, None).await.unwrap();
        let mut again = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        again.signals.clear();
        db.store.append(park(&again, Hold::System)).await.unwrap();
        let stranger = db.stranger().await;
        assert!(matches!(refused(db.store.let_go_on(&stranger, run).await), Error::NotFound(_)));
        let viewer = Scope { role: Role::Viewer, ..db.scope.clone() };
        assert!(matches!(refused(db.store.let_go_on(&viewer, run).await), Error::Forbidden { .. }));
        db.store.let_go_on(&db.scope, run).await.unwrap();
        // Pressed twice: both words stand in the log, and the run is woken once.
        db.store.let_go_on(&db.scope, run).await.unwrap();
        let told = db.store.claim_runs(10, LEASE_MS).await.unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].signals.iter().filter(|signal| signal.kind == SignalKind::Resume).count(), 2);
        assert_eq!(db.count("SELECT COUNT(*) FROM audit WHERE action = 'run.resumed'").await, 2);
        db.end(&told[0], RunStatus::Succeeded).await;
        assert!(matches!(refused(db.store.let_go_on(&db.scope, run).await), Error::Ended));
    }

    async fn a_run_that_cannot_be_read_is_held_with_words(db: Db) {
        let run = db.run().await;
        let other = db.run().await;
        db.raw().await.execute_unprepared(&format!("UPDATE journal SET format = 99 WHERE run_id = {}", run.0)).await.unwrap();
        for _ in 0..4 {
            for claimed in db.store.claim_runs(10, LEASE_MS).await.unwrap() {
                assert_eq!(claimed.lease.run, other, "others go on");
                db.end(&claimed, RunStatus::Succeeded).await;
            }
            db.clock.advance_ms(LEASE_MS + 1);
        }
        let held = db.store.run(&db.scope, run).await.unwrap();
        assert_eq!((held.status, held.hold), (RunStatus::Waiting, Some(Hold::System)));
        let error = held.error.expect("it says why");
        assert!(error.code == "run.unreadable" && error.message.contains("newer release"), "{error:?}");
        assert!(db.store.claim_runs(10, LEASE_MS).await.unwrap().is_empty());
        assert_eq!(db.store.next_available().await.unwrap(), None, "nobody looks at it every half minute");
        assert_eq!(db.count("SELECT COUNT(*) FROM audit WHERE action = 'run.held'").await, 1);
        // Told to go on without being mended, it is held at once; mended, it goes on.
        db.store.signal(run, SignalKind::Resume, None, Value::Null, None).await.unwrap();
        assert!(db.store.claim_runs(10, LEASE_MS).await.unwrap().is_empty());
        assert_eq!(db.store.next_available().await.unwrap(), None);
        db.raw().await.execute_unprepared("UPDATE journal SET format = 2").await.unwrap();
        db.store.signal(run, SignalKind::Resume, None, Value::Null, None).await.unwrap();
        assert_eq!(db.store.claim_runs(10, LEASE_MS).await.unwrap().len(), 1);
    }

    async fn a_holder_that_goes_on_hears_of_signals(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        let id = db.store.signal(run, SignalKind::Pause, None, Value::Null, Some("ada".into())).await.unwrap();
        let appended = db.store.append(start(&claimed, db.store.now())).await.unwrap();
        assert!(appended.signalled);
        assert_eq!(db.store.signals(run).await.unwrap()[0].id, id);
        let journal = [claimed.journal.clone(), appended.events].concat();
        let taken = vec![RunEvent { at: db.store.now(), kind: RunEventKind::SignalTaken { id, kind: SignalKind::Pause, by: None } }];
        let mut append = commit(appended.lease, &journal, taken, Then::Continue);
        append.taken = vec![id];
        assert!(!db.store.append(append).await.unwrap().signalled);
    }

    async fn a_storm_of_signals_and_parks_ends_with_all_taken(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        let store = db.store.clone();
        let sender = tokio::spawn(async move {
            for _ in 0..40 {
                store.signal(run, SignalKind::Resume, None, Value::Null, None).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let (mut seen, mut next, mut sent) = (0, Some(claimed), false);
        loop {
            if let Some(claimed) = next.take() {
                let at = db.store.now();
                let events = vec![RunEvent { at, kind: RunEventKind::Parked { until: None, hold: Some(Hold::Paused) } }];
                let mut append = commit(claimed.lease, &claimed.journal, events, Then::Park { until: None });
                append.taken = claimed.signals.iter().map(|signal| signal.id).collect();
                seen += append.taken.len();
                db.store.append(append).await.unwrap();
            }
            let over = sender.is_finished();
            next = db.store.claim_runs(1, LEASE_MS).await.unwrap().pop();
            if next.is_none() && over {
                if sent {
                    break;
                }
                sent = true;
            }
        }
        sender.await.unwrap();
        assert_eq!(seen, 40, "no signal is lost and none is left behind");
    }

    async fn an_ended_run_hears_nothing(db: Db) {
        let claimed = db.claimed().await;
        db.store.append(finish(&claimed, db.store.now(), RunStatus::Succeeded)).await.unwrap();
        for run in [claimed.lease.run, RunId(db.store.next_id())] {
            let result = db.store.signal(run, SignalKind::Resume, None, Value::Null, None).await;
            assert!(matches!(result, Err(Error::Ended)));
        }
    }

    async fn cancel_takes_the_lease(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        let lease = db.store.append(start(&claimed, db.store.now())).await.unwrap().lease;
        let store = db.store.clone();
        let waiter = tokio::spawn(async move { store.wait_for_response(run, SOON).await.unwrap() });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        db.store.cancel(&db.scope, run).await.unwrap();
        let late = commit(lease, &claimed.journal, vec![started(START), ended(START, RunStatus::Succeeded)], Then::Done);
        assert!(matches!(db.store.append(late).await, Err(Error::Fenced)));
        assert_eq!(db.store.renew(&[lease], LEASE_MS).await.unwrap(), [run]);
        assert!(db.store.epochs(&[run]).await.unwrap().is_empty());
        assert!(matches!(db.store.cancel(&db.scope, run).await, Err(Error::Ended)));
        assert_eq!(db.statuses(run).await, RunStatus::Cancelled);
        let rows = db.store.journal(&db.scope, run, 1).await.unwrap();
        let RunEventKind::RunFinished { status, by, .. } = &rows[0].events[0].kind else { panic!("{rows:?}") };
        assert_eq!((*status, by.as_deref()), (RunStatus::Cancelled, Some("ada@example.com")));
        let reply = waiter.await.unwrap();
        assert_eq!(reply, Some(Reply::Finished { status: RunStatus::Cancelled, output: None, error: None }));
        assert_eq!(db.store.next_available().await.unwrap(), None);
    }

    async fn cancel_works_on_queued_and_waiting_runs(db: Db) {
        let queued = db.run().await;
        db.store.cancel(&db.scope, queued).await.unwrap();
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty());
        let claimed = db.claimed().await;
        db.store.append(park(&claimed, Hold::Unknown)).await.unwrap();
        db.store.cancel(&db.scope, claimed.lease.run).await.unwrap();
        let query = RunsQuery { status: Some("cancelled".into()), ..RunsQuery::default() };
        assert_eq!(db.store.runs(&db.scope, &query).await.unwrap().items.len(), 2);
        let stranger = db.stranger().await;
        let run = db.run().await;
        assert!(matches!(db.store.cancel(&stranger, run).await, Err(Error::NotFound(_))));
    }

    async fn a_repaired_connection_wakes_its_runs(db: Db) {
        let new = NewConnection {
            id: ConnectionId(db.store.next_id()),
            connector: "http".into(),
            method: "bearer".into(),
            label: "API".into(),
            hosts: vec!["api.example.com".into()],
            secret: None, account: None, scopes: Vec::new(), expires_at: None };
        let connection = db.store.create_connection(&db.scope, new).await.unwrap();
        db.store.set_connection_status(&db.scope, connection.id, ConnectionStatus::NeedsReauth).await.unwrap();
        let mut runs = Vec::new();
        for n in 0..3 {
            let claimed = db.claimed().await;
            let mut append = park(&claimed, Hold::Connection);
            append.hold_ref = Some(if n == 2 { ConnectionId(1) } else { connection.id });
            db.store.append(append).await.unwrap();
            runs.push(claimed.lease.run);
        }
        assert_eq!(db.store.connection_repaired(connection.id).await.unwrap(), 2);
        let woken = db.store.claim_runs(10, LEASE_MS).await.unwrap();
        assert_eq!(woken.iter().map(|claimed| claimed.lease.run).collect::<Vec<_>>(), runs[..2]);
        assert!(woken.iter().all(|claimed| claimed.signals[0].kind == SignalKind::Reconnected));
    }
}

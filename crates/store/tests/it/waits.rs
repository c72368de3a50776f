use model::{
    ids::StepPath,
    run::{RunEvent, RunEventKind, RunStatus, SignalKind},
};
use serde_json::json;
use store::{Answered, Append, Error, Then};

use crate::{on_both, support::*};

fn path() -> StepPath {
    StepPath::from("each[3].ask")
}

/// The commit with which a run gives up waiting.
fn time_out(claimed: &store::Claimed) -> Append {
    let events = vec![started(START), finished_step(START, "each[3].ask", json!({"timed_out": true}))];
    Append { closes: vec![path()], ..commit(claimed.lease, &claimed.journal, events, Then::Continue) }
}

on_both! {
    async fn an_answer_wakes_the_run_and_counts_once(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        let parked = RunEvent { at: START, kind: RunEventKind::Parked { until: None, hold: None } };
        db.store.append(commit(claimed.lease, &claimed.journal, vec![started(START), parked], Then::Park { until: None })).await.unwrap();
        assert_eq!(db.store.answer(run, &path(), json!({"body": 1}), Some("ada".into())).await.unwrap(), Answered::Taken);
        assert_eq!(db.store.answer(run, &path(), json!({"body": 2}), None).await.unwrap(), Answered::AlreadyAnswered);
        let other = StepPath::from("each[4].ask");
        assert_eq!(db.store.answer(run, &other, json!(null), None).await.unwrap(), Answered::Taken, "another wait of the run");
        let again = db.claim(1).await.remove(0);
        assert_eq!(again.signals.len(), 2);
        let signal = &again.signals[0];
        assert_eq!((signal.kind, signal.path.clone(), &signal.body), (SignalKind::Answered, Some(path()), &json!({"body": 1})));
        assert_eq!(signal.by.as_deref(), Some("ada"));
    }

    async fn an_early_answer_waits_for_the_run(db: Db) {
        let run = db.run().await;
        assert_eq!(db.store.answer(run, &path(), json!(1), None).await.unwrap(), Answered::Taken);
        assert_eq!(db.claim(1).await[0].signals[0].body, json!(1));
    }

    async fn an_ended_run_takes_no_answer(db: Db) {
        let claimed = db.claimed().await;
        let run = claimed.lease.run;
        db.store.answer(run, &path(), json!(1), None).await.unwrap();
        db.end(&claimed, RunStatus::Succeeded).await;
        assert_eq!(db.store.answer(run, &path(), json!(1), None).await.unwrap(), Answered::AlreadyAnswered);
        for path in ["never", "each[0].ask"] {
            assert_eq!(db.store.answer(run, &StepPath::from(path), json!(1), None).await.unwrap(), Answered::Ended);
            assert_eq!(db.store.answer(run, &StepPath::from(path), json!(1), None).await.unwrap(), Answered::Ended, "still");
        }
        let unknown = model::ids::RunId(42);
        assert_eq!(db.store.answer(unknown, &path(), json!(1), None).await.unwrap(), Answered::Ended);
        assert_eq!(db.count("SELECT COUNT(*) FROM signal").await, 0);
    }

    async fn a_time_out_that_was_first_takes_no_answer(db: Db) {
        let claimed = db.claimed().await;
        let lease = db.store.append(time_out(&claimed)).await.unwrap().lease;
        assert_eq!(db.store.answer(lease.run, &path(), json!(1), None).await.unwrap(), Answered::AlreadyAnswered);
        assert!(db.store.signals(lease.run).await.unwrap().is_empty());
    }

    async fn a_time_out_after_the_answer_is_refused(db: Db) {
        let claimed = db.claimed().await;
        db.store.answer(claimed.lease.run, &path(), json!(1), None).await.unwrap();
        assert!(matches!(db.store.append(time_out(&claimed)).await, Err(Error::Conflict { .. })));
        assert_eq!(db.store.journal(&db.scope, claimed.lease.run, -1).await.unwrap().len(), 1);
        let signals = db.store.signals(claimed.lease.run).await.unwrap();
        assert_eq!(signals.len(), 1, "the answer waits among the signals");
        db.end(&claimed, RunStatus::Succeeded).await;
    }

    async fn of_fifty_answers_and_a_time_out_one_wins(db: Db) {
        let other = if db.is_postgres() { db.second().await } else { db.store.clone() };
        for round in 0..6 {
            let claimed = db.claimed().await;
            let run = claimed.lease.run;
            let mut answers = tokio::task::JoinSet::new();
            for n in 0..50 {
                let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
                answers.spawn(async move {
                    // The time-out has its chance in the midst of them.
                    tokio::time::sleep(std::time::Duration::from_millis(if round % 2 == 0 { n / 10 } else { 2 })).await;
                    store.answer(run, &path(), json!(n), None).await.unwrap()
                });
            }
            let closing = { let store = db.store.clone(); let append = time_out(&claimed); tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                store.append(append).await
            }) };
            let answers = answers.join_all().await;
            let taken = answers.iter().filter(|answer| **answer == Answered::Taken).count();
            let timed_out = match closing.await.unwrap() {
                Ok(_) => 1,
                Err(Error::Conflict { .. }) => 0,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(taken + timed_out, 1, "exactly one is first");
            assert!(answers.iter().all(|answer| *answer != Answered::Ended));
            assert_eq!(db.store.signals(run).await.unwrap().len(), taken);
            db.store.cancel(&db.scope, run).await.unwrap();
        }
    }
}

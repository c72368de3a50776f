use std::collections::HashSet;

use model::{
    Timestamp,
    run::{RunEvent, RunEventKind, RunStatus},
};
use serde_json::json;
use store::{Error, NewEvent, NewJob, Then};

use crate::{on_both, support::*};

on_both! {
    async fn a_lease_that_ends_is_taken_over(db: Db) {
        let first = db.claimed().await;
        assert_eq!((first.claims, first.lease.epoch), (1, 1));
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty());
        assert_eq!(db.store.next_available().await.unwrap(), Some(START.plus_ms(LEASE_MS)));
        db.clock.advance_ms(LEASE_MS);
        let second = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((second.lease.run, second.lease.epoch, second.claims), (first.lease.run, 2, 2));
        assert!(matches!(db.store.append(start(&first, db.store.now())).await, Err(Error::Fenced)));
        assert_eq!(db.store.epochs(&[first.lease.run]).await.unwrap()[&first.lease.run], 2);

        let lease = db.store.append(start(&second, db.store.now())).await.unwrap().lease;
        db.clock.advance_ms(LEASE_MS);
        let third = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((third.claims, third.lease.seq), (1, lease.seq), "a journal row starts the count again");
        assert_eq!(third.journal.len(), 2);
    }

    async fn renewing_extends_only_what_is_held(db: Db) {
        let (a, b) = (db.claimed().await, db.claimed().await);
        db.clock.advance_ms(LEASE_MS - 1);
        assert!(db.store.renew(&[a.lease, b.lease], LEASE_MS).await.unwrap().is_empty());
        db.clock.advance_ms(LEASE_MS - 1);
        assert!(db.store.claim_runs(10, LEASE_MS).await.unwrap().is_empty());
        db.clock.advance_ms(1);
        let taken = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        let lost = db.store.renew(&[a.lease, b.lease], LEASE_MS).await.unwrap();
        assert_eq!(lost, [taken.lease.run]);
        let kept = if taken.lease.run == a.lease.run { b } else { a };
        db.store.append(finish(&kept, db.store.now(), RunStatus::Succeeded)).await.unwrap();
        assert_eq!(db.store.renew(&[kept.lease], LEASE_MS).await.unwrap(), [kept.lease.run], "an ended run is nobody's");
    }

    async fn what_was_parked_meanwhile_is_neither_renewed_nor_handed_back(db: Db) {
        let claimed = db.claimed().await;
        let later = START.plus_ms(1_000 * LEASE_MS);
        let parked = RunEvent { at: START, kind: RunEventKind::Parked { until: Some(later), hold: None } };
        let park = Then::Park { until: Some(later) };
        db.store.append(commit(claimed.lease, &claimed.journal, vec![started(START), parked], park)).await.unwrap();
        // Both were begun for what was still held then.
        assert_eq!(db.store.renew(&[claimed.lease], LEASE_MS).await.unwrap(), [claimed.lease.run]);
        db.store.release(&[claimed.lease]).await.unwrap();
        assert_eq!(db.store.next_available().await.unwrap(), Some(later), "it keeps its own time");
    }

    async fn a_run_handed_back_is_free_at_once(db: Db) {
        let claimed = db.claimed().await;
        db.store.release(&[claimed.lease]).await.unwrap();
        let again = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((again.lease.run, again.claims), (claimed.lease.run, 1));
        db.store.release(&[claimed.lease]).await.unwrap();
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty(), "the old lease gives back nothing");
    }

    async fn claims_go_round_the_workflows(db: Db) {
        for _ in 0..50 {
            db.run().await;
        }
        let small = db.store.create_workflow(&db.scope, "Small", &definition()).await.unwrap().id;
        db.store.publish(&db.scope, small, 1, "", true, &[]).await.unwrap();
        let late = run_of(&db.store.accept(NewEvent { workflow: small, ..db.event(json!(1)) }).await.unwrap());
        let first = db.store.claim_runs(10, LEASE_MS).await.unwrap();
        assert_eq!(first.len(), 10);
        assert!(first.iter().any(|claimed| claimed.lease.run == late), "fifty older runs of another workflow do not stand in its way");
    }

    async fn two_claimers_never_get_the_same_run(db: Db) {
        let mut runs = HashSet::new();
        for _ in 0..40 {
            runs.insert(db.run().await);
        }
        let other = if db.is_postgres() { db.second().await } else { db.store.clone() };
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8 {
            let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
            tasks.spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = store.claim_runs(3, LEASE_MS).await.unwrap();
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(claimed.into_iter().map(|claimed| claimed.lease.run));
                }
            });
        }
        let mut taken: Vec<_> = tasks.join_all().await.concat();
        // A claimer may go home while others still hold rows locked; what they left is there.
        taken.extend(db.store.claim_runs(100, LEASE_MS).await.unwrap().iter().map(|claimed| claimed.lease.run));
        assert_eq!(taken.len(), 40);
        assert_eq!(taken.into_iter().collect::<HashSet<_>>(), runs);
    }

    async fn a_parked_run_comes_back_at_its_time(db: Db) {
        let claimed = db.claimed().await;
        let at = db.store.now();
        let until = at.plus_ms(60_000);
        let parked = model::run::RunEvent { at, kind: model::run::RunEventKind::Parked { until: Some(until), hold: None } };
        let append = commit(claimed.lease, &claimed.journal, vec![started(at), parked], Then::Park { until: Some(until) });
        db.store.append(append).await.unwrap();
        let run = db.store.run(&db.scope, claimed.lease.run).await.unwrap();
        assert_eq!((run.status, run.wake_at), (RunStatus::Waiting, Some(until)));
        assert_eq!(db.store.next_available().await.unwrap(), Some(until));
        assert!(db.store.claim_runs(1, LEASE_MS).await.unwrap().is_empty());
        db.clock.set(until);
        let again = db.store.claim_runs(1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((again.lease.run, again.lease.seq, again.claims), (claimed.lease.run, 1, 1));
    }

    async fn work_is_announced(db: Db) {
        let work = db.store.work();
        while tokio::time::timeout(std::time::Duration::from_millis(50), work.wait()).await.is_ok() {}
        db.run().await;
        tokio::time::timeout(SOON, work.wait()).await.unwrap();
        if db.is_postgres() {
            let other = db.second().await;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let work = other.work();
            while tokio::time::timeout(std::time::Duration::from_millis(100), work.wait()).await.is_ok() {}
            db.run().await;
            tokio::time::timeout(SOON, work.wait()).await.expect("other processes are told");
            other.close().await;
        }
    }

    async fn jobs_have_one_holder(db: Db) {
        let job = |at: Timestamp, n: i32| NewJob {
            workspace: db.scope.workspace,
            workflow: None,
            kind: "tidy".into(),
            key: "all".into(),
            available_at: at,
            body: json!({ "n": n }),
        };
        let id = db.store.put_job(job(START.plus_ms(1_000), 1)).await.unwrap();
        assert_eq!(db.store.put_job(job(START.plus_ms(5_000), 2)).await.unwrap(), id, "one per kind and key");
        assert!(db.store.claim_jobs(&["tidy"], 5, LEASE_MS).await.unwrap().is_empty());
        assert_eq!(db.store.next_available().await.unwrap(), Some(START.plus_ms(5_000)));
        db.clock.advance_ms(5_000);
        assert!(db.store.claim_jobs(&["other"], 5, LEASE_MS).await.unwrap().is_empty());
        let claimed = db.store.claim_jobs(&["other", "tidy"], 5, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((claimed.body.clone(), claimed.attempts, claimed.available_at), (json!({"n": 2}), 1, START.plus_ms(5_000)));
        assert!(db.store.claim_jobs(&["tidy"], 5, LEASE_MS).await.unwrap().is_empty());
        db.clock.advance_ms(LEASE_MS);
        let again = db.store.claim_jobs(&["tidy"], 5, LEASE_MS).await.unwrap().remove(0);
        assert_eq!(again.attempts, 2);
        assert!(matches!(db.store.finish_job(id, claimed.epoch, None, None).await, Err(Error::Fenced)));
        let next = db.store.now().plus_ms(60_000);
        db.store.finish_job(id, again.epoch, Some(next), Some(json!({"n": 3}))).await.unwrap();
        assert_eq!(db.store.next_available().await.unwrap(), Some(next));
        db.clock.set(next);
        let last = db.store.claim_jobs(&["tidy"], 5, LEASE_MS).await.unwrap().remove(0);
        assert_eq!((last.attempts, last.body.clone()), (1, json!({"n": 3})));
        db.store.put_job(job(next, 4)).await.unwrap();
        assert!(matches!(db.store.finish_job(id, last.epoch, None, None).await, Err(Error::Fenced)), "replaced meanwhile");
        db.store.delete_job("tidy", "all").await.unwrap();
        assert_eq!(db.store.next_available().await.unwrap(), None);
    }
}

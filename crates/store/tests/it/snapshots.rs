use std::sync::Arc;

use model::run::RunStatus;
use serde_json::json;
use store::{Append, Error, Snapshot, Then};

use crate::{on_both, support::*};

fn snapshot(seq: i64, text: &str) -> Option<Snapshot> {
    Some(Snapshot { seq, format: 1, state: Arc::from(text.as_bytes()) })
}

on_both! {
    async fn a_claim_reads_from_the_last_snapshot_on(db: Db) {
        let claimed = db.claimed().await;
        assert_eq!(claimed.snapshot, None);
        let mut journal = claimed.journal.clone();
        let mut lease = claimed.lease;
        for n in 1..=5 {
            let events = vec![finished_step(START, &format!("s{n}"), json!(n))];
            let mut append = commit(lease, &journal, events, Then::Continue);
            // Of the state before its own events, and of the one after them.
            append.snapshot = match n {
                2 => snapshot(1, "after one"),
                4 => snapshot(4, "after four"),
                _ => None,
            };
            let appended = db.store.append(append).await.unwrap();
            (lease, journal) = (appended.lease, [journal, appended.events].concat());
        }
        db.clock.advance_ms(LEASE_MS + 1);
        let again = db.claim(1).await.remove(0);
        assert_eq!(again.snapshot, snapshot(4, "after four"));
        assert_eq!(again.journal, journal[journal.len() - 1..], "what comes after it");
        assert_eq!(again.lease.seq, 5);
        assert_eq!(db.store.journal(&db.scope, lease.run, -1).await.unwrap().len(), 6, "readers still see all of it");
        assert_eq!(db.count("SELECT COUNT(*) FROM snapshot").await, 1, "only the last one is kept");

        let last = commit(again.lease, &journal, vec![ended(START, RunStatus::Succeeded)], Then::Done);
        db.store.append(Append { snapshot: snapshot(6, "useless"), ..last }).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM snapshot").await, 0, "nobody goes on with an ended run");
    }

    async fn long_and_short_runs_are_claimed_together(db: Db) {
        let long = db.claimed().await;
        let append = Append { snapshot: snapshot(0, "begun"), ..start(&long, START) };
        db.store.append(append).await.unwrap();
        let short = db.run().await;
        db.clock.advance_ms(LEASE_MS + 1);
        let claimed = db.claim(5).await;
        let of = |run| claimed.iter().find(|claimed| claimed.lease.run == run).unwrap();
        assert_eq!((of(long.lease.run).journal.len(), of(long.lease.run).snapshot.is_some()), (1, true));
        assert_eq!((of(short).journal.len(), of(short).snapshot.is_some()), (1, false));
    }

    async fn a_snapshot_stands_for_written_rows_only(db: Db) {
        let claimed = db.claimed().await;
        let early = Append { snapshot: snapshot(2, "too early"), ..start(&claimed, START) };
        assert!(matches!(db.store.append(early).await, Err(Error::Invalid(_))));
        let mut fenced = Append { snapshot: snapshot(1, "fenced"), ..start(&claimed, START) };
        fenced.lease.epoch += 1;
        assert!(matches!(db.store.append(fenced).await, Err(Error::Fenced)));
        assert_eq!(db.count("SELECT COUNT(*) FROM snapshot").await, 0);
        db.store.append(Append { snapshot: snapshot(1, "fine"), ..start(&claimed, START) }).await.unwrap();
        db.store.cancel(&db.scope, claimed.lease.run).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM snapshot").await, 0);
    }
}

use sea_orm::ConnectionTrait;
use store::{Error, Store};

use crate::{on_both, support::*};

async fn open(db: &Db) -> Result<Store, Error> {
    Store::open(db.options.clone(), db.clock.clone()).await
}

on_both! {
    async fn what_was_written_is_there_after_a_restart(db: Db) {
        let claimed = db.claimed().await;
        let queued = db.run().await;
        db.store.close().await;
        assert!(matches!(db.store.accept(db.event(1.into())).await, Err(Error::Unavailable(_))));
        let store = open(&db).await.unwrap();
        if !db.is_postgres() {
            // Nobody else can hold a lease.
            let again = store.claim_runs(10, LEASE_MS).await.unwrap();
            assert_eq!(again.iter().map(|c| c.lease.run).collect::<Vec<_>>(), [claimed.lease.run, queued]);
            assert_eq!(again[0].lease.epoch, 2);
        }
        assert!(store.next_id() > queued.0, "ids go on rising");
        store.close().await;
    }

    async fn one_minor_version_newer_is_used_as_it_stands(db: Db) {
        db.store.close().await;
        let raw = db.raw().await;
        raw.execute_unprepared("UPDATE schema_info SET minor = minor + 1").await.unwrap();
        let store = open(&db).await.unwrap();
        assert!(!store.needs_owner().await.unwrap());
        store.close().await;
        raw.execute_unprepared("UPDATE schema_info SET minor = minor + 1").await.unwrap();
        let error = open(&db).await.err().unwrap();
        assert!(matches!(error, Error::SchemaTooNew { .. }), "{error}");
        assert!(error.to_string().contains("newer"));
        raw.execute_unprepared("UPDATE schema_info SET minor = 0, major = 2").await.unwrap();
        assert!(matches!(open(&db).await, Err(Error::SchemaTooNew { .. })));
    }
}

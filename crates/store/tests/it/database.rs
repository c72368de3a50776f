//! What is true of one of the databases only.

use std::sync::Arc;

use model::run::RunStatus;
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::json;
use store::{Accepted, DatabaseUrl, Error, ManualClock, NewEvent, Options, Store};

use crate::support::*;

async fn pragma(db: &Db, name: &str) -> String {
    let DatabaseUrl::Sqlite { dir } = &db.options.url else { panic!() };
    let raw = Database::connect(format!("sqlite://{}/patchbay.db", dir.display())).await.unwrap();
    let row =
        raw.query_one_raw(Statement::from_string(raw.get_database_backend(), format!("PRAGMA {name}"))).await.unwrap().unwrap();
    row.try_get_by_index::<i64>(0).map(|n| n.to_string()).or_else(|_| row.try_get_by_index(0)).unwrap()
}

#[tokio::test]
async fn a_new_sqlite_file_vacuums_incrementally_and_logs_ahead() {
    let db = Db::sqlite().await;
    assert_eq!(pragma(&db, "auto_vacuum").await, "2");
    assert_eq!(pragma(&db, "journal_mode").await, "wal");
}

#[tokio::test]
async fn a_second_process_is_kept_out_of_a_data_directory() {
    let db = Db::sqlite().await;
    let error = Store::open(db.options.clone(), db.clock.clone()).await.err().unwrap();
    assert!(matches!(error, Error::Locked(_)), "{error}");
    assert!(error.to_string().contains("PATCHBAY_DATA_DIR"));
    db.store.close().await;
    drop(db.store);
    Store::open(db.options.clone(), db.clock.clone()).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_dropped_frees_its_directory() {
    let Db { store, options, clock, _dir, .. } = Db::sqlite().await;
    drop(store);
    for _ in 0..100 {
        match Store::open(options.clone(), clock.clone()).await {
            Ok(_) => return,
            Err(Error::Locked(_)) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("still locked");
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(DatabaseUrl::Sqlite { dir: dir.path().to_owned() });
    let db = Db::sqlite().await;
    options.url = db.options.url.clone();
    let run = db.run().await;
    db.store.close().await;
    // SQLite says "full" at this size, as it does when the disk is.
    options.max_pages = Some(160);
    let store = Store::open(options.clone(), Arc::new(ManualClock::new(START))).await.unwrap();
    let big = || NewEvent { payload: Arc::new(json!("x".repeat(50_000))), ..db.event(json!(1)) };
    let mut acknowledged = vec![run];
    let error = loop {
        match store.accept(big()).await {
            Ok(accepted) => acknowledged.push(run_of(&accepted)),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 100, "it never got full");
    };
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    // Whichever way SQLite ends the failed transactions: what is acknowledged after them is committed, and not a part of them.
    for size in [50_000, 20_000, 9_000, 50_000, 2_000, 200, 20, 2] {
        let small = NewEvent { payload: Arc::new(json!("x".repeat(size))), ..db.event(json!(1)) };
        match store.accept(small).await {
            Ok(accepted) => acknowledged.push(run_of(&accepted)),
            Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error:?}"),
        }
    }
    for run in &acknowledged {
        store.run(&db.scope, *run).await.expect("another connection sees what was acknowledged");
    }
    store.close().await;
    drop(store);

    options.max_pages = None;
    let store = Store::open(options, Arc::new(ManualClock::new(START))).await.unwrap();
    let claimed = store.claim_runs(200, LEASE_MS).await.unwrap();
    assert_eq!(claimed.iter().map(|c| c.lease.run).collect::<Vec<_>>(), acknowledged, "exactly what was acknowledged is there");
    for claimed in claimed {
        store.append(finish(&claimed, START, RunStatus::Succeeded)).await.unwrap();
    }
    assert!(matches!(store.accept(big()).await.unwrap(), Accepted::Run { .. }));
}

#[tokio::test]
async fn an_old_schema_is_copied_before_it_changes() {
    let db = Db::sqlite().await;
    db.store.close().await;
    let DatabaseUrl::Sqlite { dir } = &db.options.url else { panic!() };
    let raw = Database::connect(format!("sqlite://{}/patchbay.db", dir.display())).await.unwrap();
    raw.execute_unprepared("UPDATE schema_info SET major = 0, minor = 9").await.unwrap();
    raw.close().await.unwrap();
    let store = Store::open(db.options.clone(), db.clock.clone()).await.unwrap();
    assert!(!store.needs_owner().await.unwrap());
    let copies = std::fs::read_dir(dir)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("patchbay-before-migration-from-0.9-"));
    assert_eq!(copies.count(), 1);
}

#[tokio::test]
async fn processes_on_postgres_have_numbers_of_their_own() {
    let Some(db) = Db::postgres().await else { return };
    let dropper = db.dropper();
    let other = db.second().await;
    let mut ids: Vec<i64> = (0..1000).flat_map(|_| [db.store.next_id(), other.next_id()]).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2000);
    other.close().await;
    dropper.await;
}

#[tokio::test]
async fn numbers_on_postgres_are_had_again_and_ids_are_not() {
    let Some(db) = Db::postgres().await else { return };
    let dropper = db.dropper();
    let mut last = 0;
    for _ in 0..3 {
        let other = db.second().await;
        let first = other.next_id();
        assert!(first > last, "what was made before stays behind");
        for _ in 0..1_000 {
            last = other.next_id();
        }
        other.close().await;
    }
    assert_eq!(db.count("SELECT COUNT(*) FROM node").await, 2, "a number that was given back is had again");
    // As if each of a thousand processes had died.
    let raw = db.raw().await;
    let died = "INSERT INTO node (id, number, kind, started_at, seen_at, released_at, high_water)
                SELECT n, n, 'all', 0, $1 - 3600000 + n, NULL, $1 + 5000 FROM generate_series(2, 1023) AS n";
    raw.execute_raw(Statement::from_sql_and_values(raw.get_database_backend(), died, [START.ms().into()])).await.unwrap();
    let (second, third) = (db.second().await, db.second().await);
    let (second, third) = (second.next_id(), third.next_id());
    assert!(second > last && third > last);
    assert_eq!(third >> 12 & 1023, 2, "the one that is dead for longest");
    assert!(third >> 22 > START.plus_ms(5_000).since(model::Timestamp(model::ids::EPOCH_MS)), "after all it may have made");
    drop(raw);
    dropper.await;
}

#[test]
fn connection_strings_are_never_shown() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for url in ["postgres://user:hunter2@127.0.0.1:1/none", "nonsense hunter2"] {
            let mut options = Options::new(DatabaseUrl::Postgres { url: url.into() });
            options.pool_size = 1;
            let error = Store::open(options, Arc::new(ManualClock::new(START))).await.err().unwrap();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    });
}

//! PostgreSQL: commits whose answer is lost on the way.

use std::time::Duration;

use serde_json::json;
use store::{Append, DatabaseUrl, Options, Store};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::support::*;

/// A way to the database that can be cut: everything that is open ends, what comes after gets through.
struct Way {
    url: String,
    cut: watch::Sender<u32>,
}

impl Way {
    async fn to(url: &str) -> Way {
        let (before, rest) = url.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = format!("{before}@{}/{name}", listener.local_addr().unwrap());
        let (cut, cuts) = watch::channel(0);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut cuts) = (server.clone(), cuts.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Way { url: own, cut }
    }
}

/// A commit that writes into `table` takes two seconds.
async fn slow(db: &Db, table: &str) {
    let trigger = format!(
        "CREATE FUNCTION slow() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(2); RETURN NULL; END $$ LANGUAGE plpgsql;
         CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()"
    );
    sea_orm::ConnectionTrait::execute_unprepared(&db.raw().await, &trigger).await.unwrap();
}

/// Cuts the way once the database is at the commit.
async fn cut(db: &Db, way: &Way) {
    let at_commit = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    for _ in 0..500 {
        if db.count(at_commit).await > 0 {
            way.cut.send_modify(|cuts| *cuts += 1);
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no commit came");
}

async fn by(db: &Db) -> (Way, Store) {
    let DatabaseUrl::Postgres { url } = &db.options.url else { panic!() };
    let way = Way::to(url).await;
    let options = Options { url: DatabaseUrl::Postgres { url: way.url.clone() }, ..db.options.clone() };
    let store = Store::open(options, db.clock.clone()).await.unwrap();
    (way, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_told_as_it_stands() {
    let Some(db) = Db::postgres().await else { return };
    let dropper = db.dropper();
    let (way, store) = by(&db).await;
    slow(&db, "event").await;
    let (new, accepting) = (db.event(json!(1)), store.clone());
    let accepting = tokio::spawn(async move { accepting.accept(new).await });
    cut(&db, &way).await;
    let run = run_of(&accepting.await.unwrap().unwrap());
    assert_eq!(db.store.run(&db.scope, run).await.unwrap().id, run, "what is acknowledged is there");
    assert_eq!(db.count("SELECT COUNT(*) FROM event").await, 1);
    store.close().await;
    dropper.await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_a_run_is_told_as_it_stands() {
    let Some(db) = Db::postgres().await else { return };
    let dropper = db.dropper();
    let (way, store) = by(&db).await;
    let claimed = db.claimed().await;
    slow(&db, "journal").await;
    let (append, appending): (Append, Store) = (start(&claimed, START), store.clone());
    let appending = tokio::spawn(async move { appending.append(append).await });
    cut(&db, &way).await;
    let appended = appending.await.unwrap().unwrap();
    assert_eq!(appended.lease.seq, claimed.lease.seq + 1);
    assert_eq!(db.store.journal(&db.scope, claimed.lease.run, -1).await.unwrap().len(), 2);
    store.close().await;
    dropper.await;
}

//! A database that is full, and workflows that change while events come in.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;
use store::{DatabaseUrl, Options, Store};

use crate::{
    database::Db,
    on_both,
    world::{Sent, World, header, json_of, webhook, workflow},
};

#[tokio::test]
async fn a_full_database_acknowledges_nothing_it_did_not_keep() {
    let world = World::new(Db::sqlite().await).await;
    let hook = world.publish(&workflow(webhook(json!({})), json!({}))).await;
    let World { db, ingest } = world;
    let DatabaseUrl::Sqlite { dir } = db.options.url.clone() else { panic!() };
    db.store.close().await;
    drop((ingest, db.vault, db.store));
    // SQLite says "full" at this size, as it does when the disk is.
    let open = async |max_pages| {
        for _ in 0..200 {
            match Store::open(Options { max_pages, ..Options::new(DatabaseUrl::Sqlite { dir: dir.clone() }) }, db.clock.clone())
                .await
            {
                Err(store::Error::Locked(_)) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                opened => return opened.unwrap(),
            }
        }
        panic!("still locked");
    };
    let store = open(Some(200)).await;
    let vault = vault::Vault::open(store.clone(), &db.folder.path().join("key")).await.unwrap();
    let ingest = triggers::Ingest::new(store.clone(), vault, Arc::new(triggers::NoHandover));
    let body = json!("x".repeat(40_000)).to_string();
    let mut acknowledged = BTreeSet::new();
    let refused = loop {
        let reply = ingest.webhook(Sent { body: body.as_bytes(), ..Sent::default() }.to(&hook.key)).await;
        if reply.status != 200 {
            break reply;
        }
        acknowledged.insert(json_of(&reply)["run"].as_str().unwrap().to_owned());
        assert!(acknowledged.len() < 200, "it never got full");
    };
    assert_eq!((refused.status, header(&refused, "retry-after")), (503, Some("5")));
    assert!(!json_of(&refused).to_string().to_lowercase().contains("sql"), "inner text stays inside");
    assert!(!acknowledged.is_empty());
    store.close().await;
    drop((ingest, store));

    let store = open(None).await;
    let kept: BTreeSet<String> = store.claim_runs(300, 1000).await.unwrap().iter().map(|run| run.lease.run.to_string()).collect();
    assert_eq!(kept, acknowledged);
}

on_both! {
    async fn every_event_lands_on_one_version(world: World) {
        let definition = workflow(webhook(json!({})), json!({}));
        let hook = world.publish(&definition).await;
        // Another process has what it knows of the workflow in its own memory.
        let other = world.ingest_on(&world.db.second().await);
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..4 {
            let (ingest, key) = (if sender % 2 == 0 { world.ingest.clone() } else { other.clone() }, hook.key.clone());
            senders.spawn(async move {
                let mut runs = Vec::new();
                for _ in 0..20 {
                    let reply = ingest.webhook(Sent { body: b"{}", ..Sent::default() }.to(&key)).await;
                    assert_eq!(reply.status, 200, "{}", json_of(&reply));
                    runs.push(json_of(&reply)["run"].as_str().unwrap().to_owned());
                }
                runs
            });
        }
        for _ in 0..8 {
            world.republish(hook.workflow, &definition).await;
        }
        let mut sent: Vec<String> = senders.join_all().await.into_iter().flatten().collect();
        sent.sort_unstable();
        let runs = world.runs(hook.workflow).await;
        let mut kept: Vec<String> = runs.iter().map(|run| run.id.to_string()).collect();
        kept.sort_unstable();
        assert_eq!(kept, sent);
        for run in &runs {
            let event = world.db.store.event(&world.db.scope, run.event.unwrap()).await.unwrap();
            assert_eq!((event.version, event.event.run), (run.version, Some(run.id)));
            assert!((1..=9).contains(&run.version));
        }
    }
}

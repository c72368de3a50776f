//! Hosts whose certificates are refused.

use std::time::Duration;

use model::run::{Hold, RunStatus};
use serde_json::json;
use testkit::{Certificate, SecureServer};

use crate::{
    on_both,
    world::{post, workflow},
};

on_both! {
    async fn calls_that_meet_a_bad_certificate_are_noted_by_host(world: World) {
        let server = SecureServer::start(Certificate::SelfSigned).await;
        let call = |path: &str| workflow(&["send"], json!({ "send": post(&server.url(path), true, json!({})) }));
        let runs = [world.run(&call("/a?key=hidden"), json!(1)).await, world.run(&call("/b"), json!(2)).await];
        let known = async || world.db.store.untrusted_hosts(world.db.scope.workspace).await.unwrap();
        for _ in 0..1000 {
            if known().await.first().is_some_and(|fact| fact.count >= 2) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let facts = known().await;
        let [fact] = facts.as_slice() else { panic!("{facts:?}") };
        assert_eq!((fact.host.as_str(), fact.count), (server.host().as_str(), 2));
        assert!(fact.run.is_some_and(|run| runs.contains(&run)), "{fact:?}");
        assert!(fact.message.contains("its certificate is not trusted") && !fact.message.contains("hidden"), "{}", fact.message);
        for run in runs {
            // Nothing was sent, so it is tried again by itself.
            let waiting = world.until(run, "waiting", |run| run.status == RunStatus::Waiting).await;
            assert_ne!(waiting.hold, Some(Hold::Unknown));
            world.db.store.cancel(&world.db.scope, run).await.unwrap();
            world.ended(run, RunStatus::Cancelled).await;
        }
    }
}

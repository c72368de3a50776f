//! Work other than runs.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use store::{ClaimedJob, NewJob, Store};
use testkit::Behaviour;
use worker::{After, JobHandler};

use crate::{
    database::START,
    on_both,
    world::{Handlers, options, post, workflow},
};

/// Fails three times, comes again once, and is done.
struct Stubborn {
    store: Store,
    seen: Arc<Mutex<Vec<(i64, Value)>>>,
}

#[async_trait]
impl JobHandler for Stubborn {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        let mut seen = self.seen.lock().unwrap();
        seen.push((self.store.now().since(START), job.body.clone()));
        match seen.len() {
            1..=3 => Err("not yet".into()),
            4 => Ok(After::Again { at: self.store.now().plus_ms(3_600_000), body: json!({ "round": 2 }) }),
            _ => Ok(After::Done),
        }
    }
}

on_both! {
    async fn a_failed_job_backs_off_and_a_place_is_not_needed(world: World) {
        let mut world = world;
        world.halt().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let stubborn = Stubborn { store: world.db.store.clone(), seen: Arc::clone(&seen) };
        let handlers = Handlers::from([("stubborn", Arc::new(stubborn) as Arc<dyn JobHandler>)]);
        let worker = world.start_on(&world.db.store, worker::Options { slots: 1, lease_ms: 10_000_000_000, ..options() }, handlers);
        // Every place is taken by a call that does not end.
        world.upstream.behave(Behaviour::Silence);
        world.run(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) })), json!(1)).await;
        world.upstream.wait_for_calls(1).await;

        let job = NewJob {
            workspace: world.db.scope.workspace,
            workflow: None,
            kind: "stubborn".into(),
            key: "one".into(),
            available_at: START,
            body: json!({ "round": 1 }),
        };
        world.db.store.put_job(job).await.unwrap();
        let called = async |count: usize| {
            for _ in 0..1000 {
                if seen.lock().unwrap().len() == count {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            panic!("{} calls instead of {count}", seen.lock().unwrap().len());
        };
        for (count, due) in [(1, 2_000), (2, 6_000), (3, 14_000), (4, 3_614_000)] {
            called(count).await;
            // Settled before the clock goes on.
            while world.db.store.next_available().await.unwrap() != Some(START.plus_ms(due)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            world.db.clock.set(START.plus_ms(due - 1));
            tokio::time::sleep(Duration::from_millis(60)).await;
            assert_eq!(seen.lock().unwrap().len(), count, "not before its time");
            world.db.clock.set(START.plus_ms(due));
        }
        called(5).await;
        let times: Vec<i64> = seen.lock().unwrap().iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0, 2_000, 6_000, 14_000, 3_614_000], "waits double while it fails");
        assert_eq!(seen.lock().unwrap().last().unwrap().1, json!({ "round": 2 }));
        world.db.clock.advance_ms(86_400_000);
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(seen.lock().unwrap().len(), 5, "done is done");
        worker.stop().await;
    }
}

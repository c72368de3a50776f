//! Work other than runs.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
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

/// Takes its time, and notes how many do so at once.
struct Slow {
    now: AtomicUsize,
    most: AtomicUsize,
    done: AtomicUsize,
}

#[async_trait]
impl JobHandler for Slow {
    async fn run(&self, _: &ClaimedJob) -> Result<After, String> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(40)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        self.done.fetch_add(1, Ordering::SeqCst);
        Ok(After::Done)
    }

    fn at_once(&self) -> Option<usize> {
        Some(2)
    }
}

on_both! {
    async fn whoever_looks_at_the_queue_is_not_idle(world: World) {
        let mut world = world;
        let worker = (&mut world.worker.as_mut().unwrap().made).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(worker.idle_for() < Duration::from_millis(1_500), "it looks every 20 ms");
        world.halt().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(worker.idle_for() >= Duration::from_millis(300));
    }

    async fn a_kind_with_places_is_done_only_so_often_at_once(world: World) {
        let mut world = world;
        world.halt().await;
        let slow = Arc::new(Slow { now: AtomicUsize::new(0), most: AtomicUsize::new(0), done: AtomicUsize::new(0) });
        for n in 0..9 {
            let job = NewJob {
                workspace: world.db.scope.workspace,
                workflow: None,
                kind: "slow".into(),
                key: n.to_string(),
                available_at: START,
                body: Value::Null,
            };
            world.db.store.put_job(job).await.unwrap();
        }
        let handlers = Handlers::from([("slow", Arc::clone(&slow) as Arc<dyn JobHandler>)]);
        let worker = world.start_on(&world.db.store, options(), handlers);
        for _ in 0..1000 {
            if slow.done.load(Ordering::SeqCst) == 9 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!((slow.done.load(Ordering::SeqCst), slow.most.load(Ordering::SeqCst)), (9, 2), "all, and two at a time");
        worker.stop().await;
    }

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

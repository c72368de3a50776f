//! Runs that wait for time.

use std::time::Duration;

use model::run::{ErrorClass, RunStatus};
use serde_json::json;
use testkit::Behaviour;

use crate::{
    on_both,
    world::{post, workflow},
};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

on_both! {
    async fn a_month_passes(world: World) {
        let steps = json!({ "wait": { "type": "delay", "for": { "ms": 30 * DAY_MS } }, "send": post(&world.upstream.url("/a"), true, json!({})) });
        let run = world.run(&workflow(&["wait", "send"], steps), json!(1)).await;
        let parked = world.parked(run).await;
        assert_eq!(parked.wake_at.unwrap().since(world.db.store.now()), 30 * DAY_MS);
        let rows = world.summary(run).await.seq;
        world.db.clock.advance_ms(30 * DAY_MS - 1);
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(world.summary(run).await.seq, rows, "it was left in peace");
        world.db.clock.advance_ms(1);
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.upstream.calls().len(), 1);
    }

    async fn a_run_that_is_woken_too_early_waits_on(world: World) {
        let definition = workflow(&["wait"], json!({ "wait": { "type": "delay", "for": { "ms": DAY_MS } } }));
        let run = world.run(&definition, json!(1)).await;
        let wake_at = world.parked(run).await.wake_at;
        // More often than a run may be claimed without getting on.
        for _ in 0..5 {
            let seq = world.summary(run).await.seq;
            world.db.execute("UPDATE job SET available_at = 0 WHERE run_id IS NOT NULL").await;
            let parked = world.until(run, "parked again", |run| run.seq > seq).await;
            assert_eq!((parked.status, parked.wake_at, parked.hold), (RunStatus::Waiting, wake_at, None));
        }
        world.db.clock.advance_ms(DAY_MS);
        world.ended(run, RunStatus::Succeeded).await;
    }

    async fn a_run_has_a_time_limit(world: World) {
        let mut definition = workflow(&["wait"], json!({ "wait": { "type": "delay", "for": { "ms": DAY_MS } } }));
        definition.settings.run_timeout_ms = Some(10_000);
        let run = world.run(&definition, json!(1)).await;
        assert_eq!(world.parked(run).await.wake_at.unwrap().since(world.db.store.now()), 10_000);
        world.db.clock.advance_ms(10_000);
        let error = world.ended(run, RunStatus::Failed).await.error.unwrap();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::TimedOut, "run.timed_out"));
    }

    async fn a_stop_does_not_wait_for_a_place(world: World) {
        let mut world = world;
        world.halt().await;
        world.upstream.behave(Behaviour::Silence);
        let definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }));
        let worker = world.start(worker::Options { slots: 1, ..crate::world::options() });
        let run = world.run(&definition, json!(1)).await;
        world.upstream.wait_for_calls(1).await;
        let waiting = world.send(world.summary(run).await.workflow, json!(2)).await;
        tokio::time::timeout(Duration::from_secs(3), worker.stop()).await.expect("all places are taken, and still it stops");
        world.upstream.behave(Behaviour::Echo);
        world.worker = Some(world.start(crate::world::options()));
        // Both were handed back and need not wait for a lease to end.
        for run in [run, waiting] {
            world.ended(run, RunStatus::Succeeded).await;
        }
        let keys = world.upstream.calls_by_key();
        assert_eq!((keys.len(), world.upstream.calls().len()), (2, 3), "the call that was broken off was sent again with its key");
    }
}

//! A person's hand on a run.

use std::time::{Duration, Instant};

use model::run::{Control, Hold, RunStatus, SignalKind};
use serde_json::{Value, json};
use testkit::Behaviour;

use crate::{
    on_both,
    world::{World, options, post, workflow},
};

async fn cancel(world: &World, run: model::ids::RunId) {
    let asked = Instant::now();
    world.db.store.cancel(&world.db.scope, run).await.unwrap();
    world.ended(run, RunStatus::Cancelled).await;
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert!(matches!(world.db.store.cancel(&world.db.scope, run).await, Err(store::Error::Ended)));
}

async fn signal(world: &World, run: model::ids::RunId, kind: SignalKind) {
    world.db.store.signal(run, kind, None, Value::Null, Some("ada@example.com".into())).await.unwrap();
}

on_both! {
    async fn a_cancel_ends_a_run_wherever_it_is(world: World) {
        let mut world = world;
        world.halt().await;
        let call = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }));
        let queued = world.run(&call, json!(1)).await;
        cancel(&world, queued).await;

        let worker = world.start(worker::Options { slots: 1, ..options() });
        let wait = json!({ "wait": { "type": "delay", "for": { "ms": 3_600_000 } }, "send": post(&world.upstream.url("/late"), true, json!({})) });
        let waiting = world.run(&workflow(&["wait", "send"], wait), json!(1)).await;
        world.parked(waiting).await;
        cancel(&world, waiting).await;
        world.db.clock.advance_ms(3_600_000);

        world.upstream.behave_next([Behaviour::Silence]);
        let running = world.run(&call, json!(2)).await;
        world.upstream.wait_for_calls(1).await;
        cancel(&world, running).await;
        // The only place is free again.
        let next = world.send(world.summary(running).await.workflow, json!(3)).await;
        world.ended(next, RunStatus::Succeeded).await;
        assert!(world.calls("/late").is_empty());
        assert_eq!(world.calls("/a").len(), 2, "the broken-off one and the next run's");
        worker.stop().await;
    }

    async fn a_paused_run_finishes_its_call_and_starts_no_other(world: World) {
        world.upstream.behave_next([Behaviour::Delay(Duration::from_millis(600))]);
        let steps = json!({ "first": post(&world.upstream.url("/first"), false, json!({})), "second": post(&world.upstream.url("/second"), false, json!({})) });
        let run = world.run(&workflow(&["first", "second"], steps), json!(1)).await;
        world.upstream.wait_for_calls(1).await;
        signal(&world, run, SignalKind::Pause).await;
        world.until(run, "seen to be paused during the call", |run| run.status == RunStatus::Running && run.control == Control::Paused).await;
        let paused = world.parked(run).await;
        assert_eq!((paused.hold, paused.wake_at), (Some(Hold::Paused), None));
        assert_eq!(world.output(run, "first").await["status"], 200, "the call under way was heard to its end");
        assert!(world.calls("/second").is_empty());
        signal(&world, run, SignalKind::Resume).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!((world.calls("/first").len(), world.calls("/second").len()), (1, 1));
    }
}

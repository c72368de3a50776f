//! Runs that line up.

use std::time::Duration;

use model::run::RunStatus;
use serde_json::json;
use testkit::Behaviour;

use crate::{
    on_both,
    world::{World, options, post, workflow},
};

async fn send(world: &World, workflow: model::ids::WorkflowId, of: &str, n: i64) -> model::ids::RunId {
    let settings = world.db.store.workflow(&world.db.scope, workflow).await.unwrap().draft.settings;
    let mut event = world.event(workflow, json!({ "of": of, "n": n }));
    event.order_key = store::order_key(&settings, &event.payload);
    match world.db.store.accept(event).await.unwrap() {
        store::Accepted::Run { run, .. } => run,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn equal_keys_keep_their_order_through_retries(world: World) {
        let mut definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }));
        definition.settings.order_key = serde_json::from_value(json!({ "expr": "event.body.of" })).unwrap();
        let id = world.publish(&definition).await;
        world.upstream.behave_next([Behaviour::status(503)]);
        let first = send(&world, id, "a", 1).await;
        world.upstream.wait_for_calls(1).await;
        let second = send(&world, id, "a", 2).await;
        let third = send(&world, id, "a", 3).await;
        let other = send(&world, id, "b", 4).await;
        world.ended(other, RunStatus::Succeeded).await;
        let parked = world.parked(first).await;
        assert_eq!((world.summary(second).await.status, world.summary(third).await.status), (RunStatus::Queued, RunStatus::Queued));
        world.db.clock.set(parked.wake_at.unwrap());
        for run in [first, second, third] {
            world.ended(run, RunStatus::Succeeded).await;
        }
        let order: Vec<_> = world.calls("/a").iter().filter(|call| call.json()["of"] == "a").map(|call| call.json()["n"].clone()).collect();
        assert_eq!(order, [json!(1), json!(1), json!(2), json!(3)]);
    }

    async fn no_more_runs_at_once_than_allowed(world: World) {
        // Two processes where the database allows it.
        let other = world.db.second().await;
        let worker = world.start_on(&other, options(), Default::default());
        let mut definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }));
        definition.settings.concurrency = Some(2);
        let id = world.publish(&definition).await;
        world.upstream.behave(Behaviour::Delay(Duration::from_millis(400)));
        let mut runs = Vec::new();
        for n in 0..6 {
            runs.push(world.send(id, json!(n)).await);
        }
        world.upstream.wait_for_calls(2).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(world.upstream.calls().len(), 2, "the others wait");
        for run in runs {
            world.ended(run, RunStatus::Succeeded).await;
        }
        assert_eq!(world.upstream.calls().len(), 6);
        worker.stop().await;
    }
}

//! Workflows that keep starting themselves.

use std::sync::Arc;

use model::{
    ids::{RunId, WorkflowId},
    run::{Hold, RunStatus, SignalKind},
};
use serde_json::{Value, json};
use triggers::Traces;

use crate::{
    on_both,
    world::{World, called, post, workflow},
};

async fn came_back(world: &World, workflow: WorkflowId, trace: &str) -> RunId {
    let mut event = world.event(workflow, json!(1));
    event.payload = Arc::new(json!({ "method": "POST", "headers": { "patchbay-trace": trace }, "query": {}, "body": 1 }));
    match world.db.store.accept(event).await.unwrap() {
        store::Accepted::Run { run, .. } => run,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn the_sixth_time_within_a_minute_is_held(world: World) {
        let id = world.publish(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }))).await;
        let mut run = world.send(id, json!(1)).await;
        for round in 1..=5 {
            world.ended(run, RunStatus::Succeeded).await;
            let calls = world.upstream.wait_for_calls(round).await;
            let trace = calls[round - 1].header("patchbay-trace").expect("every call says where it comes from").to_owned();
            run = came_back(&world, id, &trace).await;
        }
        let held = world.until(run, "held", |run| run.hold == Some(Hold::System)).await;
        let reason = held.error.expect("it says why");
        assert_eq!(reason.code, "run.loop");
        assert!(reason.message.contains("5 times"), "{}", reason.message);
        assert_eq!(world.upstream.calls().len(), 5);
        // Nothing is lost: a person may let it go on, and others are not concerned.
        world.ended(world.send(id, json!(2)).await, RunStatus::Succeeded).await;
        world.db.store.signal(run, SignalKind::Resume, None, Value::Null, Some("ada".into())).await.unwrap();
        assert_eq!(world.ended(run, RunStatus::Succeeded).await.error, None);
    }

    async fn what_is_held_stays_held_whatever_wakes_it(world: World) {
        let mut world = world;
        let id = world.publish(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }))).await;
        let mut run = world.send(id, json!(1)).await;
        for round in 1..=5 {
            world.ended(run, RunStatus::Succeeded).await;
            let calls = world.upstream.wait_for_calls(round).await;
            let trace = calls[round - 1].header("patchbay-trace").unwrap().to_owned();
            if round == 5 {
                world.halt().await;
            }
            run = came_back(&world, id, &trace).await;
        }
        // Waits for it before it is looked at for the first time, and comes again when it is held.
        let wake = async || world.db.store.signal(run, SignalKind::Reconnected, None, Value::Null, None).await.unwrap();
        wake().await;
        world.worker = Some(world.start(crate::world::options()));
        for _ in 0..3 {
            let held = world.until(run, "held", |run| run.hold == Some(Hold::System)).await;
            assert_eq!(held.error.map(|error| error.code).as_deref(), Some("run.loop"), "it still says why");
            wake().await;
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        assert_eq!(world.names(run).await.iter().filter(|name| **name == "parked").count(), 1, "and is not parked again and again");
        assert_eq!(world.upstream.calls().len(), 5);
        world.db.store.signal(run, SignalKind::Resume, None, Value::Null, Some("ada".into())).await.unwrap();
        world.ended(run, RunStatus::Succeeded).await;
    }

    async fn a_forged_trace_holds_nobody(world: World) {
        let id = world.publish(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }))).await;
        let genuine = Traces::new(world.key().await).next(&json!({}), RunId(1), id, world.db.store.now());
        let (text, signature) = genuine.rsplit_once(';').unwrap();
        let hop = text.rsplit_once(';').unwrap().1;
        let forged = format!("{text}.{hop}.{hop}.{hop}.{hop}.{hop};{signature}");
        world.ended(came_back(&world, id, &forged).await, RunStatus::Succeeded).await;
    }

    async fn the_trace_goes_through_other_runs(world: World) {
        let child = world.publish(&called(json!([]), json!([]), &["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }))).await;
        let sub = json!({ "type": "sub_workflow", "workflow": child, "input": {} });
        let id = world.publish(&workflow(&["sub"], json!({ "sub": sub }))).await;
        world.ended(world.send(id, json!(1)).await, RunStatus::Succeeded).await;
        let trace = world.calls("/a")[0].header("patchbay-trace").unwrap().to_owned();
        assert!(trace.contains(&id.to_string()) && trace.contains(&child.to_string()), "{trace}");
    }
}

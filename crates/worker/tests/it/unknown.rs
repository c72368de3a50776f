//! Calls that may or may not have been carried out, and must not be repeated by themselves.

use model::run::{Choice, Hold, RunStatus, StepStatus};
use serde_json::json;
use testkit::Behaviour;

use crate::{
    on_both,
    world::{World, post, with, workflow},
};

/// A run whose call got no answer, and the step after it.
async fn unknown(world: &World, how: Behaviour) -> model::ids::RunId {
    world.upstream.behave_next([how]);
    let send = with(post(&world.upstream.url("/send"), false, json!({})), "policy", json!({ "timeout_ms": 150 }));
    let after = json!({ "type": "set", "fields": [{ "name": "got", "value": { "expr": "send.ok | default('nothing')" } }] });
    let run = world.run(&workflow(&["send", "after"], json!({ "send": send, "after": after })), json!(1)).await;
    let parked = world.until(run, "held", |run| run.hold == Some(Hold::Unknown)).await;
    assert_eq!((parked.status, parked.wake_at), (RunStatus::Waiting, None));
    run
}

on_both! {
    async fn it_happened(world: World) {
        let run = unknown(&world, Behaviour::Silence).await;
        world.settle(run, "send", &Choice::Happened { output: Some(json!({ "ok": "yes" })) }).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "after").await, json!({ "got": "yes" }));
        assert_eq!(world.upstream.calls().len(), 1, "nothing was sent again");
    }

    async fn run_it_again(world: World) {
        let run = unknown(&world, Behaviour::Reset).await;
        world.settle(run, "send", &Choice::RunAgain).await;
        world.ended(run, RunStatus::Succeeded).await;
        let step = world.state(run).await.step(&"send".into()).cloned().unwrap();
        assert_eq!(step.attempts.len(), 2);
        assert_ne!(step.attempts[0].key, step.attempts[1].key, "a person's word begins a new round");
        assert_eq!(world.upstream.calls().len(), 2);
    }

    async fn it_did_not_and_shall_not(world: World) {
        let run = unknown(&world, Behaviour::status(500)).await;
        // What fits nothing changes nothing.
        world.settle(run, "after", &Choice::Fail).await;
        world.settle(run, "send", &Choice::Fail).await;
        let ended = world.ended(run, RunStatus::Failed).await;
        let error = ended.error.unwrap();
        assert_eq!((error.code.as_str(), error.message.contains("ada@example.com")), ("call.settled_failed", true));
        assert_eq!(world.state(run).await.step_status(&"send".into()), StepStatus::Failed);
        assert_eq!(world.upstream.calls().len(), 1);
    }
}

//! Code steps.

use std::time::{Duration, Instant};

use model::run::{ErrorClass, RunStatus};
use serde_json::{Value, json};

use crate::{
    on_both,
    world::{options, with, workflow},
};

fn code(source: &str, timeout_ms: u64) -> Value {
    let kind = json!({ "type": "code", "source": source, "input": { "n": { "expr": "event.body" } } });
    with(kind, "policy", json!({ "timeout_ms": timeout_ms }))
}

on_both! {
    async fn a_script_gives_an_output(world: World) {
        let steps = json!({ "code": code("return { twice: input.n * 2, of: run.workflow }", 1_000) });
        let run = world.run(&workflow(&["code"], steps), json!(21)).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "code").await, json!({ "twice": 42, "of": "Test" }));
        assert_eq!(world.summary(run).await.seq, 1, "it needs no commit of its own");
    }

    async fn one_that_loops_for_ever_gives_its_place_back(world: World) {
        let mut world = world;
        world.halt().await;
        world.worker = Some(world.start(worker::Options { slots: 1, ..options() }));
        let endless = world.publish(&workflow(&["code"], json!({ "code": code("for (;;) {}", 200) }))).await;
        let run = world.send(endless, json!(1)).await;
        let next = world.run(&workflow(&["code"], json!({ "code": code("return 1", 1_000) })), json!(1)).await;
        let error = world.ended(run, RunStatus::Failed).await.error.unwrap();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Permanent, "code.timeout"));
        world.ended(next, RunStatus::Succeeded).await;
    }

    async fn a_cancel_does_not_wait_for_it(world: World) {
        let mut world = world;
        world.halt().await;
        world.worker = Some(world.start(worker::Options { slots: 1, ..options() }));
        let run = world.run(&workflow(&["code"], json!({ "code": code("for (;;) {}", 20_000) })), json!(1)).await;
        // It is in hand once its lease stands; nothing is written before the script has ended.
        tokio::time::sleep(Duration::from_millis(150)).await;
        let asked = Instant::now();
        world.db.store.cancel(&world.db.scope, run).await.unwrap();
        world.ended(run, RunStatus::Cancelled).await;
        let wait = json!({ "set": { "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] } });
        let next = world.run(&workflow(&["set"], wait), json!(1)).await;
        world.ended(next, RunStatus::Succeeded).await;
        assert!(asked.elapsed() < Duration::from_secs(1), "its place is free within a second: {:?}", asked.elapsed());
    }

    async fn an_exception_is_the_steps_error(world: World) {
        let steps = json!({ "code": with(code("throw new Error('no ' + input.n)", 1_000), "policy", json!({ "on_error": "continue" })),
            "after": { "type": "set", "fields": [{ "name": "why", "value": { "expr": "code.error.message" } }] } });
        let run = world.run(&workflow(&["code", "after"], steps), json!(7)).await;
        world.ended(run, RunStatus::Succeeded).await;
        let why = world.output(run, "after").await["why"].as_str().unwrap().to_owned();
        assert!(why.contains("no 7") && why.contains('1'), "{why}");
    }
}

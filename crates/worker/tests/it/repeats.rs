//! Tests of a draft, and going through a past event again.

use std::sync::Arc;

use model::{
    api::{Replay, TestRun},
    run::RunStatus,
};
use serde_json::json;
use testkit::Behaviour;
use triggers::{Ingest, NoHandover};

use crate::{
    on_both,
    world::{World, post, workflow},
};

fn ingest(world: &World) -> Ingest {
    Ingest::new(world.db.store.clone(), world.db.vault.clone(), Arc::new(NoHandover))
}

fn two_calls(world: &World) -> model::WorkflowDefinition {
    let second = json!({ "body": { "expr": "first.body.body" } });
    workflow(
        &["first", "second"],
        json!({ "first": post(&world.upstream.url("/first"), true, json!({})), "second": post(&world.upstream.url("/second"), true, second) }),
    )
}

on_both! {
    async fn a_test_of_one_step_uses_what_it_is_given_and_leaves_a_sample(world: World) {
        let definition = two_calls(&world);
        let id = world.publish(&definition).await;
        let request = TestRun {
            definition,
            trigger: "hook".into(),
            event: json!({ "body": { "n": 1 } }),
            only: Some("second".into()),
            given: serde_json::Map::from_iter([("first".to_owned(), json!({ "body": { "body": { "given": true } } }))]),
        };
        let receipt = ingest(&world).test(&world.db.scope, id, request, manifest::builtin()).await.unwrap();
        let run = receipt.run.unwrap();
        let ended = world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(ended.kind, "test");
        assert!(world.calls("/first").is_empty());
        assert_eq!(world.calls("/second")[0].json(), json!({ "given": true }));
        let samples = world.db.store.samples(&world.db.scope, id).await.unwrap();
        assert_eq!(samples.steps.len(), 1);
        assert_eq!((samples.steps[0].step.as_str(), &samples.steps[0].output["body"]["body"]), ("second", &json!({ "given": true })));
        let live = world.db.store.runs(&world.db.scope, &model::api::RunsQuery::default()).await.unwrap();
        assert!(live.items.is_empty(), "tests are not among the runs");
    }

    async fn a_replay_from_a_step_repeats_nothing_before_it(world: World) {
        world.upstream.behave_next([Behaviour::Echo, Behaviour::status(404)]);
        let run = world.run(&two_calls(&world), json!({ "n": 7 })).await;
        world.ended(run, RunStatus::Failed).await;
        let mut last = run;
        // A replay of a replay still has what the first run's first step gave.
        for round in 1..=2 {
            let request = Replay { from: Some("second".into()), newest: false };
            let receipt = ingest(&world).replay(&world.db.scope, last, request).await.unwrap();
            let replay = receipt.run.unwrap();
            let ended = world.ended(replay, RunStatus::Succeeded).await;
            assert_eq!((ended.kind.as_str(), ended.replay_of), ("replay", Some(last)));
            let calls = world.calls("/second");
            assert_eq!((world.calls("/first").len(), calls.len()), (1, 1 + round));
            assert_eq!(calls[round].json(), json!({ "n": 7 }));
            let keys: std::collections::BTreeSet<_> = calls.iter().map(|call| call.header("idempotency-key").unwrap().to_owned()).collect();
            assert_eq!(keys.len(), 1 + round, "a new run has new keys");
            last = replay;
        }
        let whole = ingest(&world).replay(&world.db.scope, run, Replay::default()).await.unwrap();
        world.ended(whole.run.unwrap(), RunStatus::Succeeded).await;
        assert_eq!(world.calls("/first").len(), 2);
        let nowhere = Replay { from: Some("nowhere".into()), newest: false };
        assert_eq!(ingest(&world).replay(&world.db.scope, run, nowhere).await.unwrap_err().code(), "not_found");
    }
}

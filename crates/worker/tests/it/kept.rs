//! Values that outlive runs.

use std::collections::BTreeSet;

use model::{api::TestRun, run::RunStatus, step::StoreScope};
use serde_json::{Value, json};

use crate::{
    on_both, outside,
    world::{Handlers, World, options, workflow},
};

fn change(scope: &str, key: Value, op: Value) -> Value {
    json!({ "type": "store", "scope": scope, "key": key, "op": op })
}

fn count(scope: &str) -> Value {
    change(scope, json!({ "literal": "n" }), json!({ "type": "increment" }))
}

async fn value(world: &World, workflow: Option<model::ids::WorkflowId>, key: &str) -> Option<Value> {
    let (workspace, scope) =
        (world.db.scope.workspace, if workflow.is_some() { StoreScope::Workflow } else { StoreScope::Workspace });
    let of = workflow.unwrap_or(model::ids::WorkflowId(0));
    world.db.store.kv_get(workspace, of, scope, key).await.unwrap().map(|(value, _)| value)
}

on_both! {
    async fn fifty_increments_at_once_make_fifty(world: World) {
        // Two processes where the database allows it.
        let other = world.db.second().await;
        let worker = world.start_on(&other, options(), Handlers::new());
        let id = world.publish(&workflow(&["count"], json!({ "count": count("workflow") }))).await;
        let mut runs = Vec::new();
        for n in 0..50 {
            runs.push(world.send(id, json!(n)).await);
        }
        let mut seen = BTreeSet::new();
        for run in runs {
            world.ended(run, RunStatus::Succeeded).await;
            seen.insert(world.output(run, "count").await["value"].as_u64().unwrap());
        }
        assert_eq!(seen, (1..=50).collect(), "each saw a number of its own");
        assert_eq!(value(&world, Some(id), "n").await, Some(json!(50)));
        assert_eq!(value(&world, None, "n").await, None, "the workspace's values are others");
        worker.stop().await;
    }

    async fn a_killed_worker_counts_once(world: World) {
        let mut world = world;
        let steps = json!({
            "first": count("workspace"),
            "send": crate::world::post(&world.upstream.url("/a"), true, json!({})),
            "second": count("workspace"),
        });
        let id = world.publish(&workflow(&["first", "send", "second"], steps)).await;
        world.upstream.behave_next([testkit::Behaviour::Silence]);
        let run = world.send(id, json!(1)).await;
        world.upstream.wait_for_calls(1).await;
        // Nothing is handed back: the run is claimed anew when its lease has ended.
        world.worker.take().unwrap().task.abort();
        world.db.clock.advance_ms(31_000);
        world.worker = Some(world.start(options()));
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(value(&world, None, "n").await, Some(json!(2)), "the first step was not carried out again");
    }

    async fn every_operation(world: World) {
        let key = json!({ "literal": "list" });
        let steps = json!({
            "missing": change("workflow", key.clone(), json!({ "type": "get" })),
            "add": change("workflow", key.clone(), json!({ "type": "append_if_absent", "value": { "expr": "event.body" } })),
            "again": change("workflow", key.clone(), json!({ "type": "append_if_absent", "value": { "expr": "event.body" } })),
            "get": change("workflow", key.clone(), json!({ "type": "get" })),
            "wrong": change("workflow", json!({ "literal": "other" }),
                json!({ "type": "compare_and_set", "expected": { "literal": 1 }, "value": { "literal": 2 } })),
            "right": change("workflow", json!({ "literal": "other" }),
                json!({ "type": "compare_and_set", "expected": "omit", "value": { "literal": 2 } })),
            "all": change("workflow", json!({ "literal": "" }), json!({ "type": "list" })),
            "gone": change("workflow", key, json!({ "type": "delete" })),
        });
        let run = world.run(&workflow(&["missing", "add", "again", "get", "wrong", "right", "all", "gone"], steps), json!("x")).await;
        world.ended(run, RunStatus::Succeeded).await;
        for (step, output) in [
            ("missing", json!({ "found": false })),
            ("add", json!({ "added": true, "count": 1 })),
            ("again", json!({ "added": false, "count": 1 })),
            ("get", json!({ "found": true, "value": ["x"] })),
            ("wrong", json!({ "set": false })),
            ("right", json!({ "set": true, "value": 2 })),
            ("all", json!({ "entries": [{ "key": "list", "value": ["x"] }, { "key": "other", "value": 2 }], "more": false })),
            ("gone", json!({ "previous": ["x"] })),
        ] {
            assert_eq!(world.output(run, step).await, output, "{step}");
        }
    }

    async fn what_does_not_fit_fails_the_step_and_changes_nothing(world: World) {
        let steps = json!({
            "text": change("workflow", json!({ "literal": "n" }), json!({ "type": "set", "value": { "literal": "text" } })),
            "count": count("workflow"),
        });
        let definition = workflow(&["text", "count"], steps);
        let id = world.publish(&definition).await;
        let run = world.send(id, json!(1)).await;
        let error = world.ended(run, RunStatus::Failed).await.error.unwrap();
        assert_eq!(error.path, Some("count".into()), "{error:?}");
        assert_eq!(value(&world, Some(id), "n").await, Some(json!("text")));
    }

    async fn a_test_changes_nothing_but_sees_its_own_changes(world: World) {
        let steps = json!({
            "count": count("workflow"),
            "again": count("workflow"),
            "get": change("workflow", json!({ "literal": "n" }), json!({ "type": "get" })),
        });
        let definition = workflow(&["count", "again", "get"], steps);
        let id = world.publish(&definition).await;
        world.ended(world.send(id, json!(1)).await, RunStatus::Succeeded).await;
        let request = TestRun { definition, trigger: "hook".into(), event: json!({ "body": 1 }), only: None, given: Default::default() };
        let ingest = outside::ingest(&world.db.store, &world.db.vault);
        let receipt = ingest.test(&world.db.scope, id, request, manifest::builtin()).await.unwrap();
        let run = receipt.run.unwrap();
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "again").await, json!({ "value": 4, "simulated": true }));
        assert_eq!(world.output(run, "get").await, json!({ "found": true, "value": 4, "simulated": true }));
        assert_eq!(value(&world, Some(id), "n").await, Some(json!(2)), "only the live run's");
    }
}

//! Items gathered across runs.

use std::collections::BTreeSet;

use model::{
    api::Replay,
    ids::WorkflowId,
    run::{RunKind, RunStatus},
};
use serde_json::{Value, json};
use triggers::{Ingest, NoHandover};

use crate::{
    on_both,
    world::{World, options, workflow},
};

fn digest(collect: Value) -> model::WorkflowDefinition {
    let mut kind = json!({ "type": "collect", "item": { "expr": "event.body" } });
    kind.as_object_mut().unwrap().extend(collect.as_object().cloned().unwrap());
    let count = json!({ "type": "set", "fields": [{ "name": "items", "value": { "expr": "gather.items" } }] });
    workflow(&["gather", "after"], json!({ "gather": kind, "after": count }))
}

/// The runs that went on, with what each had gathered and why its batch closed.
async fn gathered(world: &World, workflow: WorkflowId, count: usize) -> Vec<(Value, String)> {
    let mut found = Vec::new();
    for _ in 0..1000 {
        found.clear();
        for run in world.runs(workflow).await.into_iter().filter(|run| run.kind == "collected") {
            let ended = world.ended(run.id, RunStatus::Succeeded).await;
            let state = world.state(ended.id).await;
            assert!(matches!(state.kind, RunKind::Collected { .. }));
            let output = world.output(run.id, "gather").await;
            assert_eq!(world.output(run.id, "after").await["items"], output["items"]);
            found.push((output["items"].clone(), output["closed_by"].as_str().unwrap_or_default().to_owned()));
        }
        if found.len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(found.len(), count, "{found:?}");
    found
}

async fn joined(world: &World, workflow: WorkflowId, item: Value) -> Value {
    let run = world.send(workflow, item).await;
    let ended = world.ended(run, RunStatus::Succeeded).await;
    assert_eq!(ended.kind, "live");
    world.output(run, "gather").await
}

on_both! {
    async fn a_batch_closes_by_count(world: World) {
        let id = world.publish(&digest(json!({ "count": 3 }))).await;
        for n in 1..=7 {
            let output = joined(&world, id, json!(n)).await;
            assert_eq!(output["position"], json!((n - 1) % 3 + 1), "{output}");
        }
        let batches = gathered(&world, id, 2).await;
        assert_eq!(batches, [(json!([1, 2, 3]), "count".to_owned()), (json!([4, 5, 6]), "count".to_owned())]);
    }

    async fn a_batch_closes_by_time(world: World) {
        let id = world.publish(&digest(json!({ "after_ms": 60_000, "count": 100 }))).await;
        joined(&world, id, json!("a")).await;
        world.db.clock.advance_ms(59_999);
        joined(&world, id, json!("b")).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert_eq!(world.runs(id).await.len(), 2, "not before its time");
        world.db.clock.advance_ms(1);
        assert_eq!(gathered(&world, id, 1).await, [(json!(["a", "b"]), "time".to_owned())]);
        joined(&world, id, json!("c")).await;
        world.db.clock.advance_ms(60_000);
        assert_eq!(gathered(&world, id, 2).await[1], (json!(["c"]), "time".to_owned()));
    }

    async fn a_batch_closes_by_its_schedule(world: World) {
        let mut definition = digest(json!({ "schedule": "0 9 * * *" }));
        definition.settings.time_zone = "Europe/Berlin".into();
        let id = world.publish(&definition).await;
        joined(&world, id, json!(1)).await;
        // It is midnight in UTC: nine in Berlin is eight hours away.
        world.db.clock.advance_ms(8 * 3_600_000 - 1);
        joined(&world, id, json!(2)).await;
        assert_eq!(world.runs(id).await.len(), 2);
        world.db.clock.advance_ms(1);
        assert_eq!(gathered(&world, id, 1).await, [(json!([1, 2]), "schedule".to_owned())]);
    }

    async fn batches_with_different_keys_fill_side_by_side(world: World) {
        let id = world.publish(&digest(json!({ "count": 2, "key": { "expr": "event.body.of" } }))).await;
        for (of, n) in [("a", 1), ("b", 2), ("a", 3), ("b", 4)] {
            joined(&world, id, json!({ "of": of, "n": n })).await;
        }
        let batches = gathered(&world, id, 2).await;
        let of: BTreeSet<String> = batches.iter().map(|(items, _)| format!("{}{}", items[0]["of"], items[1]["of"])).collect();
        assert_eq!(of, BTreeSet::from(["\"a\"\"a\"".to_owned(), "\"b\"\"b\"".to_owned()]));
    }

    async fn killed_twice_nothing_is_lost_or_doubled(world: World) {
        let mut world = world;
        let id = world.publish(&digest(json!({ "count": 5 }))).await;
        for round in 0..2 {
            for n in 0..10 {
                world.send(id, json!(round * 10 + n)).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(15)).await;
            world.worker.take().unwrap().task.abort();
            world.db.clock.advance_ms(31_000);
            world.worker = Some(world.start(options()));
        }
        let batches = gathered(&world, id, 4).await;
        let mut items: Vec<i64> = batches.iter().flat_map(|(items, _)| items.as_array().unwrap()).filter_map(Value::as_i64).collect();
        items.sort_unstable();
        assert_eq!(items, (0..20).collect::<Vec<_>>());
    }

    async fn what_was_gathered_can_be_gone_through_again(world: World) {
        let id = world.publish(&digest(json!({ "count": 2 }))).await;
        for n in 1..=2 {
            joined(&world, id, json!(n)).await;
        }
        gathered(&world, id, 1).await;
        let mut last = world.runs(id).await.into_iter().find(|run| run.kind == "collected").unwrap().id;
        let ingest = Ingest::new(world.db.store.clone(), world.db.vault.clone(), std::sync::Arc::new(NoHandover));
        // A replay of a replay goes on with the same items, too.
        for from in [None, Some("after".into()), None] {
            let request = Replay { from, newest: false };
            last = ingest.replay(&world.db.scope, last, request).await.unwrap().run.unwrap();
            world.ended(last, RunStatus::Succeeded).await;
            assert_eq!(world.output(last, "after").await["items"], json!([1, 2]));
        }
        let before = Replay { from: Some("gather".into()), newest: false };
        assert!(matches!(ingest.replay(&world.db.scope, last, before).await, Err(triggers::Error::Gone(_))));
    }
}

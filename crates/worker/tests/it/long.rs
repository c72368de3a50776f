//! Runs with long journals.

use model::run::{RunKind, RunStatus};
use serde_json::json;
use store::Answered;

use crate::{
    on_both,
    world::{options, workflow},
};

const ITEMS: usize = 2_300;

on_both! {
    async fn a_long_run_goes_on_from_its_snapshot(world: World) {
        let mut world = world;
        let shout = json!({ "type": "set", "fields": [{ "name": "v", "value": { "expr": "item.v ~ '!'" } }] });
        let steps = json!({
            "each": { "type": "for_each", "over": { "expr": "event.body" }, "item": "item", "body": ["shout"], "concurrency": 4 },
            "shout": shout,
            "wait": { "type": "delay", "for": { "ms": 60_000 } },
            "last": { "type": "set", "fields": [
                { "name": "count", "value": { "expr": "each.items | length" } },
                { "name": "first", "value": { "expr": "each.items[0].v" } },
                { "name": "other", "value": { "expr": "each.items[2299].v" } },
            ] },
        });
        // One item is long enough for a row of its own.
        let mut items: Vec<_> = (0..ITEMS).map(|n| json!({ "v": format!("item {n}") })).collect();
        items[7] = json!({ "v": "x".repeat(20_000) });
        let run = world.run(&workflow(&["each", "wait", "last"], steps), json!(items)).await;
        world.parked(run).await;
        world.halt().await;
        world.db.clock.advance_ms(60_000);

        let claimed = world.db.store.claim_runs(1, 30_000).await.unwrap().pop().unwrap();
        let snapshot = claimed.snapshot.expect("a snapshot was written on the way");
        assert!(claimed.journal.len() < 1_100, "{} facts after it", claimed.journal.len());
        assert!(snapshot.seq > 0 && snapshot.state.len() < 1024 * 1024, "{} bytes at row {}", snapshot.state.len(), snapshot.seq);
        world.db.store.release(&[claimed.lease]).await.unwrap();
        world.worker = Some(world.start(options()));
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "last").await, json!({ "count": ITEMS, "first": "item 0!", "other": "item 2299!" }));
        assert_eq!(world.state(run).await.kind, RunKind::Live, "the journal is read as a whole all the same");
    }

    async fn local_work_alone_is_snapshot_too(world: World) {
        let mut world = world;
        const TIMES: usize = 1_200;
        let count = json!({ "type": "store", "scope": "workflow", "key": { "literal": "n" }, "op": { "type": "increment" } });
        let steps = json!({
            "each": { "type": "for_each", "over": { "expr": "event.body" }, "item": "item", "body": ["count"] },
            "count": count,
            "last": { "type": "set", "fields": [{ "name": "last", "value": { "expr": "each.items[1199].value" } }] },
        });
        let run = world.run(&workflow(&["each", "last"], steps), json!((0..TIMES).collect::<Vec<_>>())).await;
        // On the way, and not only when it is parked.
        let snapshot = loop {
            let found = world.db.store.snapshot(&world.db.scope, run).await.unwrap();
            let status = world.summary(run).await.status;
            assert!(!status.is_final(), "it ended without one");
            if let Some(snapshot) = found {
                assert_eq!(status, RunStatus::Running);
                break snapshot;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        };
        assert!(snapshot.seq > 0 && snapshot.state.len() < 1024 * 1024, "{} bytes at row {}", snapshot.state.len(), snapshot.seq);
        // Taken up by another one from there.
        world.halt().await;
        world.worker = Some(world.start(options()));
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "last").await, json!({ "last": TIMES }));
    }

    async fn a_snapshot_in_the_middle_of_a_loop(world: World) {
        let mut world = world;
        let steps = json!({
            "each": { "type": "for_each", "over": { "expr": "event.body" }, "item": "item", "body": ["pause"], "concurrency": 50 },
            "pause": { "type": "branch", "mode": "first", "arms": [
                { "id": "late", "label": "late", "body": ["wait"], "condition": { "expr": "item == 1499" } },
                { "id": "soon", "label": "soon", "body": ["value"], "condition": { "expr": "item != 1499" } },
            ] },
            "wait": { "type": "delay", "for": { "ms": 60_000 } },
            "value": { "type": "set", "fields": [{ "name": "n", "value": { "expr": "item" } }] },
            "last": { "type": "set", "fields": [{ "name": "count", "value": { "expr": "each.items | length" } }] },
        });
        let run = world.run(&workflow(&["each", "last"], steps), json!((0..1_500).collect::<Vec<_>>())).await;
        world.parked(run).await;
        world.halt().await;
        world.db.clock.advance_ms(60_000);
        let claimed = world.db.store.claim_runs(1, 30_000).await.unwrap().pop().unwrap();
        assert!(claimed.snapshot.is_some());
        world.db.store.release(&[claimed.lease]).await.unwrap();
        world.worker = Some(world.start(options()));
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "last").await, json!({ "count": 1_500 }));
    }

    async fn a_long_early_answer_outlives_a_snapshot(world: World) {
        let mut world = world;
        let delay = json!({ "type": "delay", "for": { "ms": 60_000 } });
        let steps = json!({
            "before": delay,
            "each": { "type": "for_each", "over": { "expr": "event.body" }, "item": "item", "body": ["value"] },
            "value": { "type": "set", "fields": [{ "name": "n", "value": { "expr": "item" } }] },
            "after": delay,
            "ask": { "type": "wait", "until": { "type": "callback" } },
            "last": { "type": "set", "fields": [{ "name": "long", "value": { "expr": "ask.body | length" } }] },
        });
        let definition = workflow(&["before", "each", "after", "ask", "last"], steps);
        let run = world.run(&definition, json!((0..1_500).collect::<Vec<_>>())).await;
        world.parked(run).await;
        let body = json!({ "method": "POST", "query": {}, "headers": {}, "body": "x".repeat(20_000) });
        assert_eq!(world.db.store.answer(run, &"ask".into(), body, None).await.unwrap(), Answered::Taken);
        world.db.clock.advance_ms(60_000);
        let second = world.db.store.now().plus_ms(60_000);
        world.until(run, "in the second delay", |summary| summary.wake_at == Some(second)).await;
        world.halt().await;
        assert!(world.db.store.snapshot(&world.db.scope, run).await.unwrap().is_some());
        world.db.clock.advance_ms(60_000);
        world.worker = Some(world.start(options()));
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "last").await, json!({ "long": 20_000 }));
    }
}

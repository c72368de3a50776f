//! Events that came before.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    on_both,
    world::{Hook, Sent, World, json_of, webhook, workflow},
};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

async fn hook(world: &World, key: Value, window_ms: Option<i64>) -> Hook {
    let mut dedupe = json!({ "key": key });
    if let Some(window) = window_ms {
        dedupe["window_ms"] = window.into();
    }
    world.publish(&workflow(webhook(json!({})), json!({ "dedupe": dedupe }))).await
}

on_both! {
    async fn equal_keys_get_the_first_ones_ids(world: World) {
        let by_header = json!({ "template": [{ "pill": { "source": "event", "path": ["headers", "x-delivery-id"] } }] });
        let hook = hook(&world, by_header, None).await;
        let send = async |id: Option<&str>| {
            let mut headers = vec![("content-type", "application/json")];
            headers.extend(id.map(|id| ("x-delivery-id", id)));
            let reply = world.send(&hook, Sent { headers: &headers, body: b"{}", ..Sent::default() }).await;
            assert_eq!(reply.status, 200);
            json_of(&reply)
        };
        let first = send(Some("a")).await;
        let again = send(Some("a")).await;
        assert_eq!((&again["event"], &again["run"], &again["duplicate"]), (&first["event"], &first["run"], &json!(true)));
        assert_eq!(send(Some("b")).await["duplicate"], false);
        // Without a key nothing is a duplicate of anything.
        for id in [None, None, Some(""), Some("")] {
            assert_eq!(send(id).await["duplicate"], false, "{id:?}");
        }
        assert_eq!(world.counts(hook.workflow).await, [6, 0, 0, 0, 1]);
    }

    async fn a_key_is_forgotten_after_its_window(world: World) {
        let by_id = json!({ "expr": "event.body.id" });
        for (window, kept_ms) in [(None, 7 * DAY_MS), (Some(60_000), 60_000)] {
            let hook = hook(&world, by_id.clone(), window).await;
            let duplicate = async || world.post(&hook, &json!({ "id": 5 })).await.1["duplicate"] == true;
            assert!(!duplicate().await);
            world.db.clock.advance_ms(kept_ms - 1);
            assert!(duplicate().await, "still known");
            world.db.clock.advance_ms(kept_ms - 1);
            assert!(duplicate().await, "counted from when it was seen last");
            world.db.clock.advance_ms(kept_ms);
            assert!(!duplicate().await, "{window:?}");
        }
        let for_ever = hook(&world, by_id, Some(0)).await;
        assert_eq!(world.post(&for_ever, &json!({ "id": 5 })).await.1["duplicate"], false);
        world.db.clock.advance_ms(4_000 * DAY_MS);
        assert_eq!(world.post(&for_ever, &json!({ "id": 5 })).await.1["duplicate"], true);
        // Each trigger has a memory of its own, across versions; numbers and their text are one key.
        world.republish(for_ever.workflow, &workflow(webhook(json!({})), json!({ "dedupe": { "key": { "expr": "event.body.id" }, "window_ms": 0 } }))).await;
        assert_eq!(world.post(&for_ever, &json!({ "id": "5" })).await.1["duplicate"], true);
    }

    async fn of_many_at_once_one_wins(world: World) {
        let hook = hook(&world, json!({ "expr": "event.body.id" }), None).await;
        let other = world.ingest_on(&world.db.second().await);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..40 {
            let ingest = if n % 2 == 0 { world.ingest.clone() } else { other.clone() };
            let request = Sent { body: json!({ "id": n % 4 }).to_string().as_bytes(), ..Sent::default() }.to(&hook.key);
            tasks.spawn(async move { json_of(&ingest.webhook(request).await) });
        }
        let answers = tasks.join_all().await;
        let runs: BTreeSet<&str> = answers.iter().map(|answer| answer["run"].as_str().unwrap()).collect();
        assert_eq!(runs.len(), 4, "everyone hears of the one run of its key");
        assert_eq!(answers.iter().filter(|answer| answer["duplicate"] == false).count(), 4);
        assert_eq!(world.runs(hook.workflow).await.len(), 4);
    }
}

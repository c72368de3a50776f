//! Data of unusual size and shape.

use model::run::RunStatus;
use serde_json::json;
use store::Store;
use testkit::Behaviour;
use vault::Vault;

use crate::{
    on_both,
    world::{options, post, workflow},
};

on_both! {
    async fn big_values_survive_a_restart(world: World) {
        let mut world = world;
        let long = "z".repeat(1 << 20);
        world.upstream.behave(Behaviour::json(200, &json!({ "long": long, "id": 5 })));
        let steps = json!({
            "send": post(&world.upstream.url("/a"), true, json!({})),
            "wait": { "type": "delay", "for": { "ms": 60_000 } },
            "both": { "type": "set", "fields": [
                { "name": "sent", "value": { "expr": "event.body.text" } },
                { "name": "got", "value": { "expr": "send.body.long" } },
                { "name": "id", "value": { "expr": "send.body.id" } },
            ] },
        });
        let text = "é".repeat(20_000);
        let run = world.run(&workflow(&["send", "wait", "both"], steps), json!({ "text": text })).await;
        world.parked(run).await;

        world.halt().await;
        world.db.store.close().await;
        // A file is locked until the last clone is gone.
        for attempt in 0.. {
            match Store::open(world.db.options.clone(), world.db.clock.clone()).await {
                Ok(store) => { world.db.store = store; break }
                Err(store::Error::Locked(_)) if attempt < 100 => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                Err(error) => panic!("{error}"),
            }
        }
        world.db.vault = Vault::open(world.db.store.clone(), &world.db.folder.path().join("key")).await.unwrap();
        world.db.clock.advance_ms(60_000);
        world.worker = Some(world.start(options()));
        world.ended(run, RunStatus::Succeeded).await;
        let both = world.output(run, "both").await;
        assert!(both["sent"] == text && both["got"] == long && both["id"] == 5);
        assert_eq!(world.upstream.calls().len(), 1);
    }

    async fn strange_data_goes_through_unchanged(world: World) {
        let deep = (0..98).fold(json!("core"), |inner, n| if n % 2 == 0 { json!([inner]) } else { json!({ "in": inner }) });
        let body = json!({
            "__proto__": { "polluted": true }, "constructor": "x", "": "empty key", "a.b c\"": 1, "nul": "a\u{0}b", "deep": deep,
            "big": 9007199254740993_i64, "max": u64::MAX, "small": 0.1, "rtl": "\u{202e}abc", "emoji": "👩‍👩‍👧", "none": null,
        });
        let copy = json!({ "type": "set", "fields": [{ "name": "copy", "value": { "expr": "event.body" } }] });
        let send = post(&world.upstream.url("/a"), true, json!({ "body": { "expr": "copy.copy" } }));
        let run = world.run(&workflow(&["copy", "send"], json!({ "copy": copy, "send": send })), body.clone()).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "copy").await["copy"], body);
        assert_eq!(world.upstream.calls()[0].json(), body);
        assert_eq!(world.output(run, "send").await["body"]["body"], body);
    }

    async fn an_answer_nested_too_deep_stops_nobody_else(world: World) {
        let deep = format!("{}1{}", "[".repeat(126), "]".repeat(126));
        let answer = |body: &str| Behaviour::Answer { status: 200, headers: vec![("content-type".into(), "application/json".into())], body: body.as_bytes().to_vec() };
        let wait = json!({ "type": "delay", "for": { "ms": 60_000 } });
        let definition = workflow(&["send", "wait"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})), "wait": wait }));
        world.upstream.behave_next([answer(&deep), answer("[1]")]);
        let id = world.publish(&definition).await;
        let first = world.send(id, json!(1)).await;
        world.parked(first).await;
        let second = world.send(id, json!(2)).await;
        world.parked(second).await;
        world.db.clock.advance_ms(60_000);
        for run in [first, second] {
            world.ended(run, RunStatus::Succeeded).await;
        }
    }
}

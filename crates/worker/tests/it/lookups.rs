//! Calls nobody answered, of which the other side can be asked whether they happened; and keys that protect only so far.

use std::sync::Arc;

use model::{
    ids::{ConnectionId, RunId},
    run::{AttemptStatus, EffectClass, Hold, KeyLimits, RunStatus},
};
use serde_json::{Value, json};
use store::NewConnection;
use testkit::{Behaviour, CONNECTOR};

use crate::{
    on_both,
    world::{World, options, with, workflow},
};

const KEY: &str = r#"key = { in = "header", name = "Idempotency-Key", ttl_s = 3600, kept_error = "replayed" }"#;
const LOOKUP: &str = r#"lookup = { request = { path = "/asked/{key}" }, found = "body.found", value = "=body.order" }"#;
const LEASE_MS: i64 = 30_000;
const HOUR_MS: i64 = 3_600_000;

fn operation(name: &str, idempotency: &[&str]) -> (String, String) {
    let text = format!(
        "label = \"Order\"\ndescription = \"Orders.\"\neffect = \"write\"\nchecked = {{ by = \"unchecked\" }}\n\
         [idempotency]\n{}\n\
         [[fields]]\nkey = \"name\"\nlabel = \"Name\"\nkind = \"text\"\n\
         [[requests]]\nmethod = \"POST\"\npath = \"/orders\"\n[requests.body]\nkind = \"json\"\nvalue = {{ name = \"{{input.name}}\" }}\n\
         [output]\nsample = {{ id = 1 }}\n",
        idempotency.join("\n")
    );
    (format!("shop/operations/{name}.toml"), text)
}

/// Restarts the worker with the shop's connector and gives a connection to it.
async fn shop(world: &mut World) -> ConnectionId {
    world.halt().await;
    let files = [
        ("shop/connector.toml".to_owned(), CONNECTOR.to_owned()),
        operation("asked", &["class = \"lookup\"", LOOKUP]),
        operation("both", &["class = \"safe\"", KEY, LOOKUP]),
        operation("keyed", &["class = \"safe\"", KEY]),
    ];
    let shop = manifest::parse_folder(&files).unwrap_or_else(|problems| panic!("{problems:?}"));
    world.connectors = Arc::new(manifest::builtin().iter().cloned().chain([shop]).collect());
    world.worker = Some(world.start(options()));
    let id = ConnectionId(world.db.store.next_id());
    let base = world.upstream.url("/").trim_end_matches('/').to_owned();
    let values = json!({ "base": base, "key": "a-key-of-the-test" }).to_string();
    let owner = format!("connection {id}");
    let secret = world.db.vault.put_secret(world.db.scope.workspace, &owner, "values", &values).await.unwrap();
    let new = NewConnection {
        id,
        connector: "shop".into(),
        method: "key".into(),
        label: "Shop".into(),
        hosts: vec!["127.0.0.1".into()],
        secret: Some(secret),
        account: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    world.db.store.create_connection(&world.db.scope, new).await.unwrap();
    id
}

/// A run that orders; a call without an answer is given up after 150 ms.
async fn order(world: &World, connection: ConnectionId, operation: &str) -> RunId {
    let input = json!({ "name": { "expr": "event.body.name" } });
    let send = json!({ "type": "action", "connector": "shop", "version": 1, "operation": operation, "connection": connection, "input": input });
    let policy = json!({ "timeout_ms": 150, "retry": { "max_attempts": 3, "first_delay_ms": 1000 } });
    world.run(&workflow(&["send"], json!({ "send": with(send, "policy", policy) })), json!({ "name": "Ada" })).await
}

fn asked(found: bool) -> Behaviour {
    Behaviour::json(200, &json!({ "found": found, "order": { "id": 7 } }))
}

fn orders(world: &World) -> usize {
    world.calls("/orders").len()
}

/// The paths of the questions that arrived.
fn questions(world: &World) -> Vec<String> {
    world.upstream.calls().into_iter().map(|call| call.path).filter(|path| path.contains("/asked/")).collect()
}

/// Waits until the run is to go on by itself, and lets that moment come.
async fn until_due(world: &World, run: RunId) {
    let parked = world.until(run, "to go on by itself", |run| run.wake_at.is_some_and(|at| at > world.db.store.now())).await;
    world.db.clock.advance_ms(parked.wake_at.unwrap().since(world.db.store.now()));
}

/// The process dies, and another takes its runs over.
async fn die(world: &mut World) {
    world.halt().await;
    world.db.clock.advance_ms(LEASE_MS + 1);
    world.worker = Some(world.start(options()));
}

on_both! {
    async fn what_happened_is_not_sent_again(world: World) {
        let mut world = world;
        let shop = shop(&mut world).await;
        world.upstream.behave_next([Behaviour::Silence, asked(true)]);
        let run = order(&world, shop, "asked").await;
        until_due(&world, run).await;
        let ended = world.ended(run, RunStatus::Succeeded).await;
        assert_eq!((orders(&world), ended.retries), (1, 0));
        assert_eq!(world.output(run, "send").await, json!({ "id": 7 }));
        let step = world.state(run).await.step(&"send".into()).cloned().unwrap();
        let [call, question] = step.attempts.as_slice() else { panic!("{:?}", step.attempts) };
        assert_eq!((call.class, question.class), (EffectClass::Lookup, EffectClass::Safe));
        assert_eq!((question.lookup, question.happened, question.status), (Some(1), Some(true), AttemptStatus::Succeeded));
        assert_eq!(questions(&world), [format!("/asked/{}", call.key)]);
        let names = world.names(run).await;
        let at = |name: &str| names.iter().position(|other| *other == name).unwrap_or_else(|| panic!("{name}: {names:?}"));
        assert!(at("lookup_due") < at("lookup_started") && at("lookup_started") < at("lookup_ended"));
        let journal = serde_json::to_string(&world.journal(run).await).unwrap();
        assert!(!journal.contains("a-key-of-the-test"));
    }

    async fn what_did_not_happen_is_sent_again_as_it_was(world: World) {
        let mut world = world;
        let shop = shop(&mut world).await;
        world.upstream.behave_next([Behaviour::Reset, asked(false), Behaviour::json(201, &json!({ "id": 8 }))]);
        let run = order(&world, shop, "asked").await;
        until_due(&world, run).await;
        world.upstream.wait_for_calls(2).await;
        until_due(&world, run).await;
        let ended = world.ended(run, RunStatus::Succeeded).await;
        assert_eq!((orders(&world), questions(&world).len(), ended.retries), (2, 1, 1));
        let sent = world.calls("/orders");
        assert_eq!(sent[0].body, sent[1].body);
        let step = world.state(run).await.step(&"send".into()).cloned().unwrap();
        assert_eq!((&step.attempts[0].key, step.attempts[2].round), (&step.attempts[2].key, 0));
        assert_eq!(world.output(run, "send").await["id"], 8);
    }

    async fn nobody_can_say(world: World) {
        let mut world = world;
        let shop = shop(&mut world).await;
        world.upstream.behave_next([Behaviour::Reset]);
        world.upstream.behave(Behaviour::status(503));
        let run = order(&world, shop, "asked").await;
        for asked in 1..=5 {
            until_due(&world, run).await;
            world.upstream.wait_for_calls(asked + 1).await;
        }
        let parked = world.until(run, "held", |run| run.hold == Some(Hold::Unknown)).await;
        assert_eq!((parked.wake_at, orders(&world), questions(&world).len()), (None, 1, 5));

        world.upstream.behave_next([Behaviour::Reset, Behaviour::status(403)]);
        let run = order(&world, shop, "asked").await;
        until_due(&world, run).await;
        world.until(run, "held", |run| run.hold == Some(Hold::Unknown)).await;
        assert_eq!((orders(&world), questions(&world).len()), (2, 6), "a refusal is not asked for again");
    }

    async fn a_process_that_died_in_its_call_or_its_question(world: World) {
        let mut world = world;
        let shop = shop(&mut world).await;
        let slow = json!({ "timeout_ms": 20_000 });
        let send = json!({ "type": "action", "connector": "shop", "version": 1, "operation": "asked", "connection": shop,
            "input": { "name": { "literal": "Ada" } }, "policy": slow });
        world.upstream.behave_next([Behaviour::Silence, Behaviour::Silence, asked(true)]);
        let run = world.run(&workflow(&["send"], json!({ "send": send })), Value::Null).await;
        world.upstream.wait_for_calls(1).await;
        die(&mut world).await;
        let parked = world.until(run, "to ask", |run| run.wake_at.is_some()).await;
        assert_eq!(parked.wake_at.unwrap().since(world.db.store.now()), 20_000, "not while the lost call may still be under way");
        until_due(&world, run).await;
        world.upstream.wait_for_calls(2).await;
        die(&mut world).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!((orders(&world), questions(&world).len()), (1, 2));
        assert_eq!(world.output(run, "send").await, json!({ "id": 7 }));
    }

    async fn a_key_that_is_forgotten_protects_no_longer(world: World) {
        let mut world = world;
        let shop = shop(&mut world).await;
        for operation in ["both", "keyed"] {
            let before = orders(&world);
            world.upstream.behave_next([Behaviour::Silence]);
            let run = order(&world, shop, operation).await;
            world.until(run, "backing off", |run| run.wake_at.is_some()).await;
            world.halt().await;
            world.db.clock.advance_ms(HOUR_MS);
            world.upstream.behave_next([asked(true)]);
            world.worker = Some(world.start(options()));
            if operation == "both" {
                world.ended(run, RunStatus::Succeeded).await;
                assert_eq!(questions(&world).len(), 1);
            } else {
                world.until(run, "held", |run| run.hold == Some(Hold::Unknown)).await;
            }
            assert_eq!(orders(&world), before + 1, "{operation}");
            let step = world.state(run).await.step(&"send".into()).cloned().unwrap();
            let limits = KeyLimits { ttl_s: Some(3600), replays_errors: true, lookup: operation == "both" };
            assert_eq!(step.attempts[0].key_limits, Some(limits), "recorded with the intent");
        }
    }

    async fn within_its_lifetime_a_key_is_relied_upon(world: World) {
        let mut world = world;
        let shop = shop(&mut world).await;
        world.upstream.behave_next([Behaviour::Silence]);
        let run = order(&world, shop, "both").await;
        until_due(&world, run).await;
        world.ended(run, RunStatus::Succeeded).await;
        let keys: Vec<_> = world.calls("/orders").iter().map(|call| call.header("idempotency-key").map(str::to_owned)).collect();
        assert!(keys.len() == 2 && keys[0].is_some() && keys[0] == keys[1], "{keys:?}");
        assert!(questions(&world).is_empty());
    }

    async fn an_error_that_is_kept_is_not_asked_for_again(world: World) {
        let mut world = world;
        let shop = shop(&mut world).await;
        world.upstream.behave_next([Behaviour::status(500)]);
        let run = order(&world, shop, "keyed").await;
        world.until(run, "held", |run| run.hold == Some(Hold::Unknown)).await;
        assert_eq!(orders(&world), 1);
        world.upstream.behave_next([Behaviour::status(500), asked(true)]);
        let run = order(&world, shop, "both").await;
        until_due(&world, run).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!((orders(&world), questions(&world).len()), (2, 1));
    }
}

//! Limits of other systems.

use std::collections::HashMap;

use manifest::{LimitKey, RateLimit};
use model::{
    ids::ConnectionId,
    run::{Hold, RunStatus},
};
use serde_json::json;
use store::NewConnection;
use testkit::Behaviour;
use worker::{Catalog, Permits, Use};

use crate::{
    on_both,
    world::{Handlers, World, options, post, with, workflow},
};

fn limit(requests: u64, per_s: u64, by: LimitKey) -> RateLimit {
    let (field, operations) = ((by == LimitKey::Field).then(|| "url".to_owned()), Vec::new());
    RateLimit { requests, per_s, by, field, operations, remaining_header: None, reset_header: None }
}

async fn connection(world: &World) -> ConnectionId {
    let id = ConnectionId(world.db.store.next_id());
    let values = json!({ "token": "a-token-of-the-test" }).to_string();
    let owner = format!("connection {id}");
    let secret = world.db.vault.put_secret(world.db.scope.workspace, &owner, "values", &values).await.unwrap();
    let new = NewConnection {
        id,
        connector: "http".into(),
        method: "bearer".into(),
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

async fn calling(world: &World) -> model::ids::WorkflowId {
    let send = with(post(&world.upstream.url("/a"), true, json!({})), "connection", json!(connection(world).await));
    world.publish(&workflow(&["send"], json!({ "send": send }))).await
}

on_both! {
    async fn a_stated_limit_is_kept(world: World) {
        let mut world = world;
        world.halt().await;
        world.limits = HashMap::from([("http".to_owned(), vec![limit(3, 60, LimitKey::Account)])]);
        world.shares_budgets = true;
        world.worker = Some(world.start(options()));
        let other = world.db.second().await;
        let second = world.start_on(&other, options(), Handlers::new());
        let id = calling(&world).await;
        let mut runs = Vec::new();
        for n in 0..7 {
            runs.push(world.send(id, json!(n)).await);
        }
        // A permit may lie with the worker that has no use for it, so some minutes see fewer calls than the limit, and none sees more.
        let mut made = 0;
        for minute in 1.. {
            world.upstream.wait_for_calls(made + 1).await;
            for run in &runs {
                world.until(*run, "ended or parked", |run| run.status.is_final() || run.hold == Some(Hold::Budget)).await;
            }
            made = world.upstream.calls().len();
            assert!(made <= minute * 3, "{made} calls in minute {minute}");
            if made >= runs.len() {
                break;
            }
            world.db.clock.advance_ms(63_000);
        }
        for run in runs {
            world.ended(run, RunStatus::Succeeded).await;
        }
        second.stop().await;
    }

    async fn a_limit_of_one_value_holds_up_no_other(world: World) {
        let stated = vec![limit(3, 60, LimitKey::Account), limit(1, 60, LimitKey::Field)];
        let catalog = Catalog::new(world.connectors.clone()).with_limits(HashMap::from([("http".to_owned(), stated)]));
        let connection = connection(&world).await;
        for shared in [false, true] {
            let permits = Permits::new(world.db.store.clone(), catalog.clone(), shared);
            let inputs = ["a", "b", "c"].map(|name| json!({ "url": format!("https://example.com/{name}") }));
            let call = |input| Use { connector: "http", operation: Some("request"), input: Some(input) };
            assert_eq!(permits.refused_until(call(&inputs[0]), connection).await, None);
            let at = permits.refused_until(call(&inputs[0]), connection).await.unwrap();
            assert!(at.since(world.db.store.now()) > 50_000, "{at:?}");
            assert_eq!(permits.refused_until(call(&inputs[1]), connection).await, None, "another address");
            assert_eq!(permits.refused_until("http", connection).await, None, "a look counts with the whole connection");
            assert!(permits.refused_until(call(&inputs[2]), connection).await.is_some(), "which is used up");
            world.db.clock.advance_ms(63_000);
            assert_eq!(permits.refused_until(call(&inputs[0]), connection).await, None);
            world.db.clock.advance_ms(63_000);
        }
    }

    async fn a_refusal_silences_the_whole_connection(world: World) {
        let id = calling(&world).await;
        world.upstream.behave_next([Behaviour::status(429).with_header("retry-after", "120")]);
        let first = world.send(id, json!(1)).await;
        let parked = world.parked(first).await;
        assert_eq!(parked.wake_at.unwrap().since(world.db.store.now()), 120_000);
        let second = world.send(id, json!(2)).await;
        let held = world.until(second, "held", |run| run.hold == Some(Hold::Budget)).await;
        assert_eq!(held.wake_at.unwrap().since(world.db.store.now()), 120_000);
        assert_eq!(world.upstream.calls().len(), 1, "it did not even try");
        assert_eq!(world.state(second).await.retries, 0, "that is no attempt");
        let (store, workspace) = (&world.db.store, world.db.scope.workspace);
        let throttled = store.throttled(workspace, store.now()).await.unwrap();
        let [fact] = throttled.as_slice() else { panic!("{throttled:?}") };
        assert_eq!((fact.label.as_str(), fact.waiting, fact.limited, fact.since), ("Shop", 1, 1, store.now()));
        // Another connection is another matter.
        let elsewhere = calling(&world).await;
        world.ended(world.send(elsewhere, json!(3)).await, RunStatus::Succeeded).await;
        world.db.clock.advance_ms(120_000);
        for run in [first, second] {
            world.ended(run, RunStatus::Succeeded).await;
        }
    }

    async fn an_answer_that_says_nothing_is_left_is_heeded(world: World) {
        let id = calling(&world).await;
        let answer = Behaviour::json(200, &json!({})).with_header("x-ratelimit-remaining", "0").with_header("x-ratelimit-reset", "30");
        world.upstream.behave_next([answer]);
        world.ended(world.send(id, json!(1)).await, RunStatus::Succeeded).await;
        let second = world.send(id, json!(2)).await;
        let held = world.until(second, "held", |run| run.hold == Some(Hold::Budget)).await;
        assert_eq!(held.wake_at.unwrap().since(world.db.store.now()), 30_000);
        world.db.store.cancel(&world.db.scope, second).await.unwrap();
        world.ended(second, RunStatus::Cancelled).await;
    }

    async fn a_run_whose_time_is_up_does_not_wait_for_a_permit(world: World) {
        let connection = connection(&world).await;
        let send = with(post(&world.upstream.url("/a"), true, json!({})), "connection", json!(connection));
        let mut definition = workflow(&["send"], json!({ "send": send }));
        definition.settings.run_timeout_ms = Some(10_000);
        let id = world.publish(&definition).await;
        world.upstream.behave_next([Behaviour::status(429).with_header("retry-after", "3600")]);
        let first = world.send(id, json!(1)).await;
        world.parked(first).await;
        let second = world.send(id, json!(2)).await;
        world.until(second, "held", |run| run.hold == Some(Hold::Budget)).await;
        world.db.clock.advance_ms(10_000);
        for run in [first, second] {
            assert_eq!(world.ended(run, RunStatus::Failed).await.error.unwrap().code, "run.timed_out");
        }
    }
}

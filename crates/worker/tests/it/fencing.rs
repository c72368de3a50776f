//! Who may write a run's journal.

use std::time::Duration;

use model::run::{Hold, RunStatus, SignalKind};
use serde_json::{Value, json};
use testkit::Behaviour;

use crate::{
    on_both,
    world::{Handlers, options, post, with, workflow},
};

const LEASE_MS: i64 = 30_000;

on_both! {
    async fn a_run_that_gets_nowhere_is_held(world: World) {
        let mut world = world;
        world.halt().await;
        let definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }));
        let run = world.run(&definition, json!(1)).await;
        for _ in 0..3 {
            assert_eq!(world.db.store.claim_runs(10, LEASE_MS).await.unwrap().len(), 1);
            world.db.clock.advance_ms(LEASE_MS);
        }
        world.worker = Some(world.start(options()));
        let held = world.until(run, "held", |run| run.hold == Some(Hold::System)).await;
        assert_eq!((held.status, held.wake_at), (RunStatus::Waiting, None));
        assert_eq!(world.names(run).await, ["run_created", "run_started", "parked"]);
        assert!(world.upstream.calls().is_empty());
        world.db.store.signal(run, SignalKind::Resume, None, Value::Null, Some("ada".into())).await.unwrap();
        world.ended(run, RunStatus::Succeeded).await;
    }

    async fn a_run_whose_definition_is_gone_is_held_with_words(world: World) {
        let mut world = world;
        world.halt().await;
        let definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }));
        let run = world.run(&definition, json!(1)).await;
        world.db.execute(&format!("UPDATE run SET version = 99 WHERE id = {}", run.0)).await;
        world.worker = Some(world.start(options()));
        for _ in 0..200 {
            if world.summary(run).await.hold.is_some() {
                break;
            }
            // Each time until its lease ends.
            tokio::time::sleep(Duration::from_millis(50)).await;
            world.db.clock.advance_ms(LEASE_MS);
        }
        let held = world.summary(run).await;
        assert_eq!((held.status, held.hold), (RunStatus::Waiting, Some(Hold::System)));
        let error = held.error.unwrap();
        assert!(error.code == "run.unreadable" && error.message.contains("cannot be carried on"), "{error:?}");
        world.db.execute(&format!("UPDATE run SET version = 1 WHERE id = {}", run.0)).await;
        world.db.store.signal(run, SignalKind::Resume, None, Value::Null, Some("ada".into())).await.unwrap();
        assert_eq!(world.ended(run, RunStatus::Succeeded).await.error, None);
    }

    async fn two_workers_drive_each_run_once(world: World) {
        let other = world.db.second().await;
        let worker = world.start_on(&other, options(), Handlers::new());
        world.upstream.behave(Behaviour::Delay(Duration::from_millis(5)));
        let id = world.publish(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }))).await;
        let mut runs = Vec::new();
        for n in 0..40 {
            runs.push(world.send(id, json!(n)).await);
        }
        for run in runs {
            world.ended(run, RunStatus::Succeeded).await;
            assert_eq!(world.names(run).await.iter().filter(|name| **name == "run_started").count(), 1);
        }
        let keys = world.upstream.calls_by_key();
        assert!(keys.len() == 40 && keys.values().all(|count| *count == 1), "{keys:?}");
        worker.stop().await;
    }

    async fn an_outcome_that_comes_too_late_is_delivered(world: World) {
        let mut world = world;
        world.halt().await;
        // Notices nothing by itself, as if it were cut off from the database.
        let never = Duration::from_secs(3600);
        let slow = world.start(worker::Options { slots: 1, check_every: never, renew_every: never, ..options() });
        let steps = json!({ "send": with(post(&world.upstream.url("/a"), false, json!({})), "policy", json!({ "timeout_ms": 20_000 })),
            "after": post(&world.upstream.url("/after"), false, json!({})) });
        world.upstream.behave_next([Behaviour::Delay(Duration::from_millis(700))]);
        let run = world.run(&workflow(&["send", "after"], steps), json!(1)).await;
        world.upstream.wait_for_calls(1).await;
        world.db.clock.advance_ms(LEASE_MS + 1);
        let other = world.db.second().await;
        let second = world.start_on(&other, options(), Handlers::new());
        world.until(run, "taken over", |run| run.hold == Some(Hold::Unknown)).await;
        assert_eq!(world.upstream.calls().len(), 1, "what may have happened is not repeated");
        // Then the first worker's call ends: it may not write, but it may say.
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!((world.calls("/a").len(), world.calls("/after").len()), (1, 1));
        assert_eq!(world.output(run, "send").await["status"], 200);
        let names = world.names(run).await;
        for expected in ["attempt_unknown", "signal_taken", "late_outcome"] {
            assert!(names.contains(&expected), "{expected}: {names:?}");
        }
        assert_eq!(world.state(run).await.step(&"send".into()).unwrap().attempts.len(), 1);
        slow.stop().await;
        second.stop().await;
    }

    async fn a_lost_run_is_dropped_in_the_middle_of_its_call(world: World) {
        world.upstream.behave_next([Behaviour::Delay(Duration::from_secs(20))]);
        let run = world.run(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) })), json!(1)).await;
        world.upstream.wait_for_calls(1).await;
        world.db.clock.advance_ms(LEASE_MS + 1);
        // Another worker takes it; the first one notices within its check and breaks its call off.
        let other = world.db.second().await;
        let second = world.start_on(&other, options(), Handlers::new());
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.upstream.calls_by_key().into_values().collect::<Vec<_>>(), [2], "the same key");
        second.stop().await;
    }
}

//! What becomes of a step by how its call ends.

use std::time::Duration;

use model::run::{ErrorClass, RunStatus, StepStatus};
use serde_json::json;
use testkit::Behaviour;

use crate::{
    on_both,
    world::{post, with, workflow},
};

on_both! {
    async fn a_transient_failure_is_tried_again_later(world: World) {
        let send = with(post(&world.upstream.url("/a"), true, json!({ "body": { "expr": "run.now" } })), "policy",
            json!({ "retry": { "max_attempts": 3, "first_delay_ms": 1000 } }));
        let definition = workflow(&["send"], json!({ "send": send }));
        world.upstream.behave_next([Behaviour::status(503), Behaviour::Reset]);
        let run = world.run(&definition, json!(1)).await;
        for waits in [1000..=1250, 2000..=2500] {
            let parked = world.until(run, "backing off", |run| run.wake_at.is_some_and(|at| at > world.db.store.now())).await;
            let wait = parked.wake_at.unwrap().since(world.db.store.now());
            assert!(waits.contains(&wait), "{wait}");
            let before = world.upstream.calls().len();
            world.db.clock.advance_ms(wait - 1);
            tokio::time::sleep(Duration::from_millis(120)).await;
            assert_eq!(world.upstream.calls().len(), before, "not before its time");
            world.db.clock.advance_ms(1);
            world.upstream.wait_for_calls(before + 1).await;
        }
        let ended = world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(ended.retries, 2);
        // The recorded request is sent, not one rendered anew: the time in it would be another one.
        let calls = world.upstream.calls();
        assert_eq!(calls.len(), 3);
        assert!(!calls[0].header("idempotency-key").unwrap().is_empty());
        for call in &calls[1..] {
            assert_eq!((&call.body, &call.path, call.header("idempotency-key")),
                (&calls[0].body, &calls[0].path, calls[0].header("idempotency-key")));
        }
        let step = world.state(run).await.step(&"send".into()).cloned().unwrap();
        assert!(step.attempts[0].request.is_some() && step.attempts[1].request.is_none());
    }

    async fn the_other_side_says_when_to_come_back(world: World) {
        let definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), false, json!({})) }));
        world.upstream.behave_next([Behaviour::status(429).with_header("retry-after", "7200")]);
        let run = world.run(&definition, json!(1)).await;
        let parked = world.parked(run).await;
        assert_eq!(parked.wake_at.unwrap().since(world.db.store.now()), 7_200_000);
        world.db.clock.advance_ms(7_200_000);
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.upstream.calls().len(), 2);
    }

    async fn what_cannot_succeed_fails_or_is_passed_over(world: World) {
        let url = world.upstream.url("/a");
        world.upstream.behave(Behaviour::json(422, &json!({ "why": "too small" })));
        let definition = workflow(&["send", "after"], json!({ "send": post(&url, false, json!({})), "after": post(&world.upstream.url("/after"), false, json!({})) }));
        let run = world.run(&definition, json!(1)).await;
        let ended = world.ended(run, RunStatus::Failed).await;
        let error = ended.error.unwrap();
        assert_eq!((error.class, error.code.as_str(), error.path), (ErrorClass::Rejected, "http.status", Some("send".into())));
        assert_eq!(world.upstream.calls().len(), 1, "neither again nor the step after it");

        let send = with(post(&url, false, json!({})), "policy", json!({ "on_error": "continue" }));
        let note = json!({ "type": "set", "fields": [{ "name": "class", "value": { "expr": "send.error.class" } }] });
        let run = world.run(&workflow(&["send", "note"], json!({ "send": send, "note": note })), json!(1)).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "note").await, json!({ "class": "rejected" }));
        let step = world.state(run).await.step(&"send".into()).cloned().unwrap();
        assert!(step.continued && step.status == StepStatus::Failed);
        let shown = serde_json::to_string(&step.error).unwrap();
        assert!(shown.contains("too small"), "what the other side said is kept: {shown}");
    }

    async fn a_slow_answer_is_given_up_by_policy(world: World) {
        world.upstream.behave_next([Behaviour::Silence]);
        let send = with(post(&world.upstream.url("/a"), true, json!({})), "policy", json!({ "timeout_ms": 150 }));
        let run = world.run(&workflow(&["send"], json!({ "send": send })), json!(1)).await;
        world.parked(run).await;
        let step = world.state(run).await.step(&"send".into()).cloned().unwrap();
        assert_eq!(step.attempts[0].error.as_ref().unwrap().class, ErrorClass::TimedOut);
        world.db.clock.advance_ms(2_000);
        world.ended(run, RunStatus::Succeeded).await;
    }

    async fn nobody_is_called_with_what_cannot_be_sent(world: World) {
        for (input, code) in [
            (json!({ "url": { "literal": "" } }), "input.required"),
            (json!({ "url": { "literal": "ftp://x" } }), "http.url"),
            (json!({ "url": { "literal": "http://10.0.0.1/x" } }), "egress.refused"),
            (json!({ "body": { "expr": "event.body.nowhere.at_all" } }), ""),
        ] {
            let definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), true, input.clone()) }));
            let run = world.run(&definition, json!({})).await;
            let ended = world.until(run, "ended", |run| run.status.is_final()).await;
            match ended.error {
                Some(error) => assert!(!error.message.is_empty() && (code.is_empty() || error.code == code), "{input}: {error:?}"),
                None => panic!("{input} was sent"),
            }
        }
        assert!(world.upstream.calls().is_empty());
    }
}

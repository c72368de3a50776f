//! Waits that somebody outside answers, or nobody.

use model::run::{ErrorClass, RunStatus};
use serde_json::{Value, json};
use store::Answered;

use crate::{
    on_both,
    world::{World, options, post, workflow},
};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

fn wait(timeout_ms: Option<i64>) -> Value {
    let mut wait = json!({ "type": "wait", "until": { "type": "callback" } });
    if let Some(ms) = timeout_ms {
        wait["timeout_ms"] = json!(ms);
    }
    wait
}

async fn answer(world: &World, run: model::ids::RunId, body: Value) -> Answered {
    let body = json!({ "method": "POST", "query": {}, "headers": {}, "body": body });
    world.db.store.answer(run, &"ask".into(), body, None).await.unwrap()
}

on_both! {
    async fn nobody_answers_for_a_month(world: World) {
        let run = world.run(&workflow(&["ask"], json!({ "ask": wait(None) })), json!(1)).await;
        let parked = world.parked(run).await;
        assert_eq!(parked.wake_at.unwrap().since(world.db.store.now()), 30 * DAY_MS);
        world.db.clock.advance_ms(30 * DAY_MS);
        let error = world.ended(run, RunStatus::Failed).await.error.unwrap();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::TimedOut, "wait.timed_out"));
        assert_eq!(answer(&world, run, json!(1)).await, Answered::AlreadyAnswered, "the time-out was first");
    }

    async fn the_link_leads_to_the_answer(world: World) {
        let steps = json!({
            "tell": post(&world.upstream.url("/tell"), true, json!({ "body": { "expr": "links.ask" } })),
            "ask": wait(Some(DAY_MS)),
        });
        let run = world.run(&workflow(&["tell", "ask"], steps), json!(1)).await;
        world.parked(run).await;
        let link = world.calls("/tell")[0].json().as_str().unwrap().to_owned();
        let links = world.links().await;
        assert_eq!(link, links.url(run, &"ask".into()));
        let signature = link.rsplit('/').next().unwrap();
        assert!(links.verify(run, &"ask".into(), signature) && !links.verify(run, &"other".into(), signature));
        assert_eq!(answer(&world, run, json!({ "ok": true })).await, Answered::Taken);
        world.ended(run, RunStatus::Succeeded).await;
        let output = world.output(run, "ask").await;
        assert_eq!((&output["timed_out"], &output["body"]), (&json!(false), &json!({ "ok": true })), "{output}");
        assert_ne!(answer(&world, run, json!(2)).await, Answered::Taken);
    }

    async fn an_early_answer_is_kept(world: World) {
        let steps = json!({ "delay": { "type": "delay", "for": { "ms": DAY_MS } }, "ask": wait(None) });
        let run = world.run(&workflow(&["delay", "ask"], steps), json!(1)).await;
        world.parked(run).await;
        assert_eq!(answer(&world, run, json!("early")).await, Answered::Taken);
        assert_eq!(answer(&world, run, json!("late")).await, Answered::AlreadyAnswered);
        world.db.clock.advance_ms(DAY_MS);
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "ask").await["body"], json!("early"));
    }

    async fn at_the_same_moment_exactly_one_is_first(world: World) {
        let id = world.publish(&workflow(&["ask"], json!({ "ask": wait(Some(DAY_MS)) }))).await;
        let mut runs = Vec::new();
        for n in 0..16 {
            let run = world.send(id, json!(n)).await;
            runs.push(run);
        }
        for run in &runs {
            world.parked(*run).await;
        }
        world.db.clock.advance_ms(DAY_MS);
        let mut answers = tokio::task::JoinSet::new();
        for (n, run) in runs.iter().copied().enumerate() {
            let store = world.db.store.clone();
            answers.spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(n as u64 * 3)).await;
                (run, store.answer(run, &"ask".into(), json!({ "body": n }), None).await.unwrap())
            });
        }
        for (run, answered) in answers.join_all().await {
            let status = if answered == Answered::Taken { RunStatus::Succeeded } else { RunStatus::Failed };
            world.ended(run, status).await;
            let names = world.names(run).await;
            let both = [names.contains(&"answered"), names.contains(&"timed_out")];
            assert!(both[0] != both[1] && both[0] == (answered == Answered::Taken), "{answered:?} {names:?}");
        }
    }

    async fn an_answer_between_decision_and_commit_counts(world: World) {
        let mut world = world;
        let run = world.run(&workflow(&["ask"], json!({ "ask": wait(Some(DAY_MS)) })), json!(1)).await;
        world.parked(run).await;
        world.halt().await;
        world.db.clock.advance_ms(DAY_MS);
        // Held by another worker, which has not heard of the answer when it gives the wait up.
        let claimed = world.db.store.claim_runs(1, 30_000).await.unwrap().pop().unwrap();
        assert!(claimed.signals.is_empty());
        assert_eq!(answer(&world, run, json!("just now")).await, Answered::Taken);
        world.db.store.release(&[claimed.lease]).await.unwrap();
        world.worker = Some(world.start(options()));
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "ask").await["body"], json!("just now"));
    }
}

//! Workflows that hear of the failed runs of others.

use model::{
    definition::{Trigger, TriggerKind},
    ids::WorkflowId,
    run::RunStatus,
};
use serde_json::{Value, json};
use store::NewJob;
use testkit::Behaviour;

use crate::{
    on_both,
    world::{World, post, workflow},
};

/// A workflow that hears of failures and calls `path`.
fn listener(world: &World, path: &str, of: &[WorkflowId]) -> model::WorkflowDefinition {
    let mut definition = workflow(&["tell"], json!({ "tell": post(&world.upstream.url(path), true, json!({})) }));
    let kind: TriggerKind = serde_json::from_value(json!({ "type": "failure", "workflows": of })).unwrap();
    definition.triggers.push(Trigger {
        id: "failed".into(),
        label: "Failed".into(),
        kind,
        filter: None,
        dedupe: None,
        shape: None,
    });
    definition
}

fn failing(world: &World) -> model::WorkflowDefinition {
    workflow(&["send"], json!({ "send": post(&world.upstream.url("/bad"), true, json!({})) }))
}

async fn settled(world: &World) {
    for _ in 0..500 {
        if world.db.store.next_available().await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("still something to do after 5 s");
}

on_both! {
    async fn once_per_failed_run(world: World) {
        let bad = world.publish(&failing(&world)).await;
        let all = world.publish(&listener(&world, "/all", &[])).await;
        let some = world.publish(&listener(&world, "/some", &[bad])).await;
        let others = world.publish(&listener(&world, "/others", &[all])).await;
        world.upstream.behave_next([Behaviour::status(404)]);
        let run = world.send(bad, json!({ "n": 7 })).await;
        world.ended(run, RunStatus::Failed).await;
        let heard = world.until_runs(all, 1).await;
        world.until_runs(some, 1).await;
        world.ended(heard[0].id, RunStatus::Succeeded).await;
        let told = world.calls("/all")[0].json();
        assert_eq!((&told["workflow"]["id"], &told["run"]["id"], &told["error"]["code"], &told["event"]["body"]["n"]),
            (&json!(bad), &json!(run), &json!("http.status"), &json!(7)), "{told}");
        assert!(told["run"]["url"].as_str().unwrap().ends_with(&run.to_string()));

        // The job once more, as after a crash before it was settled.
        let job = NewJob {
            workspace: world.db.scope.workspace,
            workflow: Some(bad),
            kind: triggers::failure::JOB.into(),
            key: run.to_string(),
            available_at: world.db.store.now(),
            body: Value::Null,
        };
        world.db.store.put_job(job).await.unwrap();
        settled(&world).await;
        assert_eq!((world.runs(all).await.len(), world.runs(some).await.len(), world.runs(others).await.len()), (1, 1, 0));
    }

    async fn failures_of_listeners_do_not_go_in_circles(world: World) {
        let bad = world.publish(&failing(&world)).await;
        let one = world.publish(&listener(&world, "/one", &[])).await;
        let two = world.publish(&listener(&world, "/two", &[])).await;
        world.upstream.behave(Behaviour::status(404));
        world.ended(world.send(bad, json!(1)).await, RunStatus::Failed).await;
        // Each hears of the first failure, and of the other's failure to hear of it, and then it is over.
        world.until_runs(one, 2).await;
        world.until_runs(two, 2).await;
        settled(&world).await;
        assert_eq!((world.runs(one).await.len(), world.runs(two).await.len()), (2, 2));
        assert_eq!(world.runs(bad).await.len(), 1);
    }

    async fn who_is_off_hears_nothing(world: World) {
        let bad = world.publish(&failing(&world)).await;
        let all = world.publish(&listener(&world, "/all", &[])).await;
        world.db.store.set_state(&world.db.scope, all, model::api::WorkflowState::Off, &[]).await.unwrap();
        world.upstream.behave(Behaviour::status(404));
        world.ended(world.send(bad, json!(1)).await, RunStatus::Failed).await;
        settled(&world).await;
        assert!(world.runs(all).await.is_empty());
    }
}

//! Runs that start runs.

use model::{
    api::WorkflowState,
    ids::{RunId, WorkflowId},
    run::RunStatus,
};
use serde_json::{Value, json};
use testkit::Behaviour;

use crate::{
    on_both,
    world::{World, called, post, with, workflow},
};

fn start(workflow: WorkflowId, wait: bool, input: Value) -> Value {
    json!({ "type": "sub_workflow", "workflow": workflow, "wait": wait, "input": input })
}

async fn parent(world: &World, child: WorkflowId) -> RunId {
    world.run(&workflow(&["sub"], json!({ "sub": start(child, true, json!({})) })), json!(1)).await
}

async fn failure(world: &World, run: RunId) -> String {
    world.ended(run, RunStatus::Failed).await.error.unwrap().code
}

on_both! {
    async fn a_child_gives_back_what_its_trigger_returns(world: World) {
        let field = |key: &str, more: Value| {
            let mut field = json!({ "key": key, "label": key, "kind": "number" });
            field.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            field
        };
        let twice = json!({ "twice": { "type": "set", "fields": [{ "name": "v", "value": { "expr": "event.body.n * event.body.by" } }] } });
        let child = world.publish(&called(
            json!([field("n", json!({ "required": true })), field("by", json!({ "default": 2 }))]),
            json!([{ "key": "result", "value": { "expr": "twice.v" } }]),
            &["twice"],
            twice,
        )).await;
        let steps = json!({
            "sub": start(child, true, json!({ "n": { "expr": "event.body" } })),
            "after": { "type": "set", "fields": [{ "name": "v", "value": { "expr": "sub.output.result" } }] },
        });
        let run = world.run(&workflow(&["sub", "after"], steps), json!(21)).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "after").await, json!({ "v": 42 }));
        let children = world.runs(child).await;
        assert_eq!((children.len(), children[0].kind.as_str(), children[0].status), (1, "child", RunStatus::Succeeded));
        assert_eq!(world.output(run, "sub").await["run"], json!(children[0].id));

        let missing = world.run(&workflow(&["sub"], json!({ "sub": start(child, true, json!({})) })), json!(1)).await;
        assert_eq!(failure(&world, missing).await, "sub_workflow.input");
        for (n, words) in [(json!("21"), "“n” must be a number."), (json!([1]), "“n” must be a number."), (json!(""), "“n” is required.")] {
            let wrong = world.run(&workflow(&["sub"], json!({ "sub": start(child, true, json!({ "n": { "literal": n } })) })), json!(1)).await;
            let error = world.ended(wrong, RunStatus::Failed).await.error.unwrap();
            assert_eq!((error.code.as_str(), error.message.as_str()), ("sub_workflow.input", words));
        }
        assert_eq!(world.runs(child).await.len(), 1, "nothing was started");
    }

    async fn a_childs_end_is_its_parents_business(world: World) {
        let child = world.publish(&called(json!([]), json!([]), &["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }))).await;
        world.upstream.behave_next([Behaviour::status(404)]);
        let run = parent(&world, child).await;
        let error = world.ended(run, RunStatus::Failed).await.error.unwrap();
        assert_eq!((error.code.as_str(), error.path), ("http.status", Some("sub".into())), "with the child's error");

        world.upstream.behave_next([Behaviour::Silence]);
        let run = parent(&world, child).await;
        let children = world.until_runs(child, 2).await;
        world.upstream.wait_for_calls(2).await;
        world.db.store.cancel(&world.db.scope, children[1].id).await.unwrap();
        assert_eq!(failure(&world, run).await, "sub_workflow.cancelled");

        world.upstream.behave_next([Behaviour::Silence]);
        let run = parent(&world, child).await;
        let children = world.until_runs(child, 3).await;
        world.upstream.wait_for_calls(3).await;
        world.db.store.cancel(&world.db.scope, run).await.unwrap();
        world.ended(children[2].id, RunStatus::Cancelled).await;
    }

    async fn one_that_is_not_waited_for_goes_its_own_way(world: World) {
        let delay = json!({ "delay": { "type": "delay", "for": { "ms": 60_000 } } });
        let child = world.publish(&called(json!([]), json!([]), &["delay"], delay)).await;
        let run = world.run(&workflow(&["sub"], json!({ "sub": start(child, false, json!({})) })), json!(1)).await;
        world.ended(run, RunStatus::Succeeded).await;
        let children = world.runs(child).await;
        world.parked(children[0].id).await;
        assert_eq!(world.output(run, "sub").await, json!({ "run": children[0].id }));
        world.db.clock.advance_ms(60_000);
        world.ended(children[0].id, RunStatus::Succeeded).await;
    }

    async fn what_cannot_be_started_says_why(world: World) {
        let set = json!({ "set": { "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] } });
        let child = world.publish(&called(json!([]), json!([]), &["set"], set.clone())).await;
        let other = world.publish(&workflow(&["set"], set)).await;
        let run = parent(&world, other).await;
        assert_eq!(failure(&world, run).await, "sub_workflow.no_trigger");
        world.db.store.set_state(&world.db.scope, child, WorkflowState::Off, &[]).await.unwrap();
        let run = parent(&world, child).await;
        assert_eq!(failure(&world, run).await, "sub_workflow.off");
        world.db.store.delete_workflow(&world.db.scope, child).await.unwrap();
        let run = parent(&world, child).await;
        assert_eq!(failure(&world, run).await, "sub_workflow.gone");
        let run = parent(&world, WorkflowId(77)).await;
        assert_eq!(failure(&world, run).await, "sub_workflow.gone");
        let steps = json!({ "sub": with(start(child, true, json!({})), "policy", json!({ "on_error": "continue" })),
            "after": { "type": "set", "fields": [{ "name": "why", "value": { "expr": "sub.error.code" } }] } });
        let run = world.run(&workflow(&["sub", "after"], steps), json!(1)).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.output(run, "after").await, json!({ "why": "sub_workflow.gone" }));
    }

    async fn a_workflow_that_starts_itself_ends_at_the_tenth(world: World) {
        let set = json!({ "set": { "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] } });
        let id = world.publish(&called(json!([]), json!([]), &["set"], set)).await;
        world.republish(id, &called(json!([]), json!([]), &["sub"], json!({ "sub": start(id, true, json!({})) }))).await;
        let run = parent(&world, id).await;
        assert_eq!(failure(&world, run).await, "sub_workflow.too_deep");
        assert_eq!(world.runs(id).await.len(), 9, "ten with the first");
    }

    async fn a_worker_killed_in_between_starts_one_child(world: World) {
        let mut world = world;
        let child = world.publish(&called(json!([]), json!([]), &["send"], json!({ "send": post(&world.upstream.url("/a"), true, json!({})) }))).await;
        world.upstream.behave_next([Behaviour::Silence]);
        let run = parent(&world, child).await;
        world.upstream.wait_for_calls(1).await;
        for _ in 0..2 {
            world.worker.take().unwrap().task.abort();
            world.db.clock.advance_ms(31_000);
            world.worker = Some(world.start(crate::world::options()));
        }
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.runs(child).await.len(), 1);
    }
}

//! Workflows that are off or paused, and triggers with a filter.

use model::api::{EventState, WorkflowState};
use serde_json::json;

use crate::{
    on_both,
    world::{webhook, workflow},
};

on_both! {
    async fn off_refuses_and_says_so(world: World) {
        let hook = world.publish(&workflow(webhook(json!({})), json!({ "dedupe": { "key": { "expr": "event.body.id" } } }))).await;
        world.switch(hook.workflow, WorkflowState::Off).await;
        let (status, answer) = world.post(&hook, &json!({ "id": 1 })).await;
        assert_eq!((status, &answer["error"]["code"]), (410, &json!("hook.refused")));
        let refused = world.events(hook.workflow, EventState::Refused).await;
        assert_eq!(refused[0].reason.as_deref(), Some("The workflow is off and does not take events."));
        world.switch(hook.workflow, WorkflowState::On).await;
        let (status, answer) = world.post(&hook, &json!({ "id": 1 })).await;
        assert_eq!((status, answer["duplicate"].as_bool()), (200, Some(false)), "what was refused is not remembered");
    }

    async fn paused_holds_in_order_or_refuses(world: World) {
        let mut definition = workflow(webhook(json!({})), json!({}));
        let hook = world.publish(&definition).await;
        world.switch(hook.workflow, WorkflowState::Paused).await;
        for n in 0..3 {
            let (status, answer) = world.post(&hook, &json!(n)).await;
            assert_eq!((status, &answer["held"], &answer["run"]), (202, &json!(true), &json!(null)), "{answer}");
        }
        assert_eq!((world.counts(hook.workflow).await, world.runs(hook.workflow).await.len()), ([0, 3, 0, 0, 0], 0));
        world.switch(hook.workflow, WorkflowState::On).await;
        let mut bodies = Vec::new();
        let mut runs = world.runs(hook.workflow).await;
        runs.reverse();
        for run in &runs {
            bodies.push(world.payload(run.event.unwrap()).await["body"].clone());
        }
        assert_eq!(bodies, [json!(0), json!(1), json!(2)], "in the order they came in");

        definition.settings.paused_events = model::definition::PausedEvents::Refuse;
        world.republish(hook.workflow, &definition).await;
        world.switch(hook.workflow, WorkflowState::Paused).await;
        let (status, answer) = world.post(&hook, &json!(9)).await;
        assert_eq!(status, 410);
        assert!(answer["error"]["message"].as_str().unwrap().contains("paused"), "{answer}");
        assert_eq!(world.counts(hook.workflow).await, [3, 0, 0, 1, 0]);
    }

    async fn a_filter_keeps_events_and_starts_no_run(world: World) {
        let filter = json!({ "test": { "left": { "expr": "event.body.amount" }, "op": "greater_than", "right": { "literal": 10 } } });
        let hook = world.publish(&workflow(webhook(json!({})), json!({ "filter": filter }))).await;
        let (status, answer) = world.post(&hook, &json!({ "amount": 3 })).await;
        assert_eq!((status, &answer["run"], &answer["filtered"]), (200, &json!(null), &json!(true)), "{answer}");
        assert_eq!(world.post(&hook, &json!({ "amount": 11 })).await.0, 200);
        assert_eq!((world.counts(hook.workflow).await, world.runs(hook.workflow).await.len()), ([1, 0, 1, 0, 0], 1));
        let filtered = world.events(hook.workflow, EventState::Filtered).await;
        assert!(filtered[0].reason.as_deref().unwrap().contains("filter"), "{filtered:?}");
        // Paused, only what would run is held.
        world.switch(hook.workflow, WorkflowState::Paused).await;
        let (status, answer) = world.post(&hook, &json!({ "amount": 4 })).await;
        assert_eq!((status, &answer["filtered"]), (200, &json!(true)), "{answer}");
        assert_eq!(world.post(&hook, &json!({ "amount": 12 })).await.0, 202);
        assert_eq!(world.counts(hook.workflow).await, [1, 1, 2, 0, 0]);
        // A filter that cannot be evaluated lets nothing pass, and says why.
        let broken = json!({ "expr": "event.body.amount.missing > 1" });
        let hook = world.publish(&workflow(webhook(json!({})), json!({ "filter": broken }))).await;
        world.post(&hook, &json!({})).await;
        let filtered = world.events(hook.workflow, EventState::Filtered).await;
        assert_eq!(filtered.len(), 1);
        assert!(!filtered[0].reason.as_deref().unwrap().is_empty());
    }
}

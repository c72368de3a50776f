//! A list as body, one event for each item.

use std::collections::BTreeSet;

use model::api::WorkflowState;
use serde_json::{Value, json};

use crate::{
    on_both,
    world::{webhook, workflow},
};

on_both! {
    async fn each_item_is_an_event_and_duplicates_harm_nobody(world: World) {
        let each = webhook(json!({ "body": "each_item" }));
        let hook = world.publish(&workflow(each, json!({ "dedupe": { "key": { "expr": "event.body.id" } } }))).await;
        assert_eq!(world.post(&hook, &json!({ "id": 0 })).await.0, 200, "no list: one event");
        let (status, answer) = world.post(&hook, &json!([{ "id": 1 }, { "id": 2 }, { "id": 1 }, { "id": 0 }, {}, {}])).await;
        assert_eq!(status, 200, "{answer}");
        let events = answer["events"].as_array().unwrap();
        let duplicates: Vec<bool> = events.iter().map(|event| event["duplicate"].as_bool().unwrap()).collect();
        assert_eq!(duplicates, [false, false, true, true, false, false], "{answer}");
        assert_eq!((&events[2]["event"], &events[2]["run"]), (&events[0]["event"], &events[0]["run"]), "the first one's ids");
        let runs: BTreeSet<String> = events.iter().map(|event| event["run"].as_str().unwrap().to_owned()).collect();
        assert_eq!(runs.len(), 5);
        assert_eq!(world.counts(hook.workflow).await, [5, 0, 0, 0, 2]);
        assert_eq!(world.post(&hook, &json!([])).await, (200, json!({ "events": [] })));
        let (status, one) = world.post(&hook, &json!([{ "id": 9 }])).await;
        assert_eq!((status, one["duplicate"].as_bool()), (200, Some(false)), "one item is answered like one event");
    }

    async fn the_whole_list_shares_the_workflows_state(world: World) {
        let hook = world.publish(&workflow(webhook(json!({ "body": "each_item" })), json!({}))).await;
        world.switch(hook.workflow, WorkflowState::Paused).await;
        let (status, answer) = world.post(&hook, &json!([1, 2, 3])).await;
        assert_eq!((status, answer["events"][2]["held"].as_bool()), (202, Some(true)), "{answer}");
        world.switch(hook.workflow, WorkflowState::Off).await;
        let (status, answer) = world.post(&hook, &json!([4, 5])).await;
        assert_eq!((status, &answer["error"]["code"]), (410, &json!("hook.refused")), "{answer}");
        assert_eq!(world.counts(hook.workflow).await, [0, 3, 0, 2, 0]);
    }

    async fn a_list_has_a_limit(world: World) {
        let hook = world.publish(&workflow(webhook(json!({ "body": "each_item" })), json!({}))).await;
        let (status, answer) = world.post(&hook, &Value::from(vec![0; 1001])).await;
        assert_eq!((status, &answer["error"]["code"]), (413, &json!("hook.too_many")));
        assert_eq!(world.counts(hook.workflow).await, [0; 5]);
        let (status, answer) = world.post(&hook, &Value::from(vec![0; 1000])).await;
        assert_eq!((status, answer["events"].as_array().map(Vec::len)), (200, Some(1000)));
    }
}

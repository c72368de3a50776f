//! Events that line up, and lines that are full.

use model::run::{RunEvent, RunEventKind, RunState, RunStatus};
use serde_json::json;
use store::{Append, Claimed, Then};

use crate::{
    on_both,
    world::{Sent, header, json_of, webhook, workflow},
};

on_both! {
    async fn events_with_equal_keys_line_up(world: World) {
        let mut definition = workflow(webhook(json!({})), json!({}));
        definition.settings.order_key = serde_json::from_value(json!({ "expr": "event.body.of" })).unwrap();
        let hook = world.publish(&definition).await;
        for body in [json!({ "of": "a", "n": 1 }), json!({ "of": "a", "n": 2 }), json!({ "of": "b", "n": 3 }), json!({ "n": 4 }), json!({ "of": "", "n": 5 })] {
            assert_eq!(world.post(&hook, &body).await.0, 200);
        }
        let claimed = world.db.store.claim_runs(10, 30_000).await.unwrap();
        let mut first: Vec<_> = claimed.iter().map(|run| run.event["body"]["n"].as_i64().unwrap()).collect();
        first.sort_unstable();
        assert_eq!(first, [1, 3, 4, 5], "the second of `a` waits for the first; without a key there is no line");
    }

    async fn held_events_keep_their_place(world: World) {
        let mut definition = workflow(webhook(json!({})), json!({}));
        definition.settings.order_key = serde_json::from_value(json!({ "expr": "event.body.of" })).unwrap();
        let hook = world.publish(&definition).await;
        world.switch(hook.workflow, model::api::WorkflowState::Paused).await;
        for n in 0..3 {
            assert_eq!(world.post(&hook, &json!({ "of": "a", "n": n })).await.0, 202);
        }
        world.switch(hook.workflow, model::api::WorkflowState::On).await;
        let claimed = world.db.store.claim_runs(10, 30_000).await.unwrap();
        let first: Vec<_> = claimed.iter().map(|run| run.event["body"]["n"].as_i64().unwrap()).collect();
        assert_eq!(first, [0], "one at a time, the oldest first");
    }

    async fn a_full_backlog_says_when_to_come_again(world: World) {
        let mut definition = workflow(webhook(json!({})), json!({}));
        definition.settings.backlog_limit = Some(2);
        let hook = world.publish(&definition).await;
        for _ in 0..2 {
            assert_eq!(world.post(&hook, &json!({})).await.0, 200);
        }
        let reply = world.send(&hook, Sent { body: b"{}", ..Sent::default() }).await;
        assert_eq!((reply.status, header(&reply, "retry-after")), (503, Some("30")));
        assert_eq!(json_of(&reply)["error"]["code"], json!("hook.backlog"));
        assert_eq!(world.runs(hook.workflow).await.len(), 2, "what was refused was not kept");
    }

    async fn a_listener_that_takes_no_more_keeps_no_other_from_hearing(world: World) {
        let bad = world.publish(&workflow(webhook(json!({})), json!({}))).await;
        let failure = json!({ "type": "failure", "workflows": [] });
        let mut definition = workflow(failure.clone(), json!({}));
        definition.settings.backlog_limit = Some(1);
        let (full, other) = (world.publish(&definition).await, world.publish(&workflow(failure, json!({}))).await);
        for _ in 0..2 {
            assert_eq!(world.post(&bad, &json!({})).await.0, 200);
        }
        for (n, claimed) in world.db.store.claim_runs(2, 30_000).await.unwrap().into_iter().enumerate() {
            world.db.store.append(failed(&claimed)).await.unwrap();
            let job = world.db.store.claim_jobs(&[triggers::failure::JOB], 1, 60_000).await.unwrap().remove(0);
            let told = world.ingest.failed(&job).await;
            assert_eq!(told.is_err(), n == 1, "it is tried again for the one that takes no more: {told:?}");
            assert_eq!((world.runs(full.workflow).await.len(), world.runs(other.workflow).await.len()), (1, n + 1));
        }
    }
}

/// Ends a claimed run badly.
fn failed(claimed: &Claimed) -> Append {
    let at = claimed.journal[0].at;
    let end = RunEventKind::RunFinished { status: RunStatus::Failed, error: None, message: None, by: None };
    let events = [RunEventKind::RunStarted, end].map(|kind| RunEvent { at, kind }).to_vec();
    let projection = RunState::fold(claimed.journal.iter().chain(&events)).projection();
    Append::new(claimed.lease, events, projection, Then::Done)
}

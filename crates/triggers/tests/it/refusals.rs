//! What was refused at the door is counted in memory and told once.

use model::api::{Alert, AlertKind, AlertsQuery, WorkflowState};
use serde_json::json;

use crate::{
    on_both,
    world::{Hook, Sent, World, webhook, workflow},
};

impl World {
    async fn alerts(&self) -> Vec<Alert> {
        let scope = store::Scope::system(self.db.scope.workspace);
        self.db.store.alerts(&scope, &AlertsQuery::default()).await.unwrap().items
    }

    async fn knocks(&self, hook: &Hook, token: &str, times: usize) {
        let headers = [("content-type", "application/json"), ("x-token", token)];
        for _ in 0..times {
            self.send(hook, Sent { headers: &headers, body: b"{}", ..Sent::default() }).await;
        }
    }

    async fn secret_hook(&self) -> Hook {
        let verify = json!({ "verify": { "type": "shared_secret", "header": "X-Token" } });
        let hook = self.publish(&workflow(webhook(verify), json!({}))).await;
        let (store, workspace) = (&self.db.store, self.db.scope.workspace);
        let secret =
            self.db.vault.put_secret(workspace, &format!("hook {} start", hook.workflow), "secret", "right").await.unwrap();
        store.set_hook_secret(&self.db.scope, hook.workflow, &"start".into(), Some(secret)).await.unwrap();
        hook
    }
}

on_both! {
    async fn events_behind_a_full_backlog_are_counted_and_told(world: World) {
        let mut definition = workflow(webhook(json!({ "body": "each_item" })), json!({}));
        definition.settings.backlog_limit = Some(1);
        let hook = world.publish(&definition).await;
        assert_eq!(world.post(&hook, &json!([{ "n": 0 }])).await.0, 200);
        world.ingest.tell_refusals().await.unwrap();
        assert_eq!(world.alerts().await, []);
        let first_at = world.db.store.now();
        assert_eq!(world.post(&hook, &json!([{ "n": 1 }, { "n": 2 }])).await.0, 503);
        world.db.clock.advance_ms(1_000);
        assert_eq!(world.post(&hook, &json!([{ "n": 3 }])).await.0, 503);
        assert_eq!(world.alerts().await, [], "no write for each of them");
        world.ingest.tell_refusals().await.unwrap();
        world.ingest.tell_refusals().await.unwrap();
        let [alert] = &world.alerts().await[..] else { panic!("{:?}", world.alerts().await) };
        assert_eq!((alert.kind, alert.workflow, alert.count, alert.opened_at), (AlertKind::Refused, Some(hook.workflow), 3, first_at));
        // Another process has a tally of its own: both are added up.
        let other = world.ingest_on(&world.db.second().await);
        let reply = other.webhook(Sent { headers: &[("content-type", "application/json")], body: b"[{}]", ..Sent::default() }.to(&hook.key)).await;
        assert_eq!(reply.status, 503);
        other.tell_refusals().await.unwrap();
        assert_eq!(world.alerts().await[0].count, 4);
        assert_eq!(world.alerts().await.len(), 1);
    }

    async fn a_webhook_whose_signatures_no_longer_fit_is_told(world: World) {
        let hook = world.secret_hook().await;
        world.knocks(&hook, "right", 3).await;
        world.db.clock.advance_ms(60_000);
        world.knocks(&hook, "<img onerror=1>", 4).await;
        world.ingest.tell_refusals().await.unwrap();
        assert_eq!(world.alerts().await, [], "four may be anybody's");
        world.db.clock.advance_ms(60_000);
        world.knocks(&hook, "", 1).await;
        world.ingest.tell_refusals().await.unwrap();
        let [alert] = &world.alerts().await[..] else { panic!("{:?}", world.alerts().await) };
        assert_eq!((alert.kind, alert.workflow, alert.count), (AlertKind::Refused, Some(hook.workflow), 5));
        assert!(!alert.text.contains("onerror"), "nothing of what was sent: {}", alert.text);
        let facts = world.db.store.refused_events(world.db.scope.workspace).await.unwrap();
        assert_eq!((facts[0].is_signature, facts[0].accepted_since), (true, 0));
        world.db.clock.advance_ms(1);
        world.knocks(&hook, "right", 1).await;
        assert_eq!(world.db.store.refused_events(world.db.scope.workspace).await.unwrap()[0].accepted_since, 1);
    }

    async fn strangers_beside_a_sender_whose_signatures_fit_are_no_news(world: World) {
        let hook = world.secret_hook().await;
        for _ in 0..3 {
            world.knocks(&hook, "wrong", 6).await;
            world.knocks(&hook, "right", 1).await;
            world.ingest.tell_refusals().await.unwrap();
            world.db.clock.advance_ms(60_000);
        }
        assert_eq!(world.alerts().await, []);
        // Nearly none, or a workflow that is gone.
        world.knocks(&hook, "right", 1).await;
        world.knocks(&hook, "wrong", 30).await;
        world.ingest.tell_refusals().await.unwrap();
        assert_eq!(world.alerts().await.len(), 1);
        let gone = world.secret_hook().await;
        world.knocks(&gone, "wrong", 9).await;
        world.switch(gone.workflow, WorkflowState::Off).await;
        world.db.store.delete_workflow(&world.db.scope, gone.workflow).await.unwrap();
        world.ingest.tell_refusals().await.unwrap();
        assert_eq!(world.alerts().await.len(), 1);
    }
}

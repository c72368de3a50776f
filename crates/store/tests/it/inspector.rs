//! The last requests of a webhook, and deliveries that wait for the rest of their data.

use model::{
    api::{HookHeader, HookOutcome},
    ids::WorkspaceId,
};
use serde_json::json;
use store::{KEPT_BODY_BYTES, KeptRequest, NewDelivery};

use crate::{on_both, support::Db};

fn request(db: &Db, hook: &str, n: usize) -> KeptRequest {
    KeptRequest {
        workspace: db.scope.workspace,
        hook: hook.into(),
        outcome: HookOutcome::Refused,
        reason: format!("no {n}"),
        status: 401,
        method: "POST".into(),
        query: "a=1".into(),
        headers: vec![HookHeader { name: "x".into(), value: "y".into() }],
        body: vec![b'x'; n],
        bytes: n as u64,
        received_at: db.store.now(),
    }
}

on_both! {
    async fn the_last_twenty_are_kept(db: Db) {
        let hook = format!("{}:hook", db.workflow);
        for n in 0..50 {
            db.store.keep_request(request(&db, &hook, n)).await.unwrap();
            db.store.keep_request(request(&db, "app:slack", n)).await.unwrap();
        }
        let trigger = "hook".into();
        let shown = db.store.hook_requests(&db.scope, db.workflow, &trigger, std::slice::from_ref(&hook)).await.unwrap();
        let reasons: Vec<&str> = shown.iter().map(|request| request.reason.as_str()).collect();
        assert_eq!((reasons.len(), reasons[0], reasons[19]), (20, "no 49", "no 30"));
        assert_eq!((shown[0].status, shown[0].bytes, shown[0].headers[0].value.as_str()), (Some(401), 49, "y"));
        let both = db.store.hook_requests(&db.scope, db.workflow, &trigger, &[hook.clone(), "app:slack".into()]).await.unwrap();
        assert_eq!(both.len(), 20, "together, too");
        let other = store::Scope { workspace: WorkspaceId(99), ..db.scope.clone() };
        assert!(db.store.hook_requests(&other, db.workflow, &trigger, std::slice::from_ref(&hook)).await.unwrap().is_empty());
        assert!(db.store.hook_request(&other, std::slice::from_ref(&hook), shown[0].id).await.unwrap().is_none());
        assert_eq!(db.store.hook_request(&db.scope, std::slice::from_ref(&hook), shown[0].id).await.unwrap().unwrap().1.len(), 49);
        db.store.delete_workflow(&db.scope, db.workflow).await.unwrap();
        assert!(db.store.hook_requests(&db.scope, db.workflow, &trigger, &[hook]).await.unwrap().is_empty(), "gone with it");
    }

    async fn long_bodies_are_cut(db: Db) {
        let hook = format!("{}:hook", db.workflow);
        let mut long = request(&db, &hook, KEPT_BODY_BYTES + 10);
        long.body = "ä".repeat(KEPT_BODY_BYTES).into_bytes();
        long.bytes = long.body.len() as u64;
        db.store.keep_request(long).await.unwrap();
        let shown = db.store.hook_requests(&db.scope, db.workflow, &"hook".into(), &[hook]).await.unwrap().remove(0);
        assert!(shown.truncated && shown.body.len() == KEPT_BODY_BYTES, "{}", shown.body.len());
        assert_eq!(shown.bytes, 2 * KEPT_BODY_BYTES as u64);
    }

    async fn a_delivery_has_its_job_from_the_start(db: Db) {
        let new = NewDelivery {
            workspace: db.scope.workspace,
            workflow: db.workflow,
            trigger: "hook".into(),
            body: json!({ "events": [1] }),
            received_at: db.store.now(),
            job: "delivery".into(),
        };
        let id = db.store.keep_delivery(new.clone()).await.unwrap();
        let jobs = db.store.claim_jobs(&["delivery"], 10, 1_000).await.unwrap();
        assert_eq!(jobs.iter().map(|job| job.key.clone()).collect::<Vec<_>>(), [id.to_string()]);
        let pending = db.store.pending_delivery(id).await.unwrap().unwrap();
        assert_eq!((pending.body, pending.received_at), (new.body.clone(), new.received_at));
        db.store.end_delivery(id, None).await.unwrap();
        assert!(db.store.pending_delivery(id).await.unwrap().is_none());
        let failed = db.store.keep_delivery(new).await.unwrap();
        db.store.end_delivery(failed, Some("The vendor has forgotten it.")).await.unwrap();
        assert!(db.store.pending_delivery(failed).await.unwrap().is_none(), "it is not tried again");
        db.clock.advance_ms(31 * 86_400_000);
        while db.store.sweep(100).await.unwrap() > 0 {}
    }

    async fn a_signature_with_other_headers_is_a_replay_until_it_is_forgotten(db: Db) {
        let seen = async |hook: &str, signature: u8, unsigned: u8| {
            let until = db.store.now().plus_ms(1_000);
            db.store.signature_is_new(db.scope.workspace, hook, &[signature; 32], &[unsigned; 32], until).await.unwrap()
        };
        assert!(seen("a", 1, 1).await);
        assert!(seen("a", 1, 1).await, "the same once more: its sender did not hear the answer");
        assert!(!seen("a", 1, 2).await, "with another unsigned part");
        assert!(seen("b", 1, 2).await && seen("a", 2, 2).await, "of another hook, or another one");
        db.clock.advance_ms(1_001);
        assert!(seen("a", 1, 2).await);
        assert!(!seen("a", 1, 1).await);
    }
}

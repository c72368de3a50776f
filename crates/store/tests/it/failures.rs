use model::{
    WorkflowDefinition,
    api::WorkflowState,
    definition::{FailureTrigger, Trigger, TriggerKind},
    ids::{TriggerId, WorkflowId},
    run::{RunKind, RunStatus},
};
use serde_json::json;
use store::{FAILURE, NewEvent};

use crate::{on_both, support::*};

fn listener(workflows: Vec<WorkflowId>) -> WorkflowDefinition {
    let kind = TriggerKind::Failure(FailureTrigger { workflows });
    let trigger = Trigger { id: TriggerId::from("oops"), label: "Oops".into(), kind, filter: None, dedupe: None, shape: None };
    WorkflowDefinition { triggers: vec![trigger], ..definition() }
}

async fn fail(db: &Db) -> store::Claimed {
    let claimed = db.claimed().await;
    db.end(&claimed, RunStatus::Failed).await;
    claimed
}

on_both! {
    async fn a_failure_is_told_in_the_commit_that_ends_the_run(db: Db) {
        let other = db.another("Listener", &listener(Vec::new())).await;
        let claimed = fail(&db).await;
        let jobs = db.store.claim_jobs(&[FAILURE], 10, LEASE_MS).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].key, claimed.lease.run.to_string());
        assert_eq!(jobs[0].body, json!({"run": claimed.lease.run, "workflow": db.workflow}));
        let listeners = db.store.failure_listeners(db.scope.workspace).await.unwrap();
        assert_eq!((listeners.len(), listeners[0].workflow, listeners[0].trigger.as_str()), (1, other, "oops"));
        assert!(listeners[0].hears(db.workflow) && !listeners[0].hears(other));
    }

    async fn nobody_listens_nobody_is_told(db: Db) {
        fail(&db).await;
        // A listener that is off, one of another workspace, one that wants others' failures only, and the failing workflow itself.
        let off = db.another("Off", &listener(Vec::new())).await;
        db.store.set_state(&db.scope, off, WorkflowState::Off, &[]).await.unwrap();
        db.another("Other", &listener(vec![off])).await;
        let stranger = db.stranger().await;
        let theirs = db.store.create_workflow(&stranger, "Theirs", &listener(Vec::new())).await.unwrap().id;
        db.store.publish(&stranger, theirs, 1, "", true, &[]).await.unwrap();
        fail(&db).await;
        assert!(db.store.claim_jobs(&[FAILURE], 10, LEASE_MS).await.unwrap().is_empty());
        let own = db.another("Own", &listener(Vec::new())).await;
        let event = NewEvent { trigger: TriggerId::from("oops"), ..db.event_of(own, json!(1)) };
        db.store.accept(event).await.unwrap();
        let claimed = db.claim(1).await.remove(0);
        db.end(&claimed, RunStatus::Failed).await;
        assert!(db.store.claim_jobs(&[FAILURE], 10, LEASE_MS).await.unwrap().is_empty(), "never its own");
    }

    async fn only_live_failures_count(db: Db) {
        db.another("Listener", &listener(Vec::new())).await;
        for status in [RunStatus::Succeeded, RunStatus::Filtered] {
            let claimed = db.claimed().await;
            db.end(&claimed, status).await;
        }
        let cancelled = db.run().await;
        db.store.cancel(&db.scope, cancelled).await.unwrap();
        let test = NewEvent { kind: RunKind::Test { only: None }, version: 0, definition: Some(Box::new(definition())), ..db.event(json!(1)) };
        db.store.accept(test).await.unwrap();
        let test = db.claim(1).await.remove(0);
        db.end(&test, RunStatus::Failed).await;
        assert!(db.store.claim_jobs(&[FAILURE], 10, LEASE_MS).await.unwrap().is_empty());
    }

    async fn a_listener_that_is_published_later_hears_the_next_one(db: Db) {
        fail(&db).await;
        let id = db.store.create_workflow(&db.scope, "Late", &definition()).await.unwrap().id;
        db.store.publish(&db.scope, id, 1, "", true, &[]).await.unwrap();
        fail(&db).await;
        let saved = db.store.save_draft(&db.scope, id, 1, &listener(vec![db.workflow])).await.unwrap();
        db.store.publish(&db.scope, id, saved.draft_rev, "", true, &[]).await.unwrap();
        fail(&db).await;
        assert_eq!(db.store.claim_jobs(&[FAILURE], 10, LEASE_MS).await.unwrap().len(), 1);
    }
}

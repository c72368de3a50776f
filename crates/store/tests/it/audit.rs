use model::{
    api::{ActivityQuery, ConnectionStatus, WorkflowState},
    ids::{ConnectionId, SecretId, StepPath},
    run::{Choice, RunKind},
};
use serde_json::json;
use store::{Error, NewConnection, NewEvent};

use crate::{on_both, support::*};

async fn actions(db: &Db) -> Vec<String> {
    let page = db.store.activity(&db.scope, &ActivityQuery { limit: Some(100), ..ActivityQuery::default() }).await.unwrap();
    assert!(page.items.iter().all(|row| row.actor == "ada@example.com"));
    page.items.into_iter().rev().map(|row| row.action).collect()
}

on_both! {
    async fn what_people_do_is_written_down_with_it(db: Db) {
        db.state(WorkflowState::Paused).await;
        db.state(WorkflowState::Paused).await;
        db.state(WorkflowState::On).await;
        db.state(WorkflowState::Off).await;
        db.state(WorkflowState::On).await;
        let run = db.run().await;
        let replay = NewEvent { kind: RunKind::Replay { of: run, from: None }, ..db.event(json!(1)) };
        db.store.accept_as(&db.scope, replay).await.unwrap();
        db.store.settle(&db.scope, run, &StepPath::from("a"), &Choice::Fail).await.unwrap();
        db.store.cancel(&db.scope, run).await.unwrap();
        let id = ConnectionId(db.store.next_id());
        let new = NewConnection { id, connector: "http".into(), method: "none".into(), label: "L".into(), hosts: Vec::new(), secret: None, account: None, scopes: Vec::new(), expires_at: None };
        db.store.create_connection(&db.scope, new).await.unwrap();
        db.store.update_connection(&db.scope, id, Some("M".into()), None, None).await.unwrap();
        db.store.set_connection_status(&db.scope, id, ConnectionStatus::NeedsReauth).await.unwrap();
        db.store.set_connection_status(&db.scope, id, ConnectionStatus::NeedsReauth).await.unwrap();
        db.store.delete_connection(&db.scope, id).await.unwrap();
        db.store.delete_workflow(&db.scope, db.workflow).await.unwrap();
        assert_eq!(
            actions(&db).await,
            [
                "workflow.created",
                "workflow.published",
                "workflow.paused",
                "workflow.resumed",
                "workflow.turned_off",
                "workflow.turned_on",
                "run.replayed",
                "run.settled",
                "run.cancelled",
                "connection.created",
                "connection.changed",
                "connection.status",
                "connection.deleted",
                "workflow.deleted",
            ]
        );
    }

    async fn making_naming_and_tagging_workflows_and_apps_is_written_down_without_names_and_secrets(db: Db) {
        let name = "About <ann@example.org>";
        let id = db.store.create_workflow(&db.scope, name, &definition()).await.unwrap().id;
        db.store.rename_workflow(&db.scope, id, "Ann Example's").await.unwrap();
        assert!(db.store.rename_workflow(&db.stranger().await, id, "Stolen").await.is_err());
        db.store.tag_workflow(&db.scope, id, &["Sales".into()]).await.unwrap();
        db.store.put_oauth_app(&db.scope, "hubspot", "client-1", Some(SecretId(99))).await.unwrap();
        db.store.delete_oauth_app(&db.scope, "hubspot").await.unwrap();
        assert!(matches!(db.store.delete_oauth_app(&db.scope, "hubspot").await, Err(Error::NotFound(_))));
        let page = db.store.activity(&db.scope, &ActivityQuery { limit: Some(5), ..ActivityQuery::default() }).await.unwrap();
        let said: Vec<_> = page.items.iter().rev().map(|row| (row.action.as_str(), row.target.as_str(), row.detail.clone())).collect();
        let id = id.to_string();
        assert_eq!(
            said,
            [
                ("workflow.created", id.as_str(), json!({})),
                ("workflow.renamed", id.as_str(), json!({})),
                ("workflow.tagged", id.as_str(), json!({ "tags": 1 })),
                ("app.set", "hubspot", json!({ "client_id": "client-1", "has_secret": true })),
                ("app.deleted", "hubspot", json!({})),
            ]
        );
    }

    async fn what_was_refused_is_not_written_down(db: Db) {
        let before = actions(&db).await.len();
        let run = db.run().await;
        let stranger = db.stranger().await;
        assert!(matches!(db.store.cancel(&stranger, run).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.settle(&stranger, run, &StepPath::from("a"), &Choice::Fail).await, Err(Error::NotFound(_))));
        db.store.cancel(&db.scope, run).await.unwrap();
        assert!(matches!(db.store.cancel(&db.scope, run).await, Err(Error::Ended)));
        assert!(matches!(db.store.settle(&db.scope, run, &StepPath::from("a"), &Choice::Fail).await, Err(Error::Ended)));
        assert!(db.store.publish(&db.scope, db.workflow, 99, "", true, &[]).await.is_err());
        // The workflow's version is another one by now: the replay has nothing to do with it, a live event has.
        let moved = NewEvent { version: 7, ..db.event(json!(1)) };
        db.store.accept_as(&db.scope, moved).await.unwrap();
        assert_eq!(actions(&db).await.len(), before + 1);
    }
}

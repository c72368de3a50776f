use model::{
    api::{ActivityQuery, ConnectionStatus, WorkflowState},
    ids::{ConnectionId, StepPath},
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

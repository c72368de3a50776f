use model::ids::{TriggerId, WorkflowId};
use serde_json::json;
use store::{Disposition, NewEvent};

use crate::{on_both, support::definition};

on_both! {
    async fn what_events_look_like_is_learned_once_each(db: Db) {
        let workspace = db.scope.workspace;
        assert!(db.store.learn_shapes(workspace).await.unwrap().is_empty(), "nothing has come yet");
        for n in 0..3 {
            db.store.accept(db.event(json!({ "email": n }))).await.unwrap();
        }
        let refused = Disposition::Filtered { reason: "no".into() };
        db.store.accept(NewEvent { disposition: refused, ..db.event(json!({ "spam": 1 })) }).await.unwrap();
        assert_eq!(db.store.learn_shapes(workspace).await.unwrap(), [db.workflow]);
        assert!(db.store.learn_shapes(workspace).await.unwrap().is_empty(), "and not again");
        let shapes = db.store.shapes(&db.scope, db.workflow).await.unwrap();
        let shape = &shapes[&TriggerId::from("hook")];
        assert_eq!((shapes.len(), shape.count), (1, 3));
        let text = serde_json::to_string(shape).unwrap();
        assert!(text.contains("/body/email") && !text.contains("spam"), "{text}");

        db.store.accept(db.event(json!({ "mail": 1 }))).await.unwrap();
        // Two processes at the same moment count it once.
        let (one, two) = tokio::join!(db.store.learn_shapes(workspace), db.store.learn_shapes(workspace));
        one.unwrap();
        two.unwrap();
        let learned = db.store.learned(workspace, &[db.workflow]).await.unwrap();
        assert_eq!((learned.len(), learned[0].shape.count, learned[0].version), (1, 4, 1));
        let stranger = db.stranger().await;
        assert!(db.store.shapes(&stranger, db.workflow).await.unwrap().is_empty());
        assert!(db.store.learned(stranger.workspace, &[db.workflow]).await.unwrap().is_empty());
    }

    async fn a_workflow_is_not_passed_over_for_ever(db: Db) {
        let mut workflows = Vec::new();
        // One more than a round looks at.
        for n in 0..101 {
            workflows.push(db.another(&format!("W{n}"), &definition()).await);
        }
        let workspace = db.scope.workspace;
        let events = async |of: &[WorkflowId]| {
            for workflow in of {
                db.store.accept(db.event_of(*workflow, json!({ "email": 1 }))).await.unwrap();
            }
        };
        events(&workflows).await;
        let first = db.store.learn_shapes(workspace).await.unwrap();
        let missed: Vec<WorkflowId> = workflows.into_iter().filter(|workflow| !first.contains(workflow)).collect();
        assert_eq!((first.len(), missed.len()), (100, 1));
        events(&first).await;
        let second = db.store.learn_shapes(workspace).await.unwrap();
        assert_eq!((second.len(), second.contains(&missed[0])), (100, true));
    }
}

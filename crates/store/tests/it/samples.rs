use model::ids::{StepId, TriggerId};
use serde_json::json;
use store::{Error, Origin};

use crate::on_both;

on_both! {
    async fn a_trigger_keeps_its_last_twenty_samples(db: Db) {
        let (workspace, workflow, hook) = (db.scope.workspace, db.workflow, TriggerId::from("hook"));
        let first = db.store.add_trigger_sample(workspace, workflow, &hook, &json!(0), Origin::Captured).await.unwrap();
        db.store.pin_sample(&db.scope, workflow, first.id, true).await.unwrap();
        for n in 1..=25 {
            db.store.add_trigger_sample(workspace, workflow, &hook, &json!(n), Origin::Live).await.unwrap();
        }
        let other = TriggerId::from("button");
        db.store.add_trigger_sample(workspace, workflow, &other, &json!("b"), Origin::Edited).await.unwrap();
        let samples = db.store.samples(&db.scope, workflow).await.unwrap();
        let kept: Vec<_> = samples.triggers.iter().filter(|s| s.trigger == hook).map(|s| s.event.clone()).collect();
        assert_eq!(kept.len(), 21);
        assert_eq!((kept[0].clone(), kept[20].clone()), (json!(25), json!(0)), "newest first, the pinned one stays");
        assert_eq!(samples.triggers[0].origin, "edited");
        db.store.delete_sample(&db.scope, workflow, first.id).await.unwrap();
        assert!(matches!(db.store.delete_sample(&db.scope, workflow, first.id).await, Err(Error::NotFound(_))));
    }

    async fn a_step_keeps_its_last_output(db: Db) {
        let step = StepId::from("send");
        for n in 0..3 {
            db.store.put_step_sample(db.scope.workspace, db.workflow, &step, &json!({"n": n})).await.unwrap();
        }
        let samples = db.store.samples(&db.scope, db.workflow).await.unwrap();
        assert_eq!(samples.steps.iter().map(|s| s.output.clone()).collect::<Vec<_>>(), [json!({"n": 2})]);
        db.clock.advance_ms(31 * 24 * 3_600_000);
        db.store.sweep(100).await.unwrap();
        assert!(db.store.samples(&db.scope, db.workflow).await.unwrap().steps.is_empty(), "forgotten when unused");
    }
}

use std::sync::Arc;

use model::ids::{StepId, TriggerId};
use serde_json::json;
use store::{Error, Origin, RunSamples};

use crate::on_both;

on_both! {
    async fn a_trigger_keeps_its_last_twenty_samples(db: Db) {
        let (workspace, workflow, hook) = (db.scope.workspace, db.workflow, TriggerId::from("hook"));
        let first = db.store.add_trigger_sample(workspace, workflow, &hook, &json!(0), Origin::Captured).await.unwrap();
        for n in 1..=25 {
            db.store.add_trigger_sample(workspace, workflow, &hook, &json!(n), Origin::Live).await.unwrap();
        }
        let other = TriggerId::from("button");
        db.store.add_trigger_sample(workspace, workflow, &other, &json!("b"), Origin::Edited).await.unwrap();
        let samples = db.store.samples(&db.scope, workflow).await.unwrap();
        let kept: Vec<_> = samples.triggers.iter().filter(|s| s.trigger == hook).map(|s| s.event.clone()).collect();
        assert_eq!(kept.len(), 20);
        assert_eq!((kept[0].clone(), kept[19].clone()), (json!(25), json!(6)), "newest first");
        assert_eq!(samples.triggers[0].origin, "edited");
        let newest = samples.triggers[0].id;
        db.store.delete_sample(&db.scope, workflow, newest).await.unwrap();
        for gone in [first.id, newest] {
            assert!(matches!(db.store.delete_sample(&db.scope, workflow, gone).await, Err(Error::NotFound(_))));
        }
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

    async fn a_pinned_output_stays_beside_the_last_one(db: Db) {
        let step = StepId::from("send");
        let pin = async |n: i64, setup: &str| db.store.pin_output(&db.scope, db.workflow, &step, &json!({ "n": n }), setup.into()).await;
        pin(1, "first").await.unwrap();
        pin(2, "second").await.unwrap();
        db.store.put_step_sample(db.scope.workspace, db.workflow, &step, &json!("tested")).await.unwrap();
        db.store.put_step_sample(db.scope.workspace, db.workflow, &step, &json!("tested again")).await.unwrap();
        let known = async || {
            let samples = db.store.samples(&db.scope, db.workflow).await.unwrap();
            let pins: Vec<_> = samples.pins.into_iter().map(|pin| (pin.step, pin.output, pin.setup)).collect();
            (samples.steps.into_iter().map(|sample| sample.output).collect::<Vec<_>>(), pins)
        };
        let pinned = vec![(step.clone(), json!({"n": 2}), "second".to_owned())];
        assert_eq!(known().await, (vec![json!("tested again")], pinned.clone()));
        db.clock.advance_ms(31 * 24 * 3_600_000);
        db.store.sweep(100).await.unwrap();
        assert_eq!(known().await, (Vec::new(), pinned), "forgotten when unused, but for what is pinned");
        let viewer = store::Scope { role: model::Role::Viewer, ..db.scope.clone() };
        assert!(db.store.unpin_output(&viewer, db.workflow, &step).await.is_err());
        db.store.unpin_output(&db.scope, db.workflow, &step).await.unwrap();
        db.store.unpin_output(&db.scope, db.workflow, &step).await.unwrap();
        assert_eq!(known().await, (Vec::new(), Vec::new()));
    }

    async fn what_a_run_left_becomes_the_newest_samples(db: Db) {
        let (hook, step, other) = (TriggerId::from("hook"), StepId::from("send"), StepId::from("look"));
        db.store.put_step_sample(db.scope.workspace, db.workflow, &step, &json!("tested")).await.unwrap();
        let samples = RunSamples {
            event: Some((hook.clone(), Arc::new(json!({"n": 1})))),
            outputs: vec![(step.clone(), Arc::new(json!("ran"))), (other, Arc::new(json!(null)))],
        };
        let id = db.store.keep_run_samples(&db.scope, db.workflow, &samples).await.unwrap();
        let kept = db.store.samples(&db.scope, db.workflow).await.unwrap();
        assert_eq!((Some(kept.triggers[0].id), kept.triggers[0].event.clone()), (id, json!({"n": 1})));
        assert_eq!(kept.steps.iter().find(|sample| sample.step == step).unwrap().output, json!("ran"));
        assert_eq!(kept.steps.len(), 2);
        assert_eq!(db.store.keep_run_samples(&db.scope, db.workflow, &samples).await.unwrap(), id, "opened again, it is the same one");
        let none = db.store.keep_run_samples(&db.scope, db.workflow, &RunSamples::default()).await.unwrap();
        assert_eq!(none, None);
        let viewer = store::Scope { role: model::Role::Viewer, ..db.scope.clone() };
        assert!(db.store.keep_run_samples(&viewer, db.workflow, &samples).await.is_err());
        let stranger = db.stranger().await;
        assert!(matches!(db.store.keep_run_samples(&stranger, db.workflow, &samples).await, Err(Error::NotFound(_))));
    }
}

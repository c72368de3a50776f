//! Rows of webhooks at vendors: one caller at a time, new before old, and nothing forgotten.

use model::{
    Timestamp,
    api::{SubscriptionState, WorkflowState},
    ids::{ConnectionId, SecretId, TriggerId, WorkflowId},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use store::{CallOutcome, Made, NewSubscription, SUBSCRIBE, SubscriptionRow};

use crate::{on_both, support::Db};

fn app(input: &str) -> model::WorkflowDefinition {
    serde_json::from_value(json!({
        "schema": 1,
        "triggers": [{ "id": "app", "label": "App", "kind": { "type": "app", "connector": "local", "version": 1, "trigger": "told",
            "input": { "what": { "literal": input } } } }],
        "steps": {}, "body": [],
    }))
    .unwrap()
}

fn new(db: &Db, workflow: WorkflowId, fingerprint: u8, is_made: bool) -> NewSubscription {
    NewSubscription {
        workspace: db.scope.workspace,
        workflow,
        trigger: "app".into(),
        connector: "local".into(),
        app_trigger: "told".into(),
        connection: Some(ConnectionId(7)),
        input: json!({ "what": fingerprint }),
        fingerprint: vec![fingerprint; 32],
        is_made,
    }
}

async fn rows(db: &Db, workflow: WorkflowId) -> Vec<SubscriptionRow> {
    db.store.subscriptions_of(workflow, &TriggerId::from("app")).await.unwrap()
}

async fn published(db: &Db) -> WorkflowId {
    let workflow = db.store.create_workflow(&db.scope, "Apps", &app("a")).await.unwrap().id;
    db.store.publish(&db.scope, workflow, 1, "", true, &[]).await.unwrap();
    workflow
}

fn until(db: &Db, ms: i64) -> Timestamp {
    db.store.now().plus_ms(ms)
}

fn made(kept: Value) -> CallOutcome {
    CallOutcome::Made(Made { kept, secret: None, expires_at: Some(Timestamp(9_000_000_000_000)) })
}

async fn due(db: &Db) -> Vec<String> {
    let jobs = db.store.claim_jobs(&[SUBSCRIBE], 10, 1_000).await.unwrap();
    for job in &jobs {
        db.store.finish_job(job.id, job.epoch, None, None).await.unwrap();
    }
    jobs.into_iter().map(|job| job.key).collect()
}

on_both! {
    async fn what_is_live_is_looked_after(db: Db) {
        let workflow = published(&db).await;
        let key = vec![format!("{workflow}:app")];
        assert_eq!(due(&db).await, key, "at publish");
        assert!(due(&db).await.is_empty());
        db.store.set_state(&db.scope, workflow, WorkflowState::Off, &[]).await.unwrap();
        assert_eq!(due(&db).await, key, "when it is turned off");
        db.store.add_subscription(new(&db, workflow, 1, true)).await.unwrap();
        db.store.delete_workflow(&db.scope, workflow).await.unwrap();
        assert_eq!(due(&db).await, key, "when it is deleted: the row says what is left at the vendor");
        assert!(db.store.wanted(workflow).await.unwrap().is_none());
        assert_eq!(db.store.reconcile_subscriptions().await.unwrap(), 1);
        assert_eq!(due(&db).await, key, "and at every start");
        db.store.drop_subscription(workflow, rows(&db, workflow).await[0].id).await.unwrap();
        assert_eq!(db.store.reconcile_subscriptions().await.unwrap(), 0);
    }

    async fn the_key_leads_to_the_trigger_and_dies_when_it_is_replaced(db: Db) {
        let workflow = published(&db).await;
        db.store.add_subscription(new(&db, workflow, 1, true)).await.unwrap();
        db.store.add_subscription(new(&db, workflow, 1, true)).await.unwrap();
        let [row] = &rows(&db, workflow).await[..] else { panic!("one, however often it is added") };
        assert_eq!((row.state, row.kept.clone()), (SubscriptionState::Creating, json!({})));
        let key = row.key.clone().unwrap();
        assert_eq!(key.len(), 32, "128 bits");
        let hook = db.store.live_hook(&key).await.unwrap().unwrap();
        assert_eq!((hook.workflow, hook.subscription.as_ref().map(|row| row.id)), (workflow, Some(row.id)));
        // Cut short: the next attempt has another address.
        db.store.begin_subscription_call(row.id, until(&db, 1_000), false).await.unwrap().unwrap();
        assert!(db.store.begin_subscription_call(row.id, until(&db, 1_000), true).await.unwrap().is_none(), "one at a time");
        db.clock.advance_ms(1_001);
        let again = db.store.begin_subscription_call(row.id, until(&db, 1_000), true).await.unwrap().unwrap();
        assert_ne!(again.key, Some(key.clone()));
        assert!(db.store.live_hook(&key).await.unwrap().is_none(), "nobody listens at the old one");
        assert!(db.store.live_hook(again.key.as_deref().unwrap()).await.unwrap().is_some());
    }

    async fn the_new_one_works_before_the_old_one_goes(db: Db) {
        let workflow = published(&db).await;
        db.store.add_subscription(new(&db, workflow, 1, true)).await.unwrap();
        let first = rows(&db, workflow).await.remove(0);
        let end = until(&db, 1_000);
        db.store.begin_subscription_call(first.id, end, false).await.unwrap().unwrap();
        assert!(db.store.end_subscription_call(&first, end, &made(json!({ "id": 1 }))).await.unwrap());
        assert!(!db.store.end_subscription_call(&first, end, &made(json!({ "id": 2 }))).await.unwrap(), "the turn is over");
        db.store.add_subscription(new(&db, workflow, 2, true)).await.unwrap();
        let states = |rows: &[SubscriptionRow]| rows.iter().map(|row| row.state).collect::<Vec<_>>();
        let both = rows(&db, workflow).await;
        assert_eq!(states(&both), [SubscriptionState::Active, SubscriptionState::Creating]);
        let second = &both[1];
        let hook = |key: &Option<String>| { let (store, key) = (db.store.clone(), key.clone().unwrap()); async move { store.live_hook(&key).await.unwrap().unwrap() } };
        assert!(hook(&second.key).await.is_superseded, "the old one still hears everything");
        let end = until(&db, 2_000);
        db.store.begin_subscription_call(second.id, end, false).await.unwrap().unwrap();
        assert!(db.store.end_subscription_call(second, end, &made(json!({ "id": 3 }))).await.unwrap());
        let both = rows(&db, workflow).await;
        assert_eq!(states(&both), [SubscriptionState::Ending, SubscriptionState::Active]);
        assert_eq!((both[0].kept["id"].as_i64(), both[1].expires_at), (Some(1), Some(Timestamp(9_000_000_000_000))));
        assert!(hook(&first.key).await.is_superseded && !hook(&second.key).await.is_superseded);
    }

    async fn what_is_given_up_during_a_call_is_still_known(db: Db) {
        let workflow = published(&db).await;
        db.store.add_subscription(new(&db, workflow, 1, true)).await.unwrap();
        let row = rows(&db, workflow).await.remove(0);
        let end = until(&db, 1_000);
        db.store.begin_subscription_call(row.id, end, false).await.unwrap().unwrap();
        db.store.end_subscriptions(workflow, &[row.id]).await.unwrap();
        assert!(db.store.end_subscription_call(&row, end, &made(json!({ "id": 9 }))).await.unwrap());
        let row = rows(&db, workflow).await.remove(0);
        assert_eq!((row.state, row.kept["id"].as_i64()), (SubscriptionState::Ending, Some(9)), "so that it can be taken away");
    }

    async fn failures_are_counted_and_an_unknown_end_looks_cut_short(db: Db) {
        let workflow = published(&db).await;
        db.store.add_subscription(new(&db, workflow, 1, true)).await.unwrap();
        let row = rows(&db, workflow).await.remove(0);
        let said = |retry_at| ("vendor.no".to_owned(), "The vendor said no.".to_owned(), retry_at);
        let end = until(&db, 1_000);
        db.store.begin_subscription_call(row.id, end, false).await.unwrap().unwrap();
        let (code, message, retry_at) = said(until(&db, 5_000));
        db.store.end_subscription_call(&row, end, &CallOutcome::Failed { code, message, retry_at }).await.unwrap();
        let failed = rows(&db, workflow).await.remove(0);
        assert_eq!((failed.failures, failed.busy_until, failed.retry_at), (1, None, Some(retry_at)));
        assert_eq!(failed.error.as_ref().unwrap().0, "vendor.no");
        db.store.begin_subscription_call(row.id, end, false).await.unwrap().unwrap();
        let (code, message, retry_at) = said(until(&db, 5_000));
        db.store.end_subscription_call(&row, end, &CallOutcome::Unknown { code, message, retry_at }).await.unwrap();
        let unknown = rows(&db, workflow).await.remove(0);
        assert!(unknown.busy_until.is_some_and(|at| at < db.store.now()));
        db.store.retry_subscriptions(db.scope.workspace, workflow, &"app".into()).await.unwrap();
        assert_eq!(rows(&db, workflow).await[0].retry_at, None);
    }

    async fn a_secret_goes_with_its_row_and_is_claimed_once(db: Db) {
        let workflow = published(&db).await;
        db.store.add_subscription(new(&db, workflow, 1, true)).await.unwrap();
        let row = rows(&db, workflow).await.remove(0);
        assert!(db.store.claim_subscription_secret(workflow, row.id, SecretId(1)).await.unwrap());
        assert!(!db.store.claim_subscription_secret(workflow, row.id, SecretId(2)).await.unwrap(), "the first one stands");
        assert_eq!(rows(&db, workflow).await[0].secret, Some(SecretId(1)));
        assert_eq!(db.store.live_hook(row.key.as_deref().unwrap()).await.unwrap().unwrap().secret, Some(SecretId(1)));
    }

    async fn an_app_has_one_address_in_each_workspace(db: Db) {
        let hook = db.store.app_hook(db.scope.workspace, "slack").await.unwrap();
        assert_eq!(db.store.app_hook(db.scope.workspace, "slack").await.unwrap(), hook);
        assert_eq!(db.store.app_hook_at("slack", &hook.key).await.unwrap(), Some(hook.clone()));
        assert_eq!(db.store.app_hook_at("github", &hook.key).await.unwrap(), None, "of another connector");
        let other = db.store.app_hook(model::ids::WorkspaceId(99), "slack").await.unwrap();
        assert_ne!(other.key, hook.key);
        let maker = store::Scope { role: model::Role::Maker, ..db.scope.clone() };
        assert!(db.store.set_app_hook_secret(&maker, "slack", Some(SecretId(3))).await.is_err(), "it is the owner's");
        assert_eq!(db.store.set_app_hook_secret(&db.scope, "slack", Some(SecretId(3))).await.unwrap(), None);
        assert_eq!(db.store.set_app_hook_secret(&db.scope, "slack", None).await.unwrap(), Some(SecretId(3)));
    }

    async fn who_waits_for_a_person_works_once_the_vendor_is_heard(db: Db) {
        let workflow = published(&db).await;
        db.store.add_subscription(new(&db, workflow, 1, false)).await.unwrap();
        let row = rows(&db, workflow).await.remove(0);
        assert_eq!((row.state, row.key.clone(), row.since), (SubscriptionState::Waiting, None, None));
        let listeners = db.store.app_subscriptions(db.scope.workspace, "local").await.unwrap();
        assert_eq!(listeners.len(), 1);
        assert!(db.store.app_subscriptions(model::ids::WorkspaceId(99), "local").await.unwrap().is_empty());
        db.store.subscription_heard(workflow, &"app".into()).await.unwrap();
        let row = rows(&db, workflow).await.remove(0);
        assert_eq!((row.state, row.since), (SubscriptionState::Active, Some(db.store.now())));
    }

    async fn a_repaired_connection_wakes_a_trigger_once_and_wholly(db: Db) {
        let workflow = published(&db).await;
        // The webhook of before an edit and the one of after it.
        for fingerprint in [1, 2] {
            db.store.add_subscription(new(&db, workflow, fingerprint, true)).await.unwrap();
        }
        assert_eq!(due(&db).await.len(), 1);
        let raw = db.raw().await;
        let epochs = async || {
            let sql = "SELECT epoch FROM job WHERE kind = 'subscribe'";
            let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
            rows.iter().map(|row| row.try_get_by_index::<i64>(0).unwrap()).collect::<Vec<_>>()
        };
        raw.execute_unprepared("UPDATE subscription SET retry_at = 9000000000000").await.unwrap();
        // What cannot be put into the queue is not taken as woken.
        raw.execute_unprepared("ALTER TABLE job RENAME TO away").await.unwrap();
        assert!(db.store.connection_repaired(ConnectionId(7)).await.is_err());
        raw.execute_unprepared("ALTER TABLE away RENAME TO job").await.unwrap();
        assert!(rows(&db, workflow).await.iter().all(|row| row.retry_at.is_some()));

        db.store.connection_repaired(ConnectionId(7)).await.unwrap();
        assert!(rows(&db, workflow).await.iter().all(|row| row.retry_at.is_none()));
        assert_eq!(epochs().await, [0], "put once, not replaced by itself");
        assert_eq!(due(&db).await.len(), 1);
    }
}

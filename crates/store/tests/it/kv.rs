use model::{run::RunStatus, step::StoreScope};
use serde_json::{Value, json};
use store::{Append, Claimed, Error, KvWrite};

use crate::{on_both, support::*};

fn write(key: &str, expected_version: Option<i64>, value: Value) -> KvWrite {
    KvWrite { scope: StoreScope::Workflow, key: key.into(), expected_version, value: Some(value) }
}

fn with(claimed: &Claimed, kv: Vec<KvWrite>) -> Append {
    Append { kv, ..finish(claimed, START, RunStatus::Succeeded) }
}

async fn get(db: &Db, key: &str) -> Option<(Value, i64)> {
    db.store.kv_get(db.scope.workspace, db.workflow, StoreScope::Workflow, key).await.unwrap()
}

on_both! {
    async fn a_value_is_written_with_the_outcome(db: Db) {
        let claimed = db.claimed().await;
        db.store.append(with(&claimed, vec![write("a", None, json!({"n": 1}))])).await.unwrap();
        let (value, version) = get(&db, "a").await.unwrap();
        assert_eq!(value, json!({"n": 1}));
        let claimed = db.claimed().await;
        db.store.append(with(&claimed, vec![write("a", Some(version), json!(2)), write("b", None, Value::Null)])).await.unwrap();
        let (value, newer) = get(&db, "a").await.unwrap();
        assert_eq!((value, newer > version), (json!(2), true));
        assert_eq!(get(&db, "b").await.unwrap().0, Value::Null, "null is a value");
        let gone = KvWrite { value: None, ..write("a", Some(newer), Value::Null) };
        let claimed = db.claimed().await;
        db.store.append(with(&claimed, vec![gone])).await.unwrap();
        assert_eq!(get(&db, "a").await, None);
    }

    async fn a_changed_value_refuses_the_whole_commit(db: Db) {
        let first = db.claimed().await;
        db.store.append(with(&first, vec![write("a", None, json!(1))])).await.unwrap();
        let (_, version) = get(&db, "a").await.unwrap();
        for expected in [None, Some(version - 1), Some(version + 1)] {
            let claimed = db.claimed().await;
            let refused = with(&claimed, vec![write("new", None, json!(1)), write("a", expected, json!(9))]);
            assert!(matches!(db.store.append(refused).await, Err(Error::Conflict { current }) if current == version));
            assert_eq!(db.store.journal(&db.scope, claimed.lease.run, -1).await.unwrap().len(), 1, "nothing of it is written");
            assert_eq!((get(&db, "a").await.unwrap().0, get(&db, "new").await), (json!(1), None));
            // The lease stands: it may read again and try.
            db.store.append(with(&claimed, Vec::new())).await.unwrap();
        }
    }

    async fn a_key_that_came_again_is_another_one(db: Db) {
        let claimed = db.claimed().await;
        db.store.append(with(&claimed, vec![write("a", None, json!(1))])).await.unwrap();
        let (_, old) = get(&db, "a").await.unwrap();
        db.store.delete_value(&db.scope, Some(db.workflow), "a").await.unwrap();
        assert!(matches!(db.store.delete_value(&db.scope, Some(db.workflow), "a").await, Err(Error::NotFound(_))));
        db.store.set_value(&db.scope, Some(db.workflow), "a", &json!(1), None).await.unwrap();
        let claimed = db.claimed().await;
        let late = with(&claimed, vec![write("a", Some(old), json!(2))]);
        assert!(matches!(db.store.append(late).await, Err(Error::Conflict { .. })));
    }

    async fn fifty_increments_at_once_are_fifty(db: Db) {
        for _ in 0..50 {
            db.run().await;
        }
        let other = if db.is_postgres() { db.second().await } else { db.store.clone() };
        let mut tasks = tokio::task::JoinSet::new();
        for (n, claimed) in db.claim(50).await.into_iter().enumerate() {
            let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
            let (workspace, workflow) = (db.scope.workspace, db.workflow);
            tasks.spawn(async move {
                let mut conflicts = 0;
                loop {
                    let present = store.kv_get(workspace, workflow, StoreScope::Workflow, "n").await.unwrap();
                    let (n, version) = present.map_or((0, None), |(n, version)| (n.as_i64().unwrap(), Some(version)));
                    match store.append(with(&claimed, vec![write("n", version, json!(n + 1))])).await {
                        Ok(_) => return conflicts,
                        Err(Error::Conflict { .. }) => conflicts += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(get(&db, "n").await.unwrap().0, json!(50));
    }

    async fn a_refused_commit_leaves_its_neighbours_alone(db: Db) {
        for _ in 0..40 {
            db.run().await;
        }
        let mut tasks = tokio::task::JoinSet::new();
        for (n, claimed) in db.claim(40).await.into_iter().enumerate() {
            let store = db.store.clone();
            // Every fourth one has read what was never there.
            let expected = (n % 4 == 0).then_some(7);
            let key = format!("key {n}");
            tasks.spawn(async move { (n, store.append(with(&claimed, vec![write(&key, expected, json!(n))])).await) });
        }
        for (n, result) in tasks.join_all().await {
            assert_eq!(matches!(result, Err(Error::Conflict { .. })), n % 4 == 0, "{result:?}");
        }
        let page = db.store.kv_list(db.scope.workspace, db.workflow, StoreScope::Workflow, "", 100).await.unwrap();
        assert_eq!((page.entries.len(), page.more), (30, false));
    }

    async fn lists_are_in_the_order_of_their_bytes(db: Db) {
        for key in ["b", "a/2", "a/10", "a", "A", "ä", "a/\u{10ffff}", "_"] {
            db.store.set_value(&db.scope, Some(db.workflow), key, &json!(key), None).await.unwrap();
        }
        let keys = async |prefix: &str, limit| {
            let page = db.store.kv_list(db.scope.workspace, db.workflow, StoreScope::Workflow, prefix, limit).await.unwrap();
            (page.entries.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), page.more)
        };
        assert_eq!(keys("", 100).await.0, ["A", "_", "a", "a/10", "a/2", "a/\u{10ffff}", "b", "ä"]);
        assert_eq!(keys("a/", 2).await, (vec!["a/10".to_owned(), "a/2".to_owned()], true));
        assert_eq!(keys("nothing", 2).await, (Vec::new(), false));
    }

    async fn scopes_and_workspaces_do_not_mix(db: Db) {
        let other = db.another("Other", &definition()).await;
        let stranger = db.stranger().await;
        db.store.set_value(&db.scope, Some(db.workflow), "k", &json!("workflow"), None).await.unwrap();
        db.store.set_value(&db.scope, None, "k", &json!("workspace"), None).await.unwrap();
        assert_eq!(get(&db, "k").await.unwrap().0, json!("workflow"));
        for workflow in [db.workflow, other] {
            let shared = db.store.kv_get(db.scope.workspace, workflow, StoreScope::Workspace, "k").await.unwrap();
            assert_eq!(shared.unwrap().0, json!("workspace"));
        }
        assert_eq!(db.store.kv_get(db.scope.workspace, other, StoreScope::Workflow, "k").await.unwrap(), None);
        assert_eq!(db.store.kv_get(stranger.workspace, db.workflow, StoreScope::Workflow, "k").await.unwrap(), None);
        assert!(matches!(db.store.set_value(&stranger, Some(db.workflow), "k", &json!(1), None).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.delete_value(&stranger, Some(db.workflow), "k").await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.set_value(&db.scope, None, "", &json!(1), None).await, Err(Error::Invalid(_))));
        let huge = json!("x".repeat(model::step::Store::MAX_VALUE_BYTES));
        assert!(matches!(db.store.set_value(&db.scope, None, "k", &huge, None).await, Err(Error::Invalid(_))));
        db.store.delete_workflow(&db.scope, db.workflow).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM kv").await, 1, "a deleted workflow's values go, the shared one stays");
    }

    async fn a_test_writes_nothing(db: Db) {
        let test = store::NewEvent {
            kind: model::run::RunKind::Test { only: None },
            version: 0,
            definition: Some(Box::new(definition())),
            ..db.event(json!(1))
        };
        db.store.accept(test).await.unwrap();
        let claimed = db.claim(1).await.remove(0);
        assert!(matches!(db.store.append(with(&claimed, vec![write("a", None, json!(1))])).await, Err(Error::Invalid(_))));
        assert_eq!(get(&db, "a").await, None);
    }

    async fn a_key_may_hold_any_character(db: Db) {
        for key in ["a\u{0}b", "'\"\\", "\u{fffd}"] {
            let claimed = db.claimed().await;
            db.store.append(with(&claimed, vec![write(key, None, json!(1))])).await.unwrap();
            let (_, version) = get(&db, key).await.unwrap();
            let claimed = db.claimed().await;
            db.store.append(with(&claimed, vec![write(key, Some(version), json!(2))])).await.unwrap();
            assert_eq!(get(&db, key).await.unwrap().0, json!(2));
        }
    }
}

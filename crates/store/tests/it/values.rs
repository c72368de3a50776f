use model::{Role, api::ValuesQuery, ids::WorkflowId};
use serde_json::json;
use store::{Error, Scope};

use crate::on_both;

on_both! {
    async fn values_are_set_seen_and_taken_away(db: Db) {
        let (s, scope, own) = (&db.store, &db.scope, Some(db.workflow));
        let first = s.set_value(scope, own, "cursor", &json!({ "at": 1 }), Some(0)).await.unwrap();
        assert!(matches!(s.set_value(scope, own, "cursor", &json!(2), Some(0)).await, Err(Error::Conflict { current }) if current == first.version));
        let second = s.set_value(scope, own, "cursor", &json!(2), Some(first.version)).await.unwrap();
        assert!(second.version > first.version);
        assert_eq!(s.value(scope, own, "cursor").await.unwrap(), second);
        assert!(matches!(s.value(scope, None, "cursor").await, Err(Error::NotFound(_))), "a workflow's own are not the workspace's");
        s.delete_value(scope, own, "cursor").await.unwrap();
        assert!(matches!(s.delete_value(scope, own, "cursor").await, Err(Error::NotFound(_))));
        let again = s.set_value(scope, own, "cursor", &json!(3), None).await.unwrap();
        assert!(again.version > second.version, "a version is never given twice");
        let told: Vec<String> = s.activity(scope, &Default::default()).await.unwrap().items.into_iter().map(|row| row.action).take(3).collect();
        assert_eq!(told, ["value.set", "value.deleted", "value.set"]);
    }

    async fn values_are_listed_by_beginning_in_pages(db: Db) {
        let (s, scope) = (&db.store, &db.scope);
        for key in ["b", "a%1", "a/2", "a_3", "ä", "a"] {
            s.set_value(scope, None, key, &json!("x".repeat(if key == "a" { 5_000 } else { 1 })), None).await.unwrap();
        }
        let list = async |prefix: &str, cursor, limit| {
            let query = ValuesQuery { prefix: Some(prefix.into()), cursor, limit, ..ValuesQuery::default() };
            s.values(scope, &query).await.unwrap()
        };
        let keys = |page: &model::api::Page<model::api::StoredValue>| page.items.iter().map(|v| v.key.clone()).collect::<Vec<_>>();
        let all = list("", None, None).await;
        assert_eq!(keys(&all), ["a", "a%1", "a/2", "a_3", "b", "ä"], "in the order of their bytes on either database");
        assert_eq!((all.items[0].value.clone(), all.items[0].bytes), (json!(null), 5_002), "long ones are left out of lists");
        assert_eq!(keys(&list("a", None, None).await), ["a", "a%1", "a/2", "a_3"]);
        assert_eq!(keys(&list("a_", None, None).await), ["a_3"]);
        let page = list("a", None, Some(2)).await;
        assert_eq!(keys(&list("a", page.next, Some(2)).await), ["a/2", "a_3"]);
    }

    async fn values_keep_to_their_bounds_and_their_workspace(db: Db) {
        let (s, scope) = (&db.store, &db.scope);
        for key in [String::new(), "k".repeat(201)] {
            assert!(matches!(s.set_value(scope, None, &key, &json!(1), None).await, Err(Error::Invalid(_))));
        }
        let huge = json!("x".repeat(256 * 1024));
        assert!(matches!(s.set_value(scope, None, "k", &huge, None).await, Err(Error::Invalid(_))));
        s.set_value(scope, Some(db.workflow), "k", &json!("ours"), None).await.unwrap();
        let other = db.stranger().await;
        assert!(matches!(s.value(&other, Some(db.workflow), "k").await, Err(Error::NotFound(_))));
        assert!(matches!(s.set_value(&other, Some(db.workflow), "k", &json!(1), None).await, Err(Error::NotFound(_))));
        assert!(matches!(s.set_value(scope, Some(WorkflowId(5)), "k", &json!(1), None).await, Err(Error::NotFound(_))));
        let viewer = Scope { role: Role::Viewer, ..scope.clone() };
        assert!(matches!(s.values(&viewer, &ValuesQuery::default()).await, Err(Error::Forbidden { .. })));
    }

    async fn of_two_who_set_a_value_at_once_one_is_told(db: Db) {
        let first = db.store.set_value(&db.scope, None, "n", &json!(0), None).await.unwrap();
        let set = |n: i64| { let (s, scope) = (db.store.clone(), db.scope.clone()); async move { s.set_value(&scope, None, "n", &json!(n), Some(first.version)).await } };
        let results = tokio::join!(set(1), set(2), set(3));
        let won = [results.0, results.1, results.2].into_iter().filter(Result::is_ok).count();
        assert_eq!(won, 1);
    }

    async fn of_two_who_put_a_new_value_in_one_is_told(db: Db) {
        let other = if db.is_postgres() { db.second().await } else { db.store.clone() };
        for n in 0..40 {
            let key = format!("key {n}");
            let set = |store: &store::Store| { let (s, scope, key) = (store.clone(), db.scope.clone(), key.clone()); async move { s.set_value(&scope, None, &key, &json!(1), Some(0)).await } };
            let results = tokio::join!(set(&db.store), set(&other));
            let won = [&results.0, &results.1].into_iter().filter(|result| result.is_ok()).count();
            assert_eq!(won, 1, "{results:?}");
            assert!([results.0, results.1].into_iter().any(|result| matches!(result, Err(Error::Conflict { current }) if current > 0)));
        }
    }
}

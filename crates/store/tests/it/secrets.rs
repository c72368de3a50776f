use model::{
    api::{ActivityQuery, ConnectionStatus},
    ids::{ConnectionId, SecretId},
};
use serde_json::json;
use store::{Error, KeyCheck, NewConnection, SealedSecret};

use crate::{on_both, support::*};

impl Db {
    async fn sealed(&self, owner: &str) -> SecretId {
        let id = SecretId(self.store.next_id());
        let secret = SealedSecret {
            id,
            workspace: self.scope.workspace,
            owner: owner.into(),
            field: "values".into(),
            key_id: "k1".into(),
            wrapped_key: vec![1, 2],
            nonce: vec![0, 255],
            ciphertext: vec![3; 100],
        };
        self.store.put_secret(secret.clone()).await.unwrap();
        assert!(self.store.secret(self.scope.workspace, id).await.unwrap() == secret);
        id
    }

    async fn connection(&self, secret: SecretId) -> ConnectionId {
        let new = NewConnection {
            id: ConnectionId(self.store.next_id()),
            connector: "http".into(),
            method: "bearer".into(),
            label: "API".into(),
            hosts: vec!["api.example.com".into()],
            secret: Some(secret),
            account: None,
            scopes: Vec::new(),
            expires_at: None,
        };
        self.store.create_connection(&self.scope, new).await.unwrap().id
    }
}

on_both! {
    async fn a_connection_takes_its_secret_with_it(db: Db) {
        let old = db.sealed("connection").await;
        let id = db.connection(old).await;
        db.store.set_connection_status(&db.scope, id, ConnectionStatus::NeedsReauth).await.unwrap();
        let renamed = db.store.update_connection(&db.scope, id, Some("Other".into()), None, None).await.unwrap();
        assert_eq!((renamed.label.as_str(), renamed.status), ("Other", ConnectionStatus::NeedsReauth));
        let new = db.sealed("connection").await;
        let updated = db.store.update_connection(&db.scope, id, None, Some(vec!["b.example.com".into()]), Some(new)).await.unwrap();
        assert_eq!((updated.status, updated.hosts), (ConnectionStatus::Active, vec!["b.example.com".to_owned()]));
        assert!(matches!(db.store.secret(db.scope.workspace, old).await, Err(Error::NotFound(_))), "the replaced one is deleted");
        assert_eq!(db.store.connection(&db.scope, id).await.unwrap().secret, Some(new));
        db.store.delete_connection(&db.scope, id).await.unwrap();
        assert!(matches!(db.store.secret(db.scope.workspace, new).await, Err(Error::NotFound(_))));
        assert!(db.store.connections(&db.scope).await.unwrap().is_empty());
    }

    async fn a_connection_in_use_cannot_be_deleted(db: Db) {
        let id = db.connection(db.sealed("connection").await).await;
        let mut draft = definition();
        let step = json!({"slug": "send", "label": "Send", "kind": {"type": "action", "connector": "http", "version": 1,
            "operation": "request", "connection": id}});
        draft.steps.insert("send".into(), serde_json::from_value(step).unwrap());
        draft.body.push("send".into());
        db.store.save_draft(&db.scope, db.workflow, 1, &draft).await.unwrap();
        assert_eq!(db.store.connections(&db.scope).await.unwrap()[0].used_by, 1);
        assert!(matches!(db.store.delete_connection(&db.scope, id).await, Err(Error::Invalid(_))));
        db.store.save_draft(&db.scope, db.workflow, 2, &definition()).await.unwrap();
        db.store.delete_connection(&db.scope, id).await.unwrap();
    }

    async fn the_first_key_check_stays(db: Db) {
        assert!(db.store.key_check().await.unwrap().is_none());
        let check = |id: &str| KeyCheck { key_id: id.into(), nonce: vec![1], ciphertext: vec![2] };
        assert!(db.store.put_key_check(check("a")).await.unwrap() == check("a"));
        assert!(db.store.put_key_check(check("b")).await.unwrap() == check("a"));
    }

    async fn settings_and_the_audit_list(db: Db) {
        assert_eq!(db.store.setting("x").await.unwrap(), None);
        db.store.set_setting("x", "1").await.unwrap();
        db.store.set_setting("x", "2").await.unwrap();
        assert_eq!(db.store.setting("x").await.unwrap().as_deref(), Some("2"));
        for n in 0..3 {
            db.store.audit(&db.scope, "workflow.published", "wf_1", json!({ "n": n })).await.unwrap();
        }
        let activity = async |cursor| db.store.activity(&db.scope, &ActivityQuery { cursor, limit: Some(2), ..ActivityQuery::default() }).await;
        let page = activity(None).await.unwrap();
        assert_eq!(page.items.iter().map(|row| row.detail["n"].clone()).collect::<Vec<_>>(), [json!(2), json!(1)]);
        let page = activity(page.next).await.unwrap();
        assert_eq!(page.items.iter().map(|row| row.actor.as_str()).collect::<Vec<_>>(), ["ada@example.com"; 2]);
        let page = activity(page.next).await.unwrap();
        assert_eq!(page.items.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["workflow.created"], "after its publication");
        assert!(page.next.is_none());
    }
}

//! Nothing of a workspace is seen or touched from another one.

use model::{
    Role,
    api::{ActivityQuery, ConnectionStatus, EventsQuery, RunsQuery, WorkflowState, WorkflowsQuery},
    ids::{ConnectionId, SecretId, TriggerId},
};
use serde_json::json;
use store::{Accepted, Error, NewConnection, Origin, Scope, SealedSecret};

use crate::{on_both, support::*};

macro_rules! not_found {
    ($($call:expr),* $(,)?) => {$(
        assert!(matches!($call.await, Err(Error::NotFound(_))), "{}", stringify!($call));
    )*};
}

on_both! {
    async fn strangers_find_nothing(db: Db) {
        let (s, workflow, hook) = (&db.store, db.workflow, TriggerId::from("hook"));
        let accepted = s.accept(db.event(json!(1))).await.unwrap();
        let Accepted::Run { event, run, .. } = accepted else { panic!() };
        let own = db.scope.workspace;
        let sample = s.add_trigger_sample(own, workflow, &hook, &json!(1), Origin::Live).await.unwrap().id;
        let secret = SecretId(s.next_id());
        let sealed = SealedSecret {
            id: secret,
            workspace: own,
            owner: "x".into(),
            field: "y".into(),
            key_id: "k".into(),
            wrapped_key: vec![],
            nonce: vec![],
            ciphertext: vec![],
        };
        s.put_secret(sealed).await.unwrap();
        let connection = ConnectionId(s.next_id());
        let new = NewConnection {
            id: connection,
            connector: "http".into(),
            method: "basic".into(),
            label: "x".into(),
            hosts: vec![],
            secret: Some(secret), account: None, scopes: Vec::new(), expires_at: None };
        s.create_connection(&db.scope, new).await.unwrap();
        let token = s.create_token(&db.scope, db.user, "t", Role::Viewer, [1; 32], "pb", None).await.unwrap().id;
        s.audit(&db.scope, "a", "b", json!(null)).await.unwrap();

        let other = &db.stranger().await;
        assert!(s.workflows(other, &WorkflowsQuery::default()).await.unwrap().items.is_empty());
        assert!(s.runs(other, &RunsQuery { kind: Some("all".into()), ..RunsQuery::default() }).await.unwrap().items.is_empty());
        assert!(s.runs_by_id(other.workspace, &[run]).await.unwrap().is_empty());
        assert!(s.events(other, &EventsQuery::default()).await.unwrap().items.is_empty());
        assert!(s.connections(other).await.unwrap().is_empty());
        assert!(s.tokens(other).await.unwrap().is_empty());
        assert!(s.activity(other, &ActivityQuery::default()).await.unwrap().items.is_empty());
        not_found!(
            s.workflow(other, workflow),
            s.rename_workflow(other, workflow, "x"),
            s.save_draft(other, workflow, 1, &definition()),
            s.publish(other, workflow, 1, "", true, &[]),
            s.set_state(other, workflow, WorkflowState::Off, &[]),
            s.delete_workflow(other, workflow),
            s.versions(other, workflow),
            s.version(other, workflow, 1),
            s.set_hook_secret(other, workflow, &hook, None),
            s.run(other, run),
            s.journal(other, run, -1),
            s.journal_with_payloads(other, run, -1),
            s.cancel(other, run),
            s.event(other, event),
            s.samples(other, workflow),
            s.delete_sample(other, workflow, sample),
            s.pin_output(other, workflow, &"a".into(), &json!(1), String::new()),
            s.unpin_output(other, workflow, &"a".into()),
            s.add_trigger_sample(other.workspace, workflow, &hook, &json!(1), Origin::Live),
            s.put_step_sample(other.workspace, workflow, &"a".into(), &json!(1)),
            s.connection(other, connection),
            s.connection_for_call(other.workspace, connection),
            s.update_connection(other, connection, None, None, None),
            s.set_connection_status(other, connection, ConnectionStatus::Disabled),
            s.delete_connection(other, connection),
            s.secret(other.workspace, secret),
            s.revoke_token(other, token),
        );
        let foreign = store::NewEvent { workspace: other.workspace, ..db.event(json!(1)) };
        assert!(matches!(s.accept(foreign).await.unwrap(), Accepted::Moved), "an event for somebody else's workflow");
        s.delete_secret(other.workspace, secret).await.unwrap();
        s.secret(own, secret).await.unwrap();
        assert_eq!(s.delete_ended_runs(other.workspace, db.store.now().plus_ms(1 << 40), db.store.now().plus_ms(1 << 40), 100).await.unwrap(), 0);
        s.run(&db.scope, run).await.unwrap();
    }

    async fn roles_are_checked(db: Db) {
        let (s, workflow) = (&db.store, db.workflow);
        let run = db.run().await;
        let with = |role| Scope { role, ..db.scope.clone() };
        let (viewer, maker, operator) = (with(Role::Viewer), with(Role::Maker), with(Role::Operator));
        macro_rules! forbidden {
            ($($call:expr),* $(,)?) => {$(
                assert!(matches!($call.await, Err(Error::Forbidden { .. })), "{}", stringify!($call));
            )*};
        }
        forbidden!(
            s.create_workflow(&viewer, "x", &definition()),
            s.rename_workflow(&viewer, workflow, "x"),
            s.save_draft(&viewer, workflow, 1, &definition()),
            s.set_hook_secret(&viewer, workflow, &"hook".into(), None),
            s.delete_connection(&viewer, ConnectionId(1)),
            s.publish(&maker, workflow, 1, "", true, &[]),
            s.set_state(&maker, workflow, WorkflowState::Off, &[]),
            s.delete_workflow(&maker, workflow),
            s.cancel(&maker, run),
            s.tokens(&operator),
            s.create_token(&operator, db.user, "t", Role::Owner, [1; 32], "", None),
            s.activity(&operator, &ActivityQuery::default()),
        );
        s.rename_workflow(&maker, workflow, "y").await.unwrap();
        s.cancel(&operator, run).await.unwrap();
    }
}

use model::{
    Role, WorkflowDefinition,
    api::{AccessChange, ActivityQuery, Connection, WorkflowState},
    ids::{ConnectionId, SecretId, UserId, WorkflowId},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use store::{Actor, Error, NewConnection, Renewal, Scope};

use crate::{on_both, support::*};

/// Mo has a connection; May may use it, Joe may not. All three run workflows.
struct People {
    mo: Scope,
    may: Scope,
    joe: Scope,
    connection: ConnectionId,
}

fn id_of(scope: &Scope) -> UserId {
    match &scope.actor {
        Actor::User { id, .. } => *id,
        other => panic!("{other:?}"),
    }
}

async fn person(db: &Db, name: &str, role: Role) -> Scope {
    let email = format!("{name}@example.com");
    let user = db.store.create_user(db.scope.workspace, role, &email, name, "$").await.unwrap();
    Scope { workspace: db.scope.workspace, actor: Actor::User { id: user.id, email }, role }
}

fn connection(db: &Db) -> NewConnection {
    NewConnection {
        id: ConnectionId(db.store.next_id()),
        connector: "slack".into(),
        method: "bot_token".into(),
        label: "Sales".into(),
        hosts: Vec::new(),
        secret: None,
        account: None,
        scopes: Vec::new(),
        expires_at: None,
    }
}

impl People {
    async fn new(db: &Db) -> People {
        let mo = person(db, "mo", Role::Operator).await;
        let (may, joe) = (person(db, "may", Role::Operator).await, person(db, "joe", Role::Operator).await);
        let made = db.store.create_connection_for(&mo, connection(db), Some(&[id_of(&may)])).await.unwrap();
        assert!(made.restricted && made.usable);
        People { mo, may, joe, connection: made.id }
    }
}

async fn seen(db: &Db, scope: &Scope, id: ConnectionId) -> Connection {
    let listed = db.store.connections(scope).await.unwrap().into_iter().find(|one| one.id == id).unwrap();
    let alone = db.store.connection(scope, id).await.unwrap().connection;
    assert_eq!(alone, listed);
    let used = db.store.connection_to_use(scope, id).await;
    assert_eq!(used.is_ok(), listed.usable, "{used:?}");
    listed
}

fn through(id: ConnectionId) -> WorkflowDefinition {
    let action = json!({ "type": "action", "connector": "slack", "version": 1, "operation": "send_message", "connection": id });
    let steps = json!({ "send": { "slug": "send", "label": "Send it", "kind": action } });
    let mut with: WorkflowDefinition = serde_json::from_value(json!({ "schema": 1, "steps": steps, "body": ["send"] })).unwrap();
    with.triggers = definition().triggers;
    with
}

async fn draft(db: &Db, scope: &Scope, definition: &WorkflowDefinition) -> WorkflowId {
    db.store.create_workflow(scope, "Through", definition).await.unwrap().id
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(error @ Error::NotAllowed(_)) => {
            assert_eq!(error.code(), "store.connection_not_allowed");
            error.to_string()
        }
        other => panic!("{other:?}"),
    }
}

fn change(restricted: Option<bool>, add: &[&Scope], remove: &[&Scope]) -> AccessChange {
    let ids = |people: &[&Scope]| people.iter().map(|scope| id_of(scope)).collect();
    AccessChange { restricted, add: ids(add), remove: ids(remove) }
}

on_both! {
    async fn its_owner_the_workspaces_owners_and_who_is_named_may_use_it(db: Db) {
        let People { mo, may, joe, connection: id } = People::new(&db).await;
        for (scope, usable) in [(&mo, true), (&may, true), (&joe, false), (&db.scope, true)] {
            let found = seen(&db, scope, id).await;
            assert_eq!((found.usable, found.restricted), (usable, true), "{scope:?}");
            assert_eq!(found.owner.map(|owner| owner.email), Some("mo@example.com".into()));
        }
        assert!(seen(&db, &Scope::system(db.scope.workspace), id).await.usable);
        // A token is whoever made it, with its own role.
        for (n, (of, role, usable)) in [(&joe, Role::Operator, false), (&may, Role::Maker, true), (&db.scope, Role::Operator, false), (&db.scope, Role::Owner, true)].into_iter().enumerate() {
            let token = db.store.create_token(&db.scope, id_of(of), "ci", role, [n as u8; 32], "pb_x", None).await.unwrap();
            let scope = Scope { actor: Actor::Token { id: token.id, name: "ci".into() }, role, ..db.scope.clone() };
            assert_eq!(seen(&db, &scope, id).await.usable, usable, "{n}");
            db.store.revoke_token(&db.scope, token.id).await.unwrap();
            assert!(!seen(&db, &scope, id).await.usable, "a token that has ended");
        }
        // What a scope says of itself does not count: the owner's role was lost meanwhile.
        assert!(!seen(&db, &Scope { role: Role::Owner, ..joe.clone() }, id).await.usable);
        let stranger = db.stranger().await;
        assert!(matches!(db.store.connection_to_use(&stranger, id).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.connection_access(&stranger, id).await, Err(Error::NotFound(_))));

        let words = refused(db.store.connection_to_use(&joe, id).await);
        assert_eq!(words, "only people who were chosen may use the connection “Sales”. Ask mo, to whom it belongs, or an owner of the workspace");
        db.store.share_connection(&mo, id, &change(Some(false), &[], &[])).await.unwrap();
        assert!(seen(&db, &joe, id).await.usable, "for everybody again");
        let access = db.store.connection_access(&joe, id).await.unwrap();
        assert_eq!((access.restricted, access.people.len(), access.may_change), (false, 1, false), "who was named stays so");
    }

    async fn only_some_say_who_may_use_it_and_all_or_nothing(db: Db) {
        let People { mo, may, joe, connection: id } = People::new(&db).await;
        for scope in [&may, &joe] {
            let words = refused(db.store.share_connection(scope, id, &change(None, &[scope], &[])).await);
            assert_eq!(words, "only mo, to whom “Sales” belongs, and owners of the workspace say who may use it");
        }
        let stranger = db.stranger().await;
        assert!(matches!(db.store.share_connection(&stranger, id, &change(Some(false), &[], &[])).await, Err(Error::NotFound(_))));
        let demoted = Scope { role: Role::Viewer, ..mo.clone() };
        assert!(matches!(db.store.share_connection(&demoted, id, &change(Some(false), &[], &[])).await, Err(Error::Forbidden { .. })));

        let looks = person(&db, "vic", Role::Viewer).await;
        let elsewhere = db.store.create_user(stranger.workspace, Role::Maker, "else@example.com", "", "$").await.unwrap().id;
        let crowd = AccessChange { add: vec![id_of(&joe); AccessChange::MOST + 1], ..AccessChange::default() };
        for (wrong, is_missing) in [
            (change(Some(false), &[&joe, &looks], &[&may]), false),
            (AccessChange { add: vec![id_of(&joe), elsewhere], remove: vec![id_of(&may)], restricted: None }, true),
            (AccessChange { add: vec![id_of(&joe), UserId(7)], ..AccessChange::default() }, true),
            (crowd, false),
        ] {
            let answer = db.store.share_connection(&mo, id, &wrong).await;
            assert!(if is_missing { matches!(answer, Err(Error::NotFound(_))) } else { matches!(answer, Err(Error::Invalid(_))) }, "{answer:?}");
        }
        let names = |access: model::api::ConnectionAccess| access.people.into_iter().map(|user| user.name).collect::<Vec<_>>();
        assert_eq!(names(db.store.connection_access(&mo, id).await.unwrap()), ["may"], "nothing of it was done");

        let access = db.store.share_connection(&db.scope, id, &change(None, &[&joe, &joe, &may], &[])).await.unwrap();
        assert_eq!(names(access), ["joe", "may"]);
        let access = db.store.share_connection(&mo, id, &change(None, &[], &[&may, &looks])).await.unwrap();
        assert_eq!(names(access), ["joe"]);
        db.store.share_connection(&mo, id, &change(Some(true), &[&joe], &[&may])).await.unwrap();
        db.store.share_connection(&mo, id, &change(Some(false), &[], &[])).await.unwrap();
        let told = db.store.activity(&db.scope, &ActivityQuery { action: Some("connection.access".into()), ..Default::default() }).await.unwrap();
        let told: Vec<_> = told.items.into_iter().map(|row| (row.actor, row.detail)).collect();
        let detail = |access: &str, added: &str, removed: &str| json!({ "label": "Sales", "access": access, "added": added, "removed": removed });
        let expected = [
            ("mo@example.com", detail("everybody", "", "")),
            ("mo@example.com", detail("named", "", "may@example.com")),
            ("ada@example.com", detail("named", "joe@example.com", "")),
        ];
        assert_eq!(told, expected.map(|(who, detail)| (who.to_owned(), detail)), "what changed nothing is not told");
    }

    async fn one_that_is_new_is_for_whom_it_was_made(db: Db) {
        let People { mo, may, joe, .. } = People::new(&db).await;
        let open = db.store.create_connection(&mo, connection(&db)).await.unwrap();
        assert!(!open.restricted && seen(&db, &joe, open.id).await.usable);
        let own = db.store.create_sandbox_connection(&mo, connection(&db), Some(&[])).await.unwrap();
        assert!(own.sandbox && !seen(&db, &may, own.id).await.usable && seen(&db, &db.scope, own.id).await.usable);
        let lost = connection(&db);
        let id = lost.id;
        assert!(matches!(db.store.create_connection_for(&mo, lost, Some(&[UserId(7)])).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.connection(&mo, id).await, Err(Error::NotFound(_))), "nothing is left of it");
        let viewer = person(&db, "vic", Role::Viewer).await;
        let stranger = db.stranger().await;
        let some = [id_of(&viewer), id_of(&joe), UserId(7)];
        assert_eq!(db.store.makers_among(db.scope.workspace, &some).await.unwrap(), [id_of(&joe)]);
        assert_eq!(db.store.makers_among(stranger.workspace, &some).await.unwrap(), []);
        // Nobody's: the workspace's owners look after it.
        let system = Scope::system(db.scope.workspace);
        let nobodys = db.store.create_connection_for(&system, connection(&db), Some(&[])).await.unwrap();
        assert_eq!((nobodys.owner, seen(&db, &mo, nobodys.id).await.usable), (None, false));
        assert!(refused(db.store.connection_to_use(&mo, nobodys.id).await).ends_with("Ask an owner of the workspace"));
        assert!(db.store.connection_access(&db.scope, nobodys.id).await.unwrap().may_change);
        assert!(!db.store.connection_access(&mo, nobodys.id).await.unwrap().may_change);
    }

    async fn a_version_goes_live_only_by_who_may_use_what_it_acts_through(db: Db) {
        let People { mo, may, joe, connection: id } = People::new(&db).await;
        let workflow = draft(&db, &joe, &through(id)).await;
        let publish = async |scope: &Scope, rev: i64| db.store.publish(scope, workflow, rev, "", true, &[]).await;
        let words = refused(publish(&joe, 1).await);
        assert_eq!(words, "“Send it” uses the connection “Sales”, which only people who were chosen may use. Ask mo, to whom it belongs, or an owner of the workspace");
        assert_eq!(db.store.workflow(&joe, workflow).await.unwrap().live_version, None, "nothing was published");
        assert_eq!(publish(&may, 1).await.unwrap().version, 1);

        // It runs on, whoever starts it; Joe may stop it and let it go on.
        let event = || db.event_of(workflow, json!(1));
        db.store.accept(event()).await.unwrap();
        let set = async |scope: &Scope, state| db.store.set_state(scope, workflow, state, &[]).await;
        set(&joe, WorkflowState::Paused).await.unwrap();
        set(&joe, WorkflowState::On).await.unwrap();
        set(&joe, WorkflowState::Off).await.unwrap();
        for state in [WorkflowState::On, WorkflowState::Paused] {
            assert!(refused(set(&joe, state).await).contains("“Sales”"));
        }
        assert_eq!(db.store.workflow(&joe, workflow).await.unwrap().state, WorkflowState::Off);
        set(&may, WorkflowState::On).await.unwrap();

        // Whatever stands around the step decides what goes through it: no version with it is Joe's to publish, one without it is.
        let mut other = through(id);
        other.settings.time_zone = "Europe/Paris".into();
        db.store.save_draft(&joe, workflow, 1, &other).await.unwrap();
        refused(publish(&joe, 2).await);
        db.store.save_draft(&joe, workflow, 2, &definition()).await.unwrap();
        assert_eq!(publish(&joe, 3).await.unwrap().version, 2);
        // Parked, it acts through nothing.
        let mut parked = through(id);
        parked.shelf = std::mem::take(&mut parked.body);
        db.store.save_draft(&joe, workflow, 3, &parked).await.unwrap();
        publish(&joe, 4).await.unwrap();
        // One that is gone is told of elsewhere.
        db.store.save_draft(&joe, workflow, 4, &through(ConnectionId(9))).await.unwrap();
        publish(&joe, 5).await.unwrap();
        db.store.save_draft(&joe, workflow, 5, &through(id)).await.unwrap();
        for scope in [&mo, &db.scope] {
            publish(scope, 6).await.unwrap();
        }
        assert!(matches!(db.store.may_use(&joe, &through(id).through()).await, Err(Error::NotAllowed(_))));
        db.store.may_use(&may, &through(id).through()).await.unwrap();
        db.store.may_use(&joe, &[]).await.unwrap();
    }

    async fn what_is_taken_while_somebody_publishes_is_not_published(db: Db) {
        let People { may, connection: id, .. } = People::new(&db).await;
        let workflow = draft(&db, &may, &through(id)).await;
        let raw = db.raw().await;
        let other = raw.begin().await.unwrap();
        // As a change does it: the connection's row first.
        other.execute_unprepared(&format!("UPDATE connection SET restricted = 1 WHERE id = {}", id.0)).await.unwrap();
        let (store, scope) = (db.store.clone(), may.clone());
        let publishing = tokio::spawn(async move { store.publish(&scope, workflow, 1, "", true, &[]).await });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(!publishing.is_finished(), "it waits for whoever is changing it");
        other.execute_unprepared(&format!("DELETE FROM connection_use WHERE user_id = {}", id_of(&may).0)).await.unwrap();
        other.commit().await.unwrap();
        refused(publishing.await.unwrap());
        assert_eq!(db.store.workflow(&may, workflow).await.unwrap().live_version, None);
        // Many at once: each takes or gives at the same moment, and the end is one of both.
        let turns = (0..8).map(|n| {
            let (store, scope) = (db.store.clone(), db.scope.clone());
            let change = if n % 2 == 0 { change(None, &[&may], &[]) } else { change(None, &[], &[&may]) };
            tokio::spawn(async move { store.share_connection(&scope, id, &change).await })
        });
        for turn in turns.collect::<Vec<_>>() {
            turn.await.unwrap().unwrap();
        }
        let named = db.store.connection_access(&may, id).await.unwrap().people.len();
        assert_eq!(seen(&db, &may, id).await.usable, named == 1);
    }

    async fn whoever_may_not_use_it_cannot_change_it_either(db: Db) {
        let People { may, joe, connection: id, .. } = People::new(&db).await;
        let renewal = Renewal { secret: SecretId(1), expires_at: None, scopes: None, account: None };
        refused(db.store.update_connection(&joe, id, Some("Mine".into()), None, None).await);
        refused(db.store.reconnect(&joe, id, "bot_token", renewal).await);
        refused(db.store.delete_connection(&joe, id).await);
        assert_eq!(seen(&db, &joe, id).await.label, "Sales");
        db.store.update_connection(&may, id, Some("Ours".into()), None, None).await.unwrap();
        db.store.delete_connection(&may, id).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM connection_use").await, 0);
    }

    async fn what_somebody_may_ends_with_their_membership(db: Db) {
        let People { mo, may, joe, connection: id } = People::new(&db).await;
        let (mos, mays) = (id_of(&mo), id_of(&may));
        db.store.remove_member(&db.scope, mays, db.user).await.unwrap();
        assert!(!seen(&db, &may, id).await.usable);
        assert_eq!(db.store.connection_access(&mo, id).await.unwrap().people, []);
        let back = store::Joins::Known(mays);
        db.store.create_invite(&db.scope, Role::Operator, None, [1; 32], db.store.now().plus_ms(1_000)).await.unwrap();
        db.store.accept_invite([1; 32], &back).await.unwrap();
        assert!(!seen(&db, &may, id).await.usable, "whoever comes back is named anew");

        // Handed over, it is the heir's to share; whoever is gone may nothing.
        db.store.remove_member(&db.scope, mos, id_of(&joe)).await.unwrap();
        assert!(seen(&db, &joe, id).await.usable && !seen(&db, &mo, id).await.usable);
        db.store.share_connection(&joe, id, &change(None, &[&may], &[])).await.unwrap();
        refused(db.store.share_connection(&mo, id, &change(None, &[], &[&may])).await);
        // An heir who may only look keeps it from nobody: an owner of the workspace can always change it.
        db.store.set_role(&db.scope, id_of(&joe), Role::Viewer).await.unwrap();
        let joe = Scope { role: Role::Viewer, ..joe };
        assert!(!db.store.connection_access(&joe, id).await.unwrap().may_change);
        assert!(matches!(db.store.share_connection(&joe, id, &change(Some(false), &[], &[])).await, Err(Error::Forbidden { .. })));
        assert!(db.store.share_connection(&db.scope, id, &change(Some(false), &[], &[])).await.unwrap().may_change);
    }
}

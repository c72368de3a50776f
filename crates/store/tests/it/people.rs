use std::collections::HashMap;

use model::{Role, api::ActivityQuery, ids::UserId};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use store::{Actor, Error, Joins, NewOwner, Scope};
use tower_sessions::{
    SessionStore,
    cookie::time::{Duration, OffsetDateTime},
    session::{Id, Record},
};

use crate::{on_both, support::*};

/// A session that lives an hour, by the clock of the tests.
fn record(id: i128) -> Record {
    let expiry_date = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(START.ms() + 3_600_000);
    Record { id: Id(id), data: HashMap::from([("user".to_owned(), json!("ada"))]), expiry_date }
}

on_both! {
    async fn there_is_one_first_owner(db: Db) {
        assert!(!db.store.needs_owner().await.unwrap());
        let again = NewOwner {
            email: "eve@example.com".into(),
            name: "Eve".into(),
            password_hash: "$".into(),
            workspace: "Mine".into(),
            time_zone: "UTC".into(),
        };
        assert!(matches!(db.store.create_owner(again).await, Err(Error::Exists(_))));
        let found = db.store.user_by_email("  ADA@example.COM ").await.unwrap().unwrap();
        assert_eq!((found.user.id, found.user.email.as_str()), (db.user, "ada@example.com"));
        db.store.set_password(db.user, "$new").await.unwrap();
        assert_eq!(db.store.user(db.user).await.unwrap().unwrap().password_hash, "$new");
        assert!(matches!(db.store.set_password(UserId(1), "$").await, Err(Error::NotFound(_))));
        let workspace = db.scope.workspace;
        for bad in ["", "a", "a@", "@b", "a@b@c", "a b@c"] {
            assert!(matches!(db.store.create_user(workspace, Role::Maker, bad, "", "$").await, Err(Error::Invalid(_))), "{bad}");
        }
        let maker = db.store.create_user(workspace, Role::Maker, "Mo@Example.com", "Mo", "$").await.unwrap();
        assert!(matches!(db.store.create_user(workspace, Role::Maker, "mo@example.com", "", "$").await, Err(Error::Exists(_))));
        let memberships = db.store.memberships(maker.id).await.unwrap();
        assert_eq!(memberships.iter().map(|(w, role)| (w.id, *role)).collect::<Vec<_>>(), [(workspace, Role::Maker)]);
    }

    async fn tokens_work_until_revoked_or_expired(db: Db) {
        let expires = START.plus_ms(1_000);
        let a = db.store.create_token(&db.scope, db.user, "deploy", Role::Operator, [1; 32], "pb_abc", None).await.unwrap();
        db.store.create_token(&db.scope, db.user, "short", Role::Viewer, [2; 32], "pb_def", Some(expires)).await.unwrap();
        let found = db.store.token_by_hash([1; 32]).await.unwrap().unwrap();
        assert_eq!((found.token.id, found.token.role, found.workspace.id), (a.id, Role::Operator, db.scope.workspace));
        assert!(db.store.token_by_hash([2; 32]).await.unwrap().is_some());
        assert!(db.store.token_by_hash([3; 32]).await.unwrap().is_none());
        let list = db.store.tokens(&db.scope).await.unwrap();
        assert_eq!(list.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["short", "deploy"]);
        assert_eq!(list[1].last_used_at, Some(START));
        db.clock.advance_ms(1_000);
        assert!(db.store.token_by_hash([2; 32]).await.unwrap().is_none(), "expired");
        db.store.token_by_hash([1; 32]).await.unwrap();
        assert_eq!(db.store.tokens(&db.scope).await.unwrap()[1].last_used_at, Some(START), "noted once a minute");
        let maker = Scope { role: Role::Operator, ..db.scope.clone() };
        assert!(matches!(db.store.revoke_token(&maker, a.id).await, Err(Error::Forbidden { .. })));
        db.store.revoke_token(&db.scope, a.id).await.unwrap();
        assert!(db.store.token_by_hash([1; 32]).await.unwrap().is_none(), "revoked");
        assert!(matches!(db.store.revoke_token(&db.scope, a.id).await, Err(Error::NotFound(_))));
    }

    async fn sessions_are_kept_by_the_hash_of_their_cookie(db: Db) {
        let sessions = db.store.sessions();
        let (mut one, mut clash) = (record(1), record(1));
        sessions.create(&mut one).await.unwrap();
        sessions.create(&mut clash).await.unwrap();
        assert_ne!(clash.id, one.id, "an id that is taken is not overwritten");
        assert_eq!(sessions.load(&one.id).await.unwrap().unwrap(), one);

        db.store.bind_session(&one.id, db.user, "Firefox", "127.0.0.1").await.unwrap();
        db.store.bind_session(&clash.id, db.user, "curl", "127.0.0.1").await.unwrap();
        let list = db.store.sessions_of(db.user, Some(&one.id)).await.unwrap();
        assert_eq!(list.len(), 2);
        let current = list.iter().find(|session| session.current).unwrap();
        assert_eq!(current.user_agent, "Firefox");
        assert!(!current.id.contains(&one.id.to_string()), "what is shown does not sign in");

        let other = list.iter().find(|session| !session.current).unwrap();
        assert!(matches!(db.store.end_session(UserId(1), &other.id).await, Err(Error::NotFound(_))));
        db.store.end_session(db.user, &other.id).await.unwrap();
        assert!(sessions.load(&clash.id).await.unwrap().is_none());
        sessions.save(&clash).await.unwrap();
        assert!(sessions.load(&clash.id).await.unwrap().is_none(), "an ended session does not come back");

        one.data.insert("more".into(), json!(1));
        sessions.save(&one).await.unwrap();
        assert_eq!(sessions.load(&one.id).await.unwrap().unwrap().data["more"], json!(1));
        assert_eq!(db.store.end_sessions(db.user, Some(&one.id)).await.unwrap(), 0);
        let mut third = record(3);
        sessions.create(&mut third).await.unwrap();
        db.store.bind_session(&third.id, db.user, "", "").await.unwrap();
        assert_eq!(db.store.end_sessions(db.user, Some(&one.id)).await.unwrap(), 1);
        sessions.delete(&one.id).await.unwrap();
        assert!(sessions.load(&one.id).await.unwrap().is_none());
    }

    async fn expired_sessions_are_gone(db: Db) {
        let sessions = db.store.sessions();
        let mut one = record(5);
        sessions.create(&mut one).await.unwrap();
        db.clock.advance_ms(3_600_000);
        assert!(sessions.load(&one.id).await.unwrap().is_none());
        db.clock.advance_ms(1);
        assert_eq!(db.store.sweep(100).await.unwrap(), 1);
        assert_eq!(db.store.sweep(100).await.unwrap(), 0);
    }

    async fn an_invitation_is_good_once_and_for_its_time(db: Db) {
        let new = |email: &str| Joins::New { name: " May ".into(), email: email.into(), password_hash: "$".into() };
        let ends = db.store.now().plus_ms(1_000);
        db.store.create_invite(&db.scope, Role::Maker, Some(" May@Example.com"), [1; 32], ends).await.unwrap();
        assert!(db.store.create_invite(&db.scope, Role::Maker, Some("nobody"), [2; 32], ends).await.is_err());
        assert!(matches!(db.store.accept_invite([1; 32], &new("eve@example.com")).await, Err(Error::Invalid(_))));
        assert!(db.store.user_by_email("eve@example.com").await.unwrap().is_none(), "nothing is left of it");
        assert!(matches!(db.store.accept_invite([9; 32], &new("may@example.com")).await, Err(Error::NotFound(_))));
        let (store, other) = (db.store.clone(), db.store.clone());
        let (joins, others) = (new("may@example.com"), new("may@example.com"));
        let (one, two) = tokio::join!(store.accept_invite([1; 32], &joins), other.accept_invite([1; 32], &others));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert!(db.store.invites(&db.scope).await.unwrap().is_empty());

        db.store.create_invite(&db.scope, Role::Maker, None, [3; 32], ends).await.unwrap();
        db.clock.advance_ms(1_000);
        assert!(matches!(db.store.look_at_invite([3; 32]).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.accept_invite([3; 32], &new("late@example.com")).await, Err(Error::NotFound(_))));
        let maker = Scope { role: Role::Operator, ..db.scope.clone() };
        assert!(db.store.create_invite(&maker, Role::Viewer, None, [4; 32], ends).await.is_err());
        assert!(db.store.invites(&maker).await.is_err());
    }

    async fn there_is_always_an_owner(db: Db) {
        let other = db.store.create_user(db.scope.workspace, Role::Owner, "may@example.com", "May", "$").await.unwrap().id;
        assert!(matches!(db.store.remove_member(&db.scope, db.user, db.user).await, Err(Error::Invalid(_))));
        // Each lets the other go at the same moment: one stays.
        let (one, two) = tokio::join!(
            db.store.set_role(&db.scope, other, Role::Viewer),
            db.store.set_role(&db.scope, db.user, Role::Viewer)
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let refused = if one.is_err() { one } else { two };
        assert!(matches!(refused, Err(Error::LastOwner)));
        let members = db.store.members(&db.scope).await.unwrap();
        assert_eq!(members.iter().filter(|member| member.role == Role::Owner).count(), 1);
        let (owner, viewer) = if members[0].role == Role::Owner { (&members[0], &members[1]) } else { (&members[1], &members[0]) };
        let gone = db.store.remove_member(&db.scope, owner.user.id, viewer.user.id).await;
        assert!(matches!(gone, Err(Error::LastOwner)));
        let gone = db.store.remove_member(&db.scope, viewer.user.id, owner.user.id).await.unwrap();
        assert_eq!((gone.connections, gone.tokens, gone.sessions), (0, 0, 0));
        let stranger = db.stranger().await;
        assert!(matches!(db.store.member(&stranger, other).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.set_role(&stranger, other, Role::Maker).await, Err(Error::NotFound(_))));
    }

    async fn invitations_end_with_the_owner_who_made_them(db: Db) {
        let workspace = db.scope.workspace;
        let owner = async |email: &str| {
            let id = db.store.create_user(workspace, Role::Owner, email, "", "$").await.unwrap().id;
            (id, Scope { workspace, actor: Actor::User { id, email: email.into() }, role: Role::Owner })
        };
        let ((may, mays), (joe, joes)) = (owner("may@example.com").await, owner("joe@example.com").await);
        let token = db.store.create_token(&mays, may, "ci", Role::Owner, [9; 32], "pb_x", None).await.unwrap();
        let script = Scope { actor: Actor::Token { id: token.id, name: "ci".into() }, ..mays.clone() };
        let ends = db.store.now().plus_ms(60_000);
        let invites = [(&db.scope, 1), (&mays, 2), (&script, 3), (&joes, 4), (&mays, 5)];
        for (by, n) in invites {
            db.store.create_invite(by, Role::Owner, None, [n; 32], ends).await.unwrap();
        }
        let joins = Joins::New { name: "Eve".into(), email: "eve@example.com".into(), password_hash: "$".into() };
        db.store.accept_invite([5; 32], &joins).await.unwrap();
        db.store.set_role(&db.scope, may, Role::Operator).await.unwrap();
        db.store.remove_member(&db.scope, joe, db.user).await.unwrap();
        let eves = Joins::Known(joe);
        for n in [2, 3, 4] {
            assert!(matches!(db.store.accept_invite([n; 32], &eves).await, Err(Error::NotFound(_))), "{n}");
        }
        assert_eq!(db.store.invites(&db.scope).await.unwrap().len(), 1);
        assert!(matches!(db.store.create_invite(&mays, Role::Owner, None, [6; 32], ends).await, Err(Error::Forbidden { .. })));
        assert!(matches!(db.store.create_invite(&joes, Role::Owner, None, [7; 32], ends).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.create_invite(&script, Role::Owner, None, [8; 32], ends).await, Err(Error::NotFound(_))));
        let told = db.store.activity(&db.scope, &ActivityQuery::default()).await.unwrap().items;
        let ended = |action: &str| told.iter().find(|row| row.action == action).map(|row| row.detail["invites_ended"].clone());
        assert_eq!((ended("member.role"), ended("member.removed")), (Some(json!(2)), Some(json!(1))));
        // The one that was used goes with the next sweep, the open one with its time.
        assert_eq!((db.store.sweep(100).await.unwrap(), db.store.invites(&db.scope).await.unwrap().len()), (0, 1));
        db.clock.advance_ms(1);
        assert_eq!((db.store.sweep(100).await.unwrap(), db.store.invites(&db.scope).await.unwrap().len()), (1, 1));
        db.clock.advance_ms(60_000);
        assert_eq!((db.store.sweep(100).await.unwrap(), db.store.sweep(100).await.unwrap()), (1, 0));
    }

    async fn connections_are_not_handed_to_somebody_who_goes_at_that_moment(db: Db) {
        let workspace = db.scope.workspace;
        let going = db.store.create_user(workspace, Role::Maker, "may@example.com", "May", "$").await.unwrap().id;
        let heir = db.store.create_user(workspace, Role::Maker, "joe@example.com", "Joe", "$").await.unwrap().id;
        // Another owner is about to remove the heir.
        let raw = db.raw().await;
        let other = raw.begin().await.unwrap();
        other.execute_unprepared("UPDATE workspace SET name = name").await.unwrap();
        other.execute_unprepared(&format!("DELETE FROM membership WHERE user_id = {}", heir.0)).await.unwrap();
        let (store, scope) = (db.store.clone(), db.scope.clone());
        let removal = tokio::spawn(async move { store.remove_member(&scope, going, heir).await });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        other.commit().await.unwrap();
        assert!(matches!(removal.await.unwrap(), Err(Error::NotFound(_))));
        assert!(db.store.member(&db.scope, going).await.is_ok(), "nothing of it was done");
    }
}

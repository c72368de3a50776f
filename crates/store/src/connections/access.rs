//! Who may use a connection: the one place that decides. Its owner and the workspace's owners always may; everybody else who makes
//! workflows, unless it is restricted: then those who are named.
//!
//! A person is asked for when something acts in the name of a connection for them, and when they make a version live that does. Runs ask
//! for nobody: they act under the publication.

use std::collections::HashSet;

use model::{
    Role,
    api::{AccessChange, ConnectionAccess, User},
    definition::Through,
    ids::{ConnectionId, UserId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use serde_json::json;

use super::{ConnectionRow, connection, row};
use crate::{
    Actor, Error, NotAllowed, Scope, Store, audit,
    dialect::{for_share, for_update},
    not_allowed::Wish,
    sql,
    store::{Shared, transaction},
};

/// Whom a scope stands for, as the database says it now: whoever was removed or lost the owner's role meanwhile no longer counts.
pub(crate) struct Asker {
    person: Option<UserId>,
    owns_workspace: bool,
}

impl Asker {
    /// Whoever reads a connection without wanting to use it.
    pub(crate) fn nobody() -> Self {
        Asker { person: None, owns_workspace: false }
    }

    /// A token stands for whoever made it, with the token's own role. `lock`: of [`crate::dialect`], so that neither ends meanwhile.
    pub(crate) async fn of(db: &impl ConnectionTrait, scope: &Scope, lock: &str) -> Result<Self, Error> {
        let (sql, id) = match &scope.actor {
            Actor::System => return Ok(Asker { person: None, owns_workspace: true }),
            Actor::User { id, .. } => {
                ("SELECT m.user_id, m.role FROM membership m WHERE m.workspace_id = $1 AND m.user_id = $2", id.0)
            }
            Actor::Token { id, .. } => {
                ("SELECT t.user_id, t.role FROM token t WHERE t.workspace_id = $1 AND t.id = $2 AND t.revoked_at IS NULL", id.0)
            }
        };
        let values = vec![scope.workspace.0.into(), id.into()];
        let Some(row) = sql::one(db, format!("{sql}{lock}"), values).await? else { return Ok(Self::nobody()) };
        let role: String = sql::get(&row, 1)?;
        Ok(Asker { person: Some(UserId(sql::get(&row, 0)?)), owns_workspace: Role::parse(&role) == Some(Role::Owner) })
    }

    /// Nobody's id is 0.
    pub(super) fn key(&self) -> i64 {
        self.person.map_or(0, |id| id.0)
    }

    /// May say who uses a connection of this owner.
    pub(super) fn may_change(&self, owner: Option<UserId>) -> bool {
        self.owns_workspace || (owner.is_some() && self.person == owner)
    }
}

impl Store {
    /// Refuses unless the scope's actor may use every connection that these act through. What has no such connection any more is told
    /// of elsewhere.
    pub async fn may_use(&self, scope: &Scope, through: &[Through<'_>]) -> Result<(), Error> {
        check(&self.shared.read, scope, through, "").await
    }

    /// Who may use a connection.
    pub async fn connection_access(&self, scope: &Scope, id: ConnectionId) -> Result<ConnectionAccess, Error> {
        let row = self.connection(scope, id).await?;
        let asker = Asker::of(&self.shared.read, scope, "").await?;
        Ok(ConnectionAccess {
            restricted: row.connection.restricted,
            people: people(&self.shared.read, id).await?,
            may_change: scope.role >= Role::Maker && asker.may_change(row.connection.owner.map(|owner| owner.id)),
        })
    }

    /// Changes it, all or nothing. For the connection's owner and the workspace's owners; others get `Error::NotAllowed`.
    pub async fn share_connection(
        &self,
        scope: &Scope,
        id: ConnectionId,
        change: &AccessChange,
    ) -> Result<ConnectionAccess, Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let asker = Asker::of(tx, scope, for_share(shared.backend)).await?;
            lock(tx, scope.workspace, id, for_update(shared.backend)).await?;
            let before = connection(&row(tx, scope.workspace, id, &asker, "").await?, &asker, &[])?.connection;
            if !asker.may_change(before.owner.as_ref().map(|owner| owner.id)) {
                return Err(NotAllowed::new(&before, None, Wish::Share).into());
            }
            let restricted = change.restricted.unwrap_or(before.restricted);
            let added = name(tx, scope.workspace, id, &change.add).await?;
            let removed = unname(tx, id, &change.remove).await?;
            if restricted == before.restricted && added.is_empty() && removed.is_empty() {
                return Ok(());
            }
            let values: Vec<Value> = vec![id.0.into(), i64::from(restricted).into(), shared.now().ms().into()];
            sql::exec(tx, "UPDATE connection SET restricted = $2, updated_at = $3 WHERE id = $1", values).await?;
            let detail = json!({
                "label": before.label,
                "access": if restricted { "named" } else { "everybody" },
                "added": added.join(", "),
                "removed": removed.join(", "),
            });
            audit::by(tx, shared, scope, "connection.access", id, detail).await
        })?;
        self.connection_access(scope, id).await
    }

    /// Those of some people who are members and make workflows.
    pub async fn makers_among(&self, workspace: WorkspaceId, people: &[UserId]) -> Result<Vec<UserId>, Error> {
        let sql = "SELECT m.user_id FROM membership m WHERE m.workspace_id = $1 AND m.role <> 'viewer'";
        let rows = sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await?;
        let makers = rows.iter().map(|row| Ok(UserId(sql::get(row, 0)?))).collect::<Result<HashSet<_>, Error>>()?;
        Ok(people.iter().copied().filter(|person| makers.contains(person)).collect())
    }
}

/// The same as [`Store::may_use`] within a transaction: with `lock`, neither the connections nor whoever asks change before it ends.
pub(crate) async fn check(db: &impl ConnectionTrait, scope: &Scope, through: &[Through<'_>], lock: &str) -> Result<(), Error> {
    if through.is_empty() {
        return Ok(());
    }
    let asker = Asker::of(db, scope, lock).await?;
    // Everybody takes the rows in the same order.
    let mut through: Vec<&Through<'_>> = through.iter().collect();
    through.sort_by_key(|one| one.connection);
    through.dedup_by_key(|one| one.connection);
    for one in through {
        let found = match self::lock(db, scope.workspace, one.connection, lock).await {
            Ok(()) => row(db, scope.workspace, one.connection, &asker, "").await,
            Err(error) => Err(error),
        };
        match found {
            Ok(row) => allowed(connection(&row, &asker, &[])?, Some(one)).map(drop)?,
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A connection that may be used, as it was read for whoever asks.
pub(super) fn allowed(row: ConnectionRow, by: Option<&Through<'_>>) -> Result<ConnectionRow, Error> {
    if row.connection.usable { Ok(row) } else { Err(NotAllowed::new(&row.connection, by, Wish::Use).into()) }
}

/// A connection that somebody changes, which only those do who may use it: new credentials would send its workflows' data elsewhere.
pub(crate) async fn held(
    tx: &DatabaseTransaction,
    shared: &Shared,
    scope: &Scope,
    id: ConnectionId,
) -> Result<ConnectionRow, Error> {
    let asker = Asker::of(tx, scope, for_share(shared.backend)).await?;
    lock(tx, scope.workspace, id, for_update(shared.backend)).await?;
    allowed(connection(&row(tx, scope.workspace, id, &asker, "").await?, &asker, &[])?, None)
}

/// Taken before the row is read: a statement that waits for a row sees its new values, but other tables as they were before.
async fn lock(db: &impl ConnectionTrait, workspace: WorkspaceId, id: ConnectionId, lock: &str) -> Result<(), Error> {
    if lock.is_empty() {
        return Ok(());
    }
    let sql = format!("SELECT id FROM connection WHERE id = $1 AND workspace_id = $2{lock}");
    let row = sql::one(db, sql, vec![id.0.into(), workspace.0.into()]).await?;
    row.map(drop).ok_or(Error::NotFound("the connection"))
}

/// Who owns what an actor makes: the person, or whoever made the token.
pub(super) async fn person(db: &impl ConnectionTrait, scope: &Scope) -> Result<Option<UserId>, Error> {
    match &scope.actor {
        Actor::User { id, .. } => Ok(Some(*id)),
        Actor::Token { id, .. } => {
            let row = sql::one(db, "SELECT t.user_id FROM token t WHERE t.id = $1", vec![id.0.into()]).await?;
            row.map(|row| Ok(UserId(sql::get(&row, 0)?))).transpose()
        }
        Actor::System => Ok(None),
    }
}

/// Names people; the e-mail addresses of those who were not. Whoever does not make workflows here is refused.
pub(super) async fn name(
    tx: &DatabaseTransaction,
    workspace: WorkspaceId,
    id: ConnectionId,
    people: &[UserId],
) -> Result<Vec<String>, Error> {
    if people.len() > AccessChange::MOST {
        return Err(Error::Invalid(format!("at most {} people can be named at once", AccessChange::MOST)));
    }
    let mut added = Vec::new();
    for person in people {
        let found = member(tx, workspace, *person, for_share(tx.get_database_backend())).await?;
        let Some((email, role)) = found else { return Err(Error::NotFound("the member")) };
        if role < Role::Maker {
            return Err(Error::Invalid(format!("{email} may only look: give them the maker's role first")));
        }
        let sql = "INSERT INTO connection_use (connection_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        if sql::exec(tx, sql, vec![id.0.into(), person.0.into()]).await?.rows_affected() > 0 {
            added.push(email);
        }
    }
    Ok(added)
}

async fn unname(tx: &DatabaseTransaction, id: ConnectionId, people: &[UserId]) -> Result<Vec<String>, Error> {
    if people.len() > AccessChange::MOST {
        return Err(Error::Invalid(format!("at most {} people can be taken out at once", AccessChange::MOST)));
    }
    let mut removed = Vec::new();
    for person in people {
        let sql = "DELETE FROM connection_use WHERE connection_id = $1 AND user_id = $2";
        if sql::exec(tx, sql, vec![id.0.into(), person.0.into()]).await?.rows_affected() > 0 {
            let row = sql::one(tx, "SELECT email FROM users WHERE id = $1", vec![person.0.into()]).await?;
            removed.push(row.map(|row| sql::get::<String>(&row, 0)).transpose()?.unwrap_or_else(|| person.to_string()));
        }
    }
    Ok(removed)
}

async fn member(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    person: UserId,
    lock: &str,
) -> Result<Option<(String, Role)>, Error> {
    let sql =
        "SELECT u.email, m.role FROM membership m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1 AND m.user_id = $2";
    let row = sql::one(db, format!("{sql}{lock}"), vec![workspace.0.into(), person.0.into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let role: String = sql::get(&row, 1)?;
    let role = Role::parse(&role).ok_or_else(|| Error::Database(format!("`{role}` is no role")))?;
    Ok(Some((sql::get(&row, 0)?, role)))
}

async fn people(db: &impl ConnectionTrait, id: ConnectionId) -> Result<Vec<User>, Error> {
    let sql = "SELECT u.id, u.email, u.name FROM connection_use n JOIN users u ON u.id = n.user_id WHERE n.connection_id = $1
               ORDER BY LOWER(u.name), u.id";
    let rows = sql::all(db, sql, vec![id.0.into()]).await?;
    rows.iter().map(|row| Ok(User { id: UserId(sql::get(row, 0)?), email: sql::get(row, 1)?, name: sql::get(row, 2)? })).collect()
}

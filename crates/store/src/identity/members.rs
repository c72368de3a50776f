//! Who belongs to a workspace.

use model::{
    Role, Timestamp,
    api::{Member, Removed, User},
    ids::{UserId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use serde_json::json;

use super::{invites::OPEN, users::role};
use crate::{Error, Scope, Store, audit, sql, store::transaction};

const COLUMNS: &str = "SELECT u.id, u.email, u.name, m.role, m.created_at,
    (SELECT MAX(s.last_seen_at) FROM session s WHERE s.user_id = u.id AND s.expires_at > $2),
    (SELECT COUNT(*) FROM connection c WHERE c.workspace_id = m.workspace_id AND c.owner_id = u.id),
    (SELECT COUNT(*) FROM token t WHERE t.workspace_id = m.workspace_id AND t.user_id = u.id AND t.revoked_at IS NULL
     AND (t.expires_at IS NULL OR t.expires_at > $2))
    FROM membership m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1";

impl Store {
    /// The longest here first.
    pub async fn members(&self, scope: &Scope) -> Result<Vec<Member>, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} ORDER BY m.created_at, u.id");
        let values = vec![scope.workspace.0.into(), self.now().ms().into()];
        sql::all(&self.shared.read, sql, values).await?.iter().map(member).collect()
    }

    pub async fn member(&self, scope: &Scope, user: UserId) -> Result<Member, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} AND u.id = $3");
        let values = vec![scope.workspace.0.into(), self.now().ms().into(), user.0.into()];
        let row = sql::one(&self.shared.read, sql, values).await?.ok_or(Error::NotFound("the member"))?;
        member(&row)
    }

    /// Needs the owner's role. Tokens of theirs that may do more than the new role end, and with the owner's role their open invitations.
    /// `Error::LastOwner` for the only owner.
    pub async fn set_role(&self, scope: &Scope, user: UserId, new: Role) -> Result<Member, Error> {
        scope.require(Role::Owner)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            hold(tx, scope.workspace).await?;
            let before = role_of(tx, scope.workspace, user).await?;
            if before == new {
                return Ok(());
            }
            if before == Role::Owner {
                another_owner(tx, scope.workspace, user).await?;
            }
            let sql = "UPDATE membership SET role = $3 WHERE workspace_id = $1 AND user_id = $2";
            sql::exec(tx, sql, vec![scope.workspace.0.into(), user.0.into(), new.as_str().into()]).await?;
            let mut ended = 0;
            for above in Role::ALL.into_iter().filter(|role| *role > new) {
                ended += end_tokens(tx, scope.workspace, user, shared.now(), Some(above)).await?;
            }
            let invites = if before == Role::Owner { end_invites(tx, scope.workspace, user, shared.now()).await? } else { 0 };
            let detail = json!({ "from": before, "to": new, "tokens_ended": ended, "invites_ended": invites });
            audit::by(tx, shared, scope, "member.role", user, detail).await
        })?;
        self.member(scope, user).await
    }

    /// Needs the owner's role. The account stays, its sessions, the workspace's tokens of theirs and their open invitations end, and their
    /// connections are handed over. `Error::LastOwner` for the only owner.
    pub async fn remove_member(&self, scope: &Scope, user: UserId, to: UserId) -> Result<Removed, Error> {
        scope.require(Role::Owner)?;
        if user == to {
            return Err(Error::Invalid("what they own goes to somebody who stays".into()));
        }
        let shared = &self.shared;
        transaction!(shared, |tx| {
            hold(tx, scope.workspace).await?;
            let before = role_of(tx, scope.workspace, user).await?;
            if before == Role::Owner {
                another_owner(tx, scope.workspace, user).await?;
            }
            if role_of(tx, scope.workspace, to).await? < Role::Maker {
                return Err(Error::Invalid("connections can be handed over to makers, operators and owners".into()));
            }
            let here: Vec<Value> = vec![scope.workspace.0.into(), user.0.into()];
            sql::exec(tx, "DELETE FROM membership WHERE workspace_id = $1 AND user_id = $2", here.clone()).await?;
            let sql = "UPDATE connection SET owner_id = $3 WHERE workspace_id = $1 AND owner_id = $2";
            let handed = [here.clone(), vec![to.0.into()]].concat();
            let connections = sql::exec(tx, sql, handed).await?.rows_affected();
            let sql = "DELETE FROM connection_use WHERE user_id = $2
                       AND connection_id IN (SELECT c.id FROM connection c WHERE c.workspace_id = $1)";
            sql::exec(tx, sql, here).await?;
            let tokens = end_tokens(tx, scope.workspace, user, shared.now(), None).await?;
            let invites = end_invites(tx, scope.workspace, user, shared.now()).await?;
            let sessions = sql::exec(tx, "DELETE FROM session WHERE user_id = $1", vec![user.0.into()]).await?.rows_affected();
            let removed = Removed { connections, tokens, sessions };
            let email = sql::one(tx, "SELECT email FROM users WHERE id = $1", vec![user.0.into()]).await?;
            let email = email.map(|row| sql::get::<String>(&row, 0)).transpose()?;
            let detail = json!({ "email": email, "role": before, "handed_to": to, "removed": removed, "invites_ended": invites });
            audit::by(tx, shared, scope, "member.removed", user, detail).await?;
            Ok(removed)
        })
    }
}

/// Ends what somebody made in a workspace; how many. `role`: only those that have it.
async fn end_tokens(
    tx: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    now: Timestamp,
    role: Option<Role>,
) -> Result<u64, Error> {
    let sql = "UPDATE token SET revoked_at = $3 WHERE workspace_id = $1 AND user_id = $2 AND revoked_at IS NULL
               AND (expires_at IS NULL OR expires_at > $3) AND ($4 = '' OR role = $4)";
    let role = role.map_or("", Role::as_str);
    let values = vec![workspace.0.into(), user.0.into(), now.ms().into(), role.into()];
    Ok(sql::exec(tx, sql, values).await?.rows_affected())
}

/// Takes back the invitations of somebody that can still be accepted; how many.
async fn end_invites(tx: &impl ConnectionTrait, workspace: WorkspaceId, user: UserId, now: Timestamp) -> Result<u64, Error> {
    let sql = format!("DELETE FROM invite AS i WHERE i.workspace_id = $1 AND i.created_by_id = $2 AND {OPEN} $3");
    Ok(sql::exec(tx, sql, vec![workspace.0.into(), user.0.into(), now.ms().into()]).await?.rows_affected())
}

pub(super) async fn role_of(tx: &impl ConnectionTrait, workspace: WorkspaceId, user: UserId) -> Result<Role, Error> {
    let sql = "SELECT role FROM membership WHERE workspace_id = $1 AND user_id = $2";
    let row = sql::one(tx, sql, vec![workspace.0.into(), user.0.into()]).await?.ok_or(Error::NotFound("the member"))?;
    role(&row, 0)
}

/// Holds the workspace's row, so that changes of who is in it and what they may do come one after the other.
pub(super) async fn hold(tx: &DatabaseTransaction, workspace: WorkspaceId) -> Result<(), Error> {
    sql::exec(tx, "UPDATE workspace SET name = name WHERE id = $1", vec![workspace.0.into()]).await?;
    Ok(())
}

/// Refuses where nobody else owns the workspace, which the caller holds.
async fn another_owner(tx: &DatabaseTransaction, workspace: WorkspaceId, user: UserId) -> Result<(), Error> {
    let sql = "SELECT 1 FROM membership WHERE workspace_id = $1 AND user_id <> $2 AND role = 'owner' LIMIT 1";
    let other = sql::one(tx, sql, vec![workspace.0.into(), user.0.into()]).await?;
    other.map(|_| ()).ok_or(Error::LastOwner)
}

fn member(row: &QueryResult) -> Result<Member, Error> {
    Ok(Member {
        user: User { id: UserId(sql::get(row, 0)?), email: sql::get(row, 1)?, name: sql::get(row, 2)? },
        role: role(row, 3)?,
        since: Timestamp(sql::get(row, 4)?),
        last_seen_at: sql::get::<Option<i64>>(row, 5)?.map(Timestamp),
        connections: sql::get::<i64>(row, 6)?.unsigned_abs(),
        tokens: sql::get::<i64>(row, 7)?.unsigned_abs(),
    })
}

//! Links by which somebody becomes a member of a workspace, once.

use model::{
    Role, Timestamp,
    api::{Invite, InviteLook, User, Workspace},
    ids::{InviteId, UserId, WorkspaceId},
};
use sea_orm::{DatabaseTransaction, QueryResult, Value};
use serde_json::json;

use super::{
    members::{hold, role_of},
    users::{add_member, checked_email, insert_user, role},
};
use crate::{Actor, Error, Scope, Store, audit, dialect::for_update, sql, store::transaction};

/// Open invitations a workspace may have.
const MOST: usize = 200;

const COLUMNS: &str = "SELECT i.id, i.role, i.email, i.created_at, i.created_by, i.expires_at";
/// Of `i`, before the moment it is asked.
pub(super) const OPEN: &str = "i.accepted_at IS NULL AND i.expires_at >";

/// Who accepts an invitation.
#[derive(Clone)]
pub enum Joins {
    /// A new account. `password_hash`: in PHC format.
    New { name: String, email: String, password_hash: String },
    /// One that has proven itself.
    Known(UserId),
}

impl Store {
    /// `hash`: SHA-256 of the link's secret, which the caller made and shows once. Needs the owner's role.
    pub async fn create_invite(
        &self,
        scope: &Scope,
        role: Role,
        email: Option<&str>,
        hash: [u8; 32],
        expires_at: Timestamp,
    ) -> Result<Invite, Error> {
        scope.require(Role::Owner)?;
        let shared = &self.shared;
        let email = email.map(checked_email).transpose()?;
        let (id, now) = (InviteId(shared.next_id()), shared.now());
        let invite = Invite { id, role, email, created_at: now, created_by: scope.actor.name(), expires_at };
        transaction!(shared, |tx| {
            hold(tx, scope.workspace).await?;
            let by = inviter(tx, scope).await?;
            let sql = format!("SELECT COUNT(*) FROM invite i WHERE i.workspace_id = $1 AND {OPEN} $2");
            let open = sql::one(tx, sql, vec![scope.workspace.0.into(), now.ms().into()]).await?;
            let open = open.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or_default();
            if open >= MOST as i64 {
                return Err(Error::Invalid(format!("{MOST} invitations are open already; take some of them back first")));
            }
            let values: Vec<Value> = vec![
                id.0.into(),
                scope.workspace.0.into(),
                role.as_str().into(),
                invite.email.clone().into(),
                hash.to_vec().into(),
                now.ms().into(),
                invite.created_by.as_str().into(),
                expires_at.ms().into(),
                by.map(|user| user.0).into(),
            ];
            let sql =
                "INSERT INTO invite (id, workspace_id, role, email, hash, created_at, created_by, expires_at, created_by_id)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
            sql::exec(tx, sql, values).await?;
            let detail = json!({ "role": role, "email": invite.email, "expires_at": expires_at });
            audit::by(tx, shared, scope, "member.invited", id, detail).await
        })?;
        Ok(invite)
    }

    /// Those that can still be accepted, newest first. Needs the owner's role.
    pub async fn invites(&self, scope: &Scope) -> Result<Vec<Invite>, Error> {
        scope.require(Role::Owner)?;
        let sql = format!("{COLUMNS} FROM invite i WHERE i.workspace_id = $1 AND {OPEN} $2 ORDER BY i.id DESC LIMIT {MOST}");
        let values = vec![scope.workspace.0.into(), self.now().ms().into()];
        sql::all(&self.shared.read, sql, values).await?.iter().map(invite).collect()
    }

    /// Needs the owner's role.
    pub async fn revoke_invite(&self, scope: &Scope, id: InviteId) -> Result<(), Error> {
        scope.require(Role::Owner)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let sql = "DELETE FROM invite WHERE id = $1 AND workspace_id = $2 AND accepted_at IS NULL";
            if sql::exec(tx, sql, vec![id.0.into(), scope.workspace.0.into()]).await?.rows_affected() == 0 {
                return Err(Error::NotFound("the invitation"));
            }
            audit::by(tx, shared, scope, "member.invite_revoked", id, json!({})).await
        })
    }

    /// What whoever has the link may know; nothing once it was used, taken back or has ended.
    pub async fn look_at_invite(&self, hash: [u8; 32]) -> Result<InviteLook, Error> {
        let sql =
            format!("{COLUMNS}, w.name FROM invite i JOIN workspace w ON w.id = i.workspace_id WHERE i.hash = $1 AND {OPEN} $2");
        let row = sql::one(&self.shared.read, sql, vec![hash.to_vec().into(), self.now().ms().into()]).await?;
        let row = row.ok_or(Error::NotFound("the invitation"))?;
        let Invite { role, email, created_by, expires_at, .. } = invite(&row)?;
        Ok(InviteLook { workspace: sql::get(&row, 6)?, role, invited_by: created_by, email, expires_at })
    }

    /// Makes somebody a member; the link is used up in the same commit. `Error::NotFound` once it was used, taken back or has ended,
    /// `Error::Exists` for a member, or for a new account under an address that has one.
    pub async fn accept_invite(&self, hash: [u8; 32], joins: &Joins) -> Result<(User, Workspace), Error> {
        let shared = &self.shared;
        let new = UserId(shared.next_id());
        transaction!(shared, |tx| {
            let now = shared.now();
            let sql =
                format!("{COLUMNS}, i.workspace_id FROM invite i WHERE i.hash = $1 AND {OPEN} $2{}", for_update(shared.backend));
            let row = sql::one(tx, sql, vec![hash.to_vec().into(), now.ms().into()]).await?;
            let row = row.ok_or(Error::NotFound("the invitation"))?;
            let found = invite(&row)?;
            let workspace = WorkspaceId(sql::get(&row, 6)?);
            let user = match joins {
                Joins::New { name, email, password_hash } => {
                    let user = User { id: new, email: checked_email(email)?, name: name.trim().to_owned() };
                    insert_user(tx, &user, password_hash, now).await?;
                    user
                }
                Joins::Known(id) => {
                    let sql = "SELECT id, email, name FROM users WHERE id = $1";
                    let row = sql::one(tx, sql, vec![id.0.into()]).await?.ok_or(Error::NotFound("the account"))?;
                    User { id: UserId(sql::get(&row, 0)?), email: sql::get(&row, 1)?, name: sql::get(&row, 2)? }
                }
            };
            if found.email.as_ref().is_some_and(|email| *email != user.email) {
                return Err(Error::Invalid("the invitation is for another e-mail address".into()));
            }
            let member = "SELECT 1 FROM membership WHERE user_id = $1 AND workspace_id = $2";
            if sql::one(tx, member, vec![user.id.0.into(), workspace.0.into()]).await?.is_some() {
                return Err(Error::Exists("a membership of this account"));
            }
            add_member(tx, user.id, workspace, found.role, now.ms()).await?;
            let sql = "UPDATE invite SET accepted_at = $2, accepted_by = $3 WHERE id = $1";
            sql::exec(tx, sql, vec![found.id.0.into(), now.ms().into(), user.id.0.into()]).await?;
            let actor = Actor::User { id: user.id, email: user.email.clone() };
            let scope = Scope { workspace, actor, role: found.role };
            let detail = json!({ "role": found.role, "invited_by": found.created_by });
            audit::by(tx, shared, &scope, "member.joined", user.id, detail).await?;
            let sql = "SELECT id, name, time_zone FROM workspace WHERE id = $1";
            let row = sql::one(tx, sql, vec![workspace.0.into()]).await?.ok_or(Error::NotFound("the workspace"))?;
            let workspace = Workspace { id: workspace, name: sql::get(&row, 1)?, time_zone: sql::get(&row, 2)? };
            Ok((user, workspace))
        })
    }
}

/// With whose membership an invitation ends; nobody's for the system. Refuses whoever stopped being an owner a moment ago: with the
/// workspace held, an invitation is either there when its owner's are taken back, or is not made.
async fn inviter(tx: &DatabaseTransaction, scope: &Scope) -> Result<Option<UserId>, Error> {
    let user = match &scope.actor {
        Actor::User { id, .. } => *id,
        Actor::Token { id, .. } => {
            let sql = "SELECT user_id FROM token WHERE id = $1 AND revoked_at IS NULL";
            let row = sql::one(tx, sql, vec![id.0.into()]).await?.ok_or(Error::NotFound("the token"))?;
            UserId(sql::get(&row, 0)?)
        }
        Actor::System => return Ok(None),
    };
    match role_of(tx, scope.workspace, user).await? {
        Role::Owner => Ok(Some(user)),
        _ => Err(Error::Forbidden { needed: Role::Owner.as_str() }),
    }
}

fn invite(row: &QueryResult) -> Result<Invite, Error> {
    Ok(Invite {
        id: InviteId(sql::get(row, 0)?),
        role: role(row, 1)?,
        email: sql::get(row, 2)?,
        created_at: Timestamp(sql::get(row, 3)?),
        created_by: sql::get(row, 4)?,
        expires_at: Timestamp(sql::get(row, 5)?),
    })
}

use crate::store::transaction;
use model::{
    Role, Timestamp,
    api::{User, Workspace},
    ids::{UserId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use super::{Credentials, NewOwner};
use crate::{Error, Store, sql};

impl Store {
    /// Whether nobody has an account yet.
    pub async fn needs_owner(&self) -> Result<bool, Error> {
        Ok(sql::one(&self.shared.read, "SELECT 1 FROM users LIMIT 1", Vec::new()).await?.is_none())
    }

    /// Creates the first user with their workspace; `Error::Exists` once there is one.
    pub async fn create_owner(&self, owner: NewOwner) -> Result<(User, Workspace), Error> {
        let shared = &self.shared;
        let user = User { id: UserId(shared.next_id()), email: checked_email(&owner.email)?, name: owner.name.trim().to_owned() };
        let name = owner.workspace.trim();
        let name = if name.is_empty() { "Workspace" } else { name };
        let workspace =
            Workspace { id: WorkspaceId(shared.next_id()), name: name.to_owned(), time_zone: owner.time_zone.clone() };
        transaction!(shared, |tx| {
            if shared.backend == DbBackend::Postgres {
                // Two owners at the same moment would both see an empty table.
                sql::exec(tx, "LOCK TABLE users IN EXCLUSIVE MODE", Vec::new()).await?;
            }
            if sql::one(tx, "SELECT 1 FROM users LIMIT 1", Vec::new()).await?.is_some() {
                return Err(Error::Exists("the owner"));
            }
            let now = shared.now().ms();
            let values: Vec<Value> = vec![
                user.id.0.into(),
                user.email.as_str().into(),
                user.name.as_str().into(),
                owner.password_hash.as_str().into(),
                owner.time_zone.as_str().into(),
                now.into(),
            ];
            let sql = "INSERT INTO users (id, email, name, password_hash, time_zone, locale, created_at)
                           VALUES ($1, $2, $3, $4, $5, 'en', $6)";
            sql::exec(tx, sql, values).await?;
            let values: Vec<Value> = vec![
                workspace.id.0.into(),
                workspace.name.as_str().into(),
                workspace.id.to_string().into(),
                workspace.time_zone.as_str().into(),
                now.into(),
            ];
            let sql = "INSERT INTO workspace (id, name, slug, time_zone, created_at) VALUES ($1, $2, $3, $4, $5)";
            sql::exec(tx, sql, values).await?;
            add_member(tx, user.id, workspace.id, Role::Owner, now).await
        })?;
        Ok((user, workspace))
    }

    /// A further account in a workspace. `Error::Exists` when the e-mail address has one.
    pub async fn create_user(
        &self,
        workspace: WorkspaceId,
        role: Role,
        email: &str,
        name: &str,
        password_hash: &str,
    ) -> Result<User, Error> {
        let shared = &self.shared;
        let user = User { id: UserId(shared.next_id()), email: checked_email(email)?, name: name.trim().to_owned() };
        transaction!(shared, |tx| {
            let now = shared.now();
            insert_user(tx, &user, password_hash, now).await?;
            add_member(tx, user.id, workspace, role, now.ms()).await
        })?;
        Ok(user)
    }

    /// A further workspace, owned by `owner`.
    pub async fn create_workspace(&self, owner: UserId, name: &str, time_zone: &str) -> Result<Workspace, Error> {
        let shared = &self.shared;
        let workspace =
            Workspace { id: WorkspaceId(shared.next_id()), name: name.trim().to_owned(), time_zone: time_zone.to_owned() };
        transaction!(shared, |tx| {
            let now = shared.now().ms();
            let values: Vec<Value> = vec![
                workspace.id.0.into(),
                workspace.name.as_str().into(),
                workspace.id.to_string().into(),
                time_zone.into(),
                now.into(),
            ];
            let sql = "INSERT INTO workspace (id, name, slug, time_zone, created_at) VALUES ($1, $2, $3, $4, $5)";
            sql::exec(tx, sql, values).await?;
            add_member(tx, owner, workspace.id, Role::Owner, now).await
        })?;
        Ok(workspace)
    }

    /// The e-mail's case does not matter.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<Credentials>, Error> {
        let sql = "SELECT id, email, name, password_hash FROM users WHERE email = $1";
        let row = sql::one(&self.shared.read, sql, vec![email.trim().to_lowercase().into()]).await?;
        row.map(|row| credentials(&row)).transpose()
    }

    pub async fn user(&self, id: UserId) -> Result<Option<Credentials>, Error> {
        let sql = "SELECT id, email, name, password_hash FROM users WHERE id = $1";
        let row = sql::one(&self.shared.read, sql, vec![id.0.into()]).await?;
        row.map(|row| credentials(&row)).transpose()
    }

    pub async fn set_password(&self, id: UserId, password_hash: &str) -> Result<(), Error> {
        let sql = "UPDATE users SET password_hash = $2 WHERE id = $1";
        let done = sql::exec(&self.shared.write, sql, vec![id.0.into(), password_hash.into()]).await?;
        if done.rows_affected() == 0 { Err(Error::NotFound("the account")) } else { Ok(()) }
    }

    /// A person's workspaces with their role, oldest first.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<(Workspace, Role)>, Error> {
        let sql = "SELECT w.id, w.name, w.time_zone, m.role FROM membership m JOIN workspace w ON w.id = m.workspace_id
                   WHERE m.user_id = $1 ORDER BY w.id";
        let rows = sql::all(&self.shared.read, sql, vec![user.0.into()]).await?;
        rows.iter().map(|row| Ok((workspace(row)?, role(row, 3)?))).collect()
    }

    /// Every workspace, for job handlers.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Error> {
        let rows = sql::all(&self.shared.read, "SELECT id, name, time_zone FROM workspace ORDER BY id", Vec::new()).await?;
        rows.iter().map(workspace).collect()
    }
}

/// `Error::Exists` when the e-mail address has an account.
pub(super) async fn insert_user(
    tx: &impl ConnectionTrait,
    user: &User,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let values: Vec<Value> =
        vec![user.id.0.into(), user.email.as_str().into(), user.name.as_str().into(), password_hash.into(), now.ms().into()];
    let sql = "INSERT INTO users (id, email, name, password_hash, time_zone, locale, created_at)
               VALUES ($1, $2, $3, $4, 'UTC', 'en', $5) ON CONFLICT (email) DO NOTHING";
    match sql::exec(tx, sql, values).await?.rows_affected() {
        0 => Err(Error::Exists("an account with this e-mail address")),
        _ => Ok(()),
    }
}

pub(super) async fn add_member(
    tx: &impl ConnectionTrait,
    user: UserId,
    workspace: WorkspaceId,
    role: Role,
    now: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO membership (user_id, workspace_id, role, created_at) VALUES ($1, $2, $3, $4)";
    sql::exec(tx, sql, vec![user.0.into(), workspace.0.into(), role.as_str().into(), now.into()]).await?;
    Ok(())
}

/// Lower case, and something before and after one `@`; whether it exists only a mail can tell.
pub(super) fn checked_email(email: &str) -> Result<String, Error> {
    let email = email.trim().to_lowercase();
    let parts = email.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if parts.is_none() || email.len() > 254 || email.contains(char::is_whitespace) {
        return Err(Error::Invalid("this is not an e-mail address".into()));
    }
    Ok(email)
}

fn credentials(row: &QueryResult) -> Result<Credentials, Error> {
    let user = User { id: UserId(sql::get(row, 0)?), email: sql::get(row, 1)?, name: sql::get(row, 2)? };
    Ok(Credentials { user, password_hash: sql::get(row, 3)? })
}

fn workspace(row: &QueryResult) -> Result<Workspace, Error> {
    Ok(Workspace { id: WorkspaceId(sql::get(row, 0)?), name: sql::get(row, 1)?, time_zone: sql::get(row, 2)? })
}

pub(super) fn role(row: &QueryResult, index: usize) -> Result<Role, Error> {
    let role: String = sql::get(row, index)?;
    Role::parse(&role).ok_or_else(|| Error::Database(format!("`{role}` is no role")))
}

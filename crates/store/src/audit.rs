//! Who did what; only ever added to.

use model::{
    Role, Timestamp,
    api::{Cursor, Page},
    ids::{AuditId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, Value as Bound};
use serde_json::Value;

use crate::{Error, Scope, Store, page, payload, sql, store::Shared};

#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    pub id: AuditId,
    pub actor: String,
    /// `workflow.published`, `token.created` ...
    pub action: String,
    pub target: String,
    pub detail: Value,
    pub at: Timestamp,
}

/// A row in the transaction that does what it tells of. `by`: [`crate::Actor::name`].
pub(crate) async fn write(
    db: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    by: &str,
    action: &str,
    target: &str,
    detail: &Value,
) -> Result<(), Error> {
    let values: Vec<Bound> = vec![
        shared.next_id().into(),
        workspace.0.into(),
        by.into(),
        action.into(),
        target.into(),
        payload::json(detail)?.into(),
        shared.now().ms().into(),
    ];
    let sql = "INSERT INTO audit (id, workspace_id, actor, action, target, detail, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sql::exec(db, sql, values).await?;
    Ok(())
}

/// The same on behalf of a scope's actor.
pub(crate) async fn by(
    db: &impl ConnectionTrait,
    shared: &Shared,
    scope: &Scope,
    action: &str,
    target: impl std::fmt::Display,
    detail: Value,
) -> Result<(), Error> {
    write(db, shared, scope.workspace, &scope.actor.name(), action, &target.to_string(), &detail).await
}

impl Store {
    /// What is done outside the store: signing in, exports.
    pub async fn audit(&self, scope: &Scope, action: &str, target: &str, detail: Value) -> Result<(), Error> {
        by(&self.shared.write, &self.shared, scope, action, target, detail).await
    }

    /// Newest first. Needs the owner's role.
    pub async fn audit_list(&self, scope: &Scope, cursor: Option<&Cursor>, limit: u32) -> Result<Page<AuditRow>, Error> {
        scope.require(Role::Owner)?;
        let limit = page::limit(Some(limit));
        let before = page::after(cursor)?.unwrap_or(i64::MAX);
        let sql = format!(
            "SELECT id, actor, action, target, detail, at FROM audit WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT {}",
            limit + 1
        );
        let mut items = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![scope.workspace.0.into(), before.into()]).await? {
            let detail: Vec<u8> = sql::get(&row, 4)?;
            items.push(AuditRow {
                id: AuditId(sql::get(&row, 0)?),
                actor: sql::get(&row, 1)?,
                action: sql::get(&row, 2)?,
                target: sql::get(&row, 3)?,
                detail: payload::from_json(&detail)?,
                at: Timestamp(sql::get(&row, 5)?),
            });
        }
        Ok(page::page(items, limit, |row: &AuditRow| row.id.0))
    }
}

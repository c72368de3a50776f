use model::{
    Role, Timestamp,
    api::{Cursor, Page},
    ids::AuditId,
};
use sea_orm::Value as Bound;
use serde_json::Value;

use crate::{Error, Scope, Store, page, payload, sql};

/// Who did what; only ever added to.
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

impl Store {
    pub async fn audit(&self, scope: &Scope, action: &str, target: &str, detail: Value) -> Result<(), Error> {
        let values: Vec<Bound> = vec![
            self.next_id().into(),
            scope.workspace.0.into(),
            scope.actor.name().into(),
            action.into(),
            target.into(),
            payload::json(&detail)?.into(),
            self.now().ms().into(),
        ];
        let sql = "INSERT INTO audit (id, workspace_id, actor, action, target, detail, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        sql::exec(&self.shared.write, sql, values).await?;
        Ok(())
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

    pub async fn setting(&self, key: &str) -> Result<Option<String>, Error> {
        let row = sql::one(&self.shared.read, "SELECT value FROM setting WHERE key = $1", vec![key.into()]).await?;
        row.map(|row| sql::get(&row, 0)).transpose()
    }

    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), Error> {
        let sql = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sql::exec(&self.shared.write, sql, vec![key.into(), value.into()]).await?;
        Ok(())
    }
}

//! Values that outlive runs. Runs change them in their commits ([`crate::KvWrite`]); people look at them and take them away.

use model::{
    Role, Timestamp,
    ids::{WorkflowId, WorkspaceId},
    step::{Store as Kept, StoreScope},
};
use sea_orm::{QueryResult, Value as Bound};
use serde_json::Value;

use crate::store::transaction;
use crate::{Error, Scope, Store, audit, page, payload, sql};

/// Some entries of a list, and whether there are more.
#[derive(Debug, Clone, PartialEq)]
pub struct KvPage {
    /// Key and value, in the order of the keys' bytes.
    pub entries: Vec<(String, Value)>,
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct KvEntry {
    pub key: String,
    pub value: Value,
    pub version: i64,
    pub updated_at: Timestamp,
}

/// Workspace and workflow as the table has them.
fn owner(workspace: WorkspaceId, workflow: Option<WorkflowId>) -> [Bound; 2] {
    [workspace.0.into(), workflow.map_or(0, |workflow| workflow.0).into()]
}

fn of(scope: StoreScope, workflow: WorkflowId) -> Option<WorkflowId> {
    match scope {
        StoreScope::Workflow => Some(workflow),
        StoreScope::Workspace => None,
    }
}

const COLUMNS: &str = "SELECT key, value, version, updated_at FROM kv WHERE workspace_id = $1 AND workflow_id = $2";
/// The first text after all that begin with `prefix`, in the order of bytes; none: nothing comes after them.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // The code points of surrogates are no characters.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

impl Store {
    /// The value as a run of this workflow sees it, and its version, which a change names as the one it was made from.
    pub async fn kv_get(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        scope: StoreScope,
        key: &str,
    ) -> Result<Option<(Value, i64)>, Error> {
        let values = owner(workspace, of(scope, workflow)).into_iter().chain([key.into()]).collect();
        let row = sql::one(&self.shared.read, format!("{COLUMNS} AND key = $3"), values).await?;
        row.map(|row| entry(&row).map(|entry| (entry.value, entry.version))).transpose()
    }

    /// Entries whose keys begin with `prefix`, as a run of this workflow sees them; up to `limit`.
    pub async fn kv_list(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        scope: StoreScope,
        prefix: &str,
        limit: u32,
    ) -> Result<KvPage, Error> {
        let (entries, more) = self.entries(owner(workspace, of(scope, workflow)), prefix, None, limit as usize).await?;
        Ok(KvPage { entries: entries.into_iter().map(|entry| (entry.key, entry.value)).collect(), more })
    }

    async fn entries(
        &self,
        owner: [Bound; 2],
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<KvEntry>, bool), Error> {
        let mut values: Vec<Bound> = owner.into_iter().collect();
        values.push(prefix.into());
        let mut sql = format!("{COLUMNS} AND key >= $3");
        if let Some(end) = after_prefix(prefix) {
            values.push(end.into());
            sql.push_str(&format!(" AND key < ${}", values.len()));
        }
        if let Some(after) = after {
            values.push(after.into());
            sql.push_str(&format!(" AND key > ${}", values.len()));
        }
        sql.push_str(&format!(" ORDER BY key LIMIT {}", limit + 1));
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let mut entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        Ok((entries, more))
    }

    /// What a person sees of a workflow's values, or of the workspace's: those after the key `after`, and whether there are more.
    pub async fn kv_entries(
        &self,
        scope: &Scope,
        workflow: Option<WorkflowId>,
        prefix: &str,
        after: Option<&str>,
        limit: Option<u32>,
    ) -> Result<(Vec<KvEntry>, bool), Error> {
        scope.require(Role::Maker)?;
        self.entries(owner(scope.workspace, workflow), prefix, after, page::limit(limit)).await
    }

    /// Puts a value in on a person's behalf, whatever stood there.
    pub async fn kv_set(&self, scope: &Scope, workflow: Option<WorkflowId>, key: &str, value: &Value) -> Result<i64, Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        let length = key.chars().count();
        if length == 0 || length > Kept::MAX_KEY_CHARS {
            return Err(Error::Invalid(format!("a key has 1 to {} characters", Kept::MAX_KEY_CHARS)));
        }
        let body = payload::json(value)?;
        if body.len() > Kept::MAX_VALUE_BYTES {
            return Err(Error::Invalid(format!("a value has at most {} bytes as JSON", Kept::MAX_VALUE_BYTES)));
        }
        let version = shared.next_id();
        transaction!(shared, |tx| {
            if let Some(workflow) = workflow {
                let sql = "SELECT 1 FROM workflow WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL";
                let known = sql::one(tx, sql, vec![workflow.0.into(), scope.workspace.0.into()]).await?;
                known.ok_or(Error::NotFound("the workflow"))?;
            }
            let sql = "INSERT INTO kv (workspace_id, workflow_id, key, version, value, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
                       ON CONFLICT (workspace_id, workflow_id, key) DO UPDATE SET version = excluded.version, value = excluded.value,
                       updated_at = excluded.updated_at";
            let mut values: Vec<Bound> = owner(scope.workspace, workflow).into_iter().collect();
            values.extend([key.into(), version.into(), body.clone().into(), shared.now().ms().into()]);
            sql::exec(tx, sql, values).await?;
            audit::by(tx, shared, scope, "value.set", key, serde_json::json!({ "workflow": workflow })).await
        })?;
        Ok(version)
    }

    /// Takes a value away on a person's behalf. `Error::NotFound` where there is none.
    pub async fn kv_delete(&self, scope: &Scope, workflow: Option<WorkflowId>, key: &str) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        transaction!(self.shared, |tx| {
            let values = owner(scope.workspace, workflow).into_iter().chain([key.into()]).collect();
            let sql = "DELETE FROM kv WHERE workspace_id = $1 AND workflow_id = $2 AND key = $3";
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Err(Error::NotFound("the value"));
            }
            audit::by(tx, &self.shared, scope, "value.deleted", key, serde_json::json!({ "workflow": workflow })).await
        })
    }
}

fn entry(row: &QueryResult) -> Result<KvEntry, Error> {
    let value: Vec<u8> = sql::get(row, 1)?;
    Ok(KvEntry {
        key: sql::get(row, 0)?,
        value: payload::from_json(&value)?,
        version: sql::get(row, 2)?,
        updated_at: Timestamp(sql::get(row, 3)?),
    })
}

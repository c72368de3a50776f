//! Values that outlive runs, as runs see them; they change them in their commits ([`crate::KvWrite`]).

use model::{
    ids::{WorkflowId, WorkspaceId},
    step::StoreScope,
};
use sea_orm::{QueryResult, Value as Bound};
use serde_json::Value;

use crate::{Error, Store, payload, sql};

/// Some entries of a list, and whether there are more.
#[derive(Debug, Clone, PartialEq)]
pub struct KvPage {
    /// Key and value, in the order of the keys' bytes.
    pub entries: Vec<(String, Value)>,
    pub more: bool,
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

const COLUMNS: &str = "SELECT key, value, version FROM kv WHERE workspace_id = $1 AND workflow_id = $2";

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
        row.map(|row| Ok((value(&row)?, sql::get(&row, 2)?))).transpose()
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
        let limit = limit as usize;
        let mut values: Vec<Bound> = owner(workspace, of(scope, workflow)).into_iter().collect();
        values.push(prefix.into());
        let mut sql = format!("{COLUMNS} AND key >= $3");
        if let Some(end) = after_prefix(prefix) {
            values.push(end.into());
            sql.push_str(&format!(" AND key < ${}", values.len()));
        }
        sql.push_str(&format!(" ORDER BY key LIMIT {}", limit + 1));
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let more = rows.len() > limit;
        let entries = rows.iter().take(limit).map(|row| Ok((sql::get(row, 0)?, value(row)?)));
        Ok(KvPage { entries: entries.collect::<Result<_, Error>>()?, more })
    }
}

fn value(row: &QueryResult) -> Result<Value, Error> {
    let value: Vec<u8> = sql::get(row, 1)?;
    payload::from_json(&value)
}

//! Kept values as people look at them and mend them; steps change them in the commits of their runs.

use model::{
    Role, Timestamp,
    api::{Cursor, Page, StoredValue, ValuesQuery},
    ids::WorkflowId,
    step::Store as StoreStep,
};
use sea_orm::{QueryResult, Value as Bound};
use serde_json::{Value, json};

use crate::{Error, Scope, Store, audit, dialect::for_update, page, payload, sql, store::transaction};

/// Bytes up to which a list shows the value itself.
const SHOWN: usize = 1024;
/// Behind every key that begins with the text before it.
const LAST: char = '\u{10ffff}';

impl Store {
    /// In the order of their keys, long values left out. Needs the maker's role, as all of these.
    pub async fn values(&self, scope: &Scope, query: &ValuesQuery) -> Result<Page<StoredValue>, Error> {
        let owner = self.owner_of_values(scope, query.workflow).await?;
        let limit = page::limit(query.limit);
        let prefix = query.prefix.as_deref().unwrap_or_default();
        let after = query.cursor.as_ref().map_or("", |cursor| cursor.0.as_str());
        let sql = format!(
            "SELECT key, CASE WHEN LENGTH(value) <= {SHOWN} THEN value END, CAST(LENGTH(value) AS BIGINT), version, updated_at FROM kv
             WHERE workspace_id = $1 AND workflow_id = $2 AND key > $3 AND key >= $4 AND key <= $5 ORDER BY key LIMIT {}",
            limit + 1
        );
        let mut values = owner.to_vec();
        values.extend([after.into(), prefix.into(), format!("{prefix}{LAST}{LAST}").into()]);
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let mut items = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| Cursor(last.key.clone()));
        Ok(Page { items, next })
    }

    pub async fn value(&self, scope: &Scope, workflow: Option<WorkflowId>, key: &str) -> Result<StoredValue, Error> {
        let owner = self.owner_of_values(scope, workflow).await?;
        let sql = "SELECT key, value, CAST(LENGTH(value) AS BIGINT), version, updated_at FROM kv
                   WHERE workspace_id = $1 AND workflow_id = $2 AND key = $3";
        let row = sql::one(&self.shared.read, sql, with(&owner, [key.into()])).await?;
        stored(&row.ok_or(Error::NotFound("the value"))?)
    }

    /// `version`: the one that was seen, 0: there was none; absent: whatever stands there.
    pub async fn set_value(
        &self,
        scope: &Scope,
        workflow: Option<WorkflowId>,
        key: &str,
        value: &Value,
        version: Option<i64>,
    ) -> Result<StoredValue, Error> {
        let owner = self.owner_of_values(scope, workflow).await?;
        check_key(key)?;
        let bytes = payload::json(value)?;
        if bytes.len() > StoreStep::MAX_VALUE_BYTES {
            return Err(Error::Invalid(format!("a value may have at most {} bytes as JSON", StoreStep::MAX_VALUE_BYTES)));
        }
        let shared = &self.shared;
        let (next, now) = (shared.next_id(), shared.now());
        transaction!(shared, |tx| {
            let sql = format!(
                "SELECT version FROM kv WHERE workspace_id = $1 AND workflow_id = $2 AND key = $3{}",
                for_update(shared.backend)
            );
            let stands = sql::one(tx, sql, with(&owner, [key.into()])).await?;
            let stands = stands.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or(0);
            if version.is_some_and(|version| version != stands) {
                return Err(Error::Conflict { current: stands });
            }
            let put =
                "INSERT INTO kv (workspace_id, workflow_id, key, version, value, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
                       ON CONFLICT (workspace_id, workflow_id, key) DO ";
            let change = "UPDATE SET version = excluded.version, value = excluded.value, updated_at = excluded.updated_at";
            // A row that was not there cannot be locked: somebody may have put one in since it was looked for.
            let then = if version == Some(0) { "NOTHING" } else { change };
            let row = with(&owner, [key.into(), next.into(), bytes.clone().into(), now.ms().into()]);
            if sql::one(tx, format!("{put}{then} RETURNING version"), row).await?.is_none() {
                return Err(Error::Collision);
            }
            audit::by(tx, shared, scope, "value.set", key, json!({ "workflow": workflow })).await
        })?;
        Ok(StoredValue { key: key.to_owned(), value: value.clone(), bytes: bytes.len() as u64, version: next, updated_at: now })
    }

    /// `Error::NotFound` where there is none.
    pub async fn delete_value(&self, scope: &Scope, workflow: Option<WorkflowId>, key: &str) -> Result<(), Error> {
        let owner = self.owner_of_values(scope, workflow).await?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let sql = "DELETE FROM kv WHERE workspace_id = $1 AND workflow_id = $2 AND key = $3";
            if sql::exec(tx, sql, with(&owner, [key.into()])).await?.rows_affected() == 0 {
                return Err(Error::NotFound("the value"));
            }
            audit::by(tx, shared, scope, "value.deleted", key, json!({ "workflow": workflow })).await
        })
    }

    /// Workspace and workflow as the table names them; 0: shared by all workflows.
    async fn owner_of_values(&self, scope: &Scope, workflow: Option<WorkflowId>) -> Result<[Bound; 2], Error> {
        scope.require(Role::Maker)?;
        if let Some(workflow) = workflow {
            // Also says when it is not one of theirs.
            self.workflow(scope, workflow).await?;
        }
        Ok([scope.workspace.0.into(), workflow.map_or(0, |workflow| workflow.0).into()])
    }
}

fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.chars().count() > StoreStep::MAX_KEY_CHARS {
        return Err(Error::Invalid(format!("a key has 1 to {} characters", StoreStep::MAX_KEY_CHARS)));
    }
    Ok(())
}

fn with<const N: usize>(owner: &[Bound; 2], more: [Bound; N]) -> Vec<Bound> {
    owner.iter().cloned().chain(more).collect()
}

fn stored(row: &QueryResult) -> Result<StoredValue, Error> {
    let value: Option<Vec<u8>> = sql::get(row, 1)?;
    let bytes: i64 = sql::get(row, 2)?;
    Ok(StoredValue {
        key: sql::get(row, 0)?,
        value: value.map_or(Ok(Value::Null), |value| payload::from_json(&value))?,
        bytes: bytes.unsigned_abs(),
        version: sql::get(row, 3)?,
        updated_at: Timestamp(sql::get(row, 4)?),
    })
}

use crate::store::transaction;
use model::{
    Role, WorkflowDefinition,
    ids::{WorkflowId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, Value};
use serde_json::json;

use super::{Summary, WorkflowRow, has_key, hooks, read, row};
use crate::{
    Error, Scope, Store, audit, dialect::for_update, payload, polls, queue::cancel_runs, sql, store::Shared, subscriptions,
};

const LONGEST_NAME: usize = 200;

impl Store {
    /// Needs the maker's role. The first draft has revision 1.
    pub async fn create_workflow(
        &self,
        scope: &Scope,
        name: &str,
        definition: &WorkflowDefinition,
    ) -> Result<WorkflowRow, Error> {
        scope.require(Role::Maker)?;
        let (shared, name) = (&self.shared, checked_name(name)?);
        let id = WorkflowId(shared.next_id());
        transaction!(shared, |tx| {
            let sql = "INSERT INTO workflow (id, workspace_id, name, state, listens, draft, draft_rev, summary, time_zone,
                           created_at, updated_at) VALUES ($1, $2, $3, 'off', 0, $4, 1, $5, $6, $7, $7)";
            let values: Vec<Value> = vec![
                id.0.into(),
                scope.workspace.0.into(),
                name.into(),
                payload::json(definition)?.into(),
                payload::json(&Summary::of(definition))?.into(),
                definition.settings.time_zone.as_str().into(),
                shared.now().ms().into(),
            ];
            sql::exec(tx, sql, values).await?;
            add_hooks(tx, shared, scope.workspace, id, definition).await?;
            audit::by(tx, shared, scope, "workflow.created", id, json!({})).await?;
            read(tx, scope.workspace, id).await
        })
    }

    pub async fn rename_workflow(&self, scope: &Scope, id: WorkflowId, name: &str) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let (shared, name) = (&self.shared, checked_name(name)?);
        transaction!(shared, |tx| {
            let sql = "UPDATE workflow SET name = $3, updated_at = $4 WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL";
            let values: Vec<Value> = vec![id.0.into(), scope.workspace.0.into(), name.into(), shared.now().ms().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Err(Error::NotFound("the workflow"));
            }
            // Without the names: they may say who it is about, and what stands here is never deleted.
            audit::by(tx, shared, scope, "workflow.renamed", id, json!({})).await
        })?;
        self.shared.cache.forget_workflow(id);
        Ok(())
    }

    /// `Error::Conflict` unless `rev` is the draft's present revision.
    pub async fn save_draft(
        &self,
        scope: &Scope,
        id: WorkflowId,
        rev: i64,
        definition: &WorkflowDefinition,
    ) -> Result<WorkflowRow, Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        let saved = transaction!(shared, |tx| {
            let row = row(tx, scope.workspace, id, for_update(shared.backend)).await?;
            let current: i64 = sql::get(&row, 6)?;
            if current != rev {
                return Err(Error::Conflict { current });
            }
            let sql =
                "UPDATE workflow SET draft = $2, draft_rev = $3, summary = $4, time_zone = $5, updated_at = $6 WHERE id = $1";
            let values: Vec<Value> = vec![
                id.0.into(),
                payload::json(definition)?.into(),
                (rev + 1).into(),
                payload::json(&Summary::of(definition))?.into(),
                definition.settings.time_zone.as_str().into(),
                shared.now().ms().into(),
            ];
            sql::exec(tx, sql, values).await?;
            add_hooks(tx, shared, scope.workspace, id, definition).await?;
            read(tx, scope.workspace, id).await
        })?;
        shared.cache.forget_workflow(id);
        Ok(saved)
    }

    /// Turns it off, cancels its live runs and hides it.
    pub async fn delete_workflow(&self, scope: &Scope, id: WorkflowId) -> Result<(), Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        let by = scope.actor.name();
        let cancelled = transaction!(shared, |tx| {
            let found = row(tx, scope.workspace, id, for_update(shared.backend)).await?;
            polls::forget(tx, scope.workspace, id, &payload::from_json(&sql::get::<Vec<u8>>(&found, 5)?)?).await?;
            let now = shared.now().ms();
            let sql = "UPDATE workflow SET deleted_at = $2, state = 'off', updated_at = $2 WHERE id = $1";
            sql::exec(tx, sql, vec![id.0.into(), now.into()]).await?;
            sql::exec(tx, "DELETE FROM hook WHERE workflow_id = $1", vec![id.0.into()]).await?;
            let live =
                sql::all(tx, "SELECT run_id FROM job WHERE workflow_id = $1 AND run_id IS NOT NULL", vec![id.0.into()]).await?;
            let runs = live.iter().map(|row| sql::get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
            let cancelled = cancel_runs(tx, shared, &runs, &by).await?;
            let batches = "DELETE FROM collect_item WHERE batch IN (SELECT c.batch FROM collect c WHERE c.workflow_id = $1)";
            for sql in [
                "DELETE FROM job WHERE workflow_id = $1",
                batches,
                "DELETE FROM collect WHERE workflow_id = $1",
                "DELETE FROM lane WHERE workflow_id = $1",
                "DELETE FROM gate WHERE workflow_id = $1",
                "DELETE FROM kv WHERE workflow_id = $1",
            ] {
                sql::exec(tx, sql, vec![id.0.into()]).await?;
            }
            subscriptions::plan_gone(tx, shared, scope.workspace, id).await?;
            audit::by(tx, shared, scope, "workflow.deleted", id, serde_json::json!({ "cancelled": cancelled.len() })).await?;
            let sql = "UPDATE event SET state = 'refused', reason = 'the workflow was deleted'
                           WHERE workflow_id = $1 AND state = 'held' AND state <> 'accepted'";
            sql::exec(tx, sql, vec![id.0.into()]).await?;
            Ok(cancelled)
        })?;
        shared.cache.forget_workflow(id);
        shared.announce_cancelled(&cancelled, &by);
        Ok(())
    }
}

fn checked_name(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid(format!("a workflow's name has 1 to {LONGEST_NAME} characters")));
    }
    Ok(name)
}

/// A key for every webhook and form that has none; keys of others stay, they may belong to the live version.
async fn add_hooks(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    id: WorkflowId,
    definition: &WorkflowDefinition,
) -> Result<(), Error> {
    let known = hooks(tx, id).await?;
    let addressed = definition.triggers.iter().filter(|trigger| has_key(&trigger.kind));
    for trigger in addressed.filter(|trigger| !known.iter().any(|hook| hook.trigger == trigger.id)) {
        // 128 random bits: whoever does not know the key cannot find it.
        let key = hex::encode(rand::random::<[u8; 16]>());
        let sql = "INSERT INTO hook (key, workspace_id, workflow_id, trigger_id, created_at) VALUES ($1, $2, $3, $4, $5)";
        let values: Vec<Value> =
            vec![key.into(), workspace.0.into(), id.0.into(), trigger.id.as_str().into(), shared.now().ms().into()];
        sql::exec(tx, sql, values).await?;
    }
    Ok(())
}

use crate::store::transaction;
use model::{
    Role, Timestamp, WorkflowDefinition,
    api::{Published, PublishedBy, Version, WorkflowState},
    definition::TriggerKind,
    ids::{TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{DatabaseTransaction, QueryResult, Value};

use super::{SCHEDULE, hooks, keeps_key, row, state};
use crate::{
    Error, NewJob, Scope, Store, audit,
    connections::access,
    dialect::{for_share, for_update},
    payload, polls,
    queue::put_job,
    sql,
    store::Shared,
    subscriptions,
};

impl Store {
    /// Makes the draft of revision `rev` the live version, all or nothing: version, webhooks, schedules, state.
    /// `schedules`: the first slot of every schedule trigger of the draft. `Error::NotAllowed` where it acts through a connection that
    /// the one who publishes may not use: whatever stands around a step decides what goes through it.
    pub async fn publish(
        &self,
        scope: &Scope,
        id: WorkflowId,
        rev: i64,
        note: &str,
        turn_on: bool,
        schedules: &[(TriggerId, Timestamp)],
    ) -> Result<Published, Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        let published = transaction!(shared, |tx| {
            let row = row(tx, scope.workspace, id, for_update(shared.backend)).await?;
            let current: i64 = sql::get(&row, 6)?;
            if current != rev {
                return Err(Error::Conflict { current });
            }
            let bytes: Vec<u8> = sql::get(&row, 5)?;
            let definition: WorkflowDefinition = payload::from_json(&bytes)?;
            access::check(tx, scope, &definition.through(), for_share(shared.backend)).await?;
            let before: String = sql::get(&row, 2)?;
            let before = WorkflowState::parse(&before).unwrap_or(WorkflowState::Off);
            let last =
                sql::one(tx, "SELECT MAX(version) FROM workflow_version WHERE workflow_id = $1", vec![id.0.into()]).await?;
            let version = last.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten().unwrap_or(0) + 1;
            let now = shared.now();
            let insert =
                "INSERT INTO workflow_version (workflow_id, version, workspace_id, definition, published_by, published_at, note)
                              VALUES ($1, $2, $3, $4, $5, $6, $7)";
            let values: Vec<Value> = vec![
                id.0.into(),
                version.into(),
                scope.workspace.0.into(),
                bytes.into(),
                scope.actor.name().into(),
                now.ms().into(),
                note.into(),
            ];
            sql::exec(tx, insert, values).await?;
            let listens = definition.triggers.iter().any(|trigger| matches!(trigger.kind, TriggerKind::Failure(_)));
            let sql = "UPDATE workflow SET live_version = $2, live_rev = $3, updated_at = $4, live_settings = $5, listens = $6
                       WHERE id = $1";
            let values: Vec<Value> = vec![
                id.0.into(),
                version.into(),
                rev.into(),
                now.ms().into(),
                payload::json(&definition.settings)?.into(),
                i64::from(listens).into(),
            ];
            sql::exec(tx, sql, values).await?;
            for hook in hooks(tx, id).await?.into_iter().filter(|hook| !keeps_key(&definition, &hook.trigger)) {
                sql::exec(tx, "DELETE FROM hook WHERE key = $1", vec![hook.key.into()]).await?;
            }
            let state = if turn_on { WorkflowState::On } else { before };
            let version = u32::try_from(version).map_err(|_| Error::Invalid("there are too many versions".into()))?;
            state::enter(tx, shared, scope.workspace, id, state, version).await?;
            schedule(tx, shared, scope.workspace, id, state, schedules).await?;
            polls::plan(tx, shared, scope.workspace, id, state, version).await?;
            check_schedules(&definition, state, schedules)?;
            subscriptions::plan(tx, shared, scope.workspace, id, &definition).await?;
            let detail = serde_json::json!({ "version": version, "state": state.as_str(), "note": note });
            audit::by(tx, shared, scope, "workflow.published", id, detail).await?;
            Ok(Published { version, state })
        })?;
        shared.cache.forget_workflow(id);
        shared.announce_work();
        Ok(published)
    }

    /// Newest first.
    pub async fn versions(&self, scope: &Scope, id: WorkflowId) -> Result<Vec<Version>, Error> {
        scope.require(Role::Viewer)?;
        let live = self.live_version(scope, id).await?;
        let sql =
            "SELECT version, published_at, published_by, note FROM workflow_version WHERE workflow_id = $1 ORDER BY version DESC";
        sql::all(&self.shared.read, sql, vec![id.0.into()]).await?.iter().map(|row| version_of(row, live)).collect()
    }

    pub async fn version(&self, scope: &Scope, id: WorkflowId, version: u32) -> Result<(Version, WorkflowDefinition), Error> {
        scope.require(Role::Viewer)?;
        let live = self.live_version(scope, id).await?;
        let sql = "SELECT version, published_at, published_by, note, definition FROM workflow_version
                   WHERE workflow_id = $1 AND version = $2";
        let row = sql::one(&self.shared.read, sql, vec![id.0.into(), i64::from(version).into()]).await?;
        let row = row.ok_or(Error::NotFound("the version"))?;
        let definition: Vec<u8> = sql::get(&row, 4)?;
        Ok((version_of(&row, live)?, payload::from_json(&definition)?))
    }

    /// Who published a version; nothing where there is no such version (a test's 0).
    pub async fn published(&self, scope: &Scope, id: WorkflowId, version: u32) -> Result<Option<PublishedBy>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT published_by, published_at FROM workflow_version
                   WHERE workflow_id = $1 AND version = $2 AND workspace_id = $3";
        let values = vec![id.0.into(), i64::from(version).into(), scope.workspace.0.into()];
        let row = sql::one(&self.shared.read, sql, values).await?;
        row.map(|row| Ok(PublishedBy { by: sql::get(&row, 0)?, at: Timestamp(sql::get(&row, 1)?) })).transpose()
    }

    async fn live_version(&self, scope: &Scope, id: WorkflowId) -> Result<Option<i64>, Error> {
        sql::get(&row(&self.shared.read, scope.workspace, id, "").await?, 3)
    }
}

fn version_of(row: &QueryResult, live: Option<i64>) -> Result<Version, Error> {
    let version: i64 = sql::get(row, 0)?;
    Ok(Version {
        version: u32::try_from(version).unwrap_or(u32::MAX),
        published_at: Timestamp(sql::get(row, 1)?),
        published_by: sql::get(row, 2)?,
        note: sql::get(row, 3)?,
        live: live == Some(version),
    })
}

/// The caller computes slots from the draft it has seen; one it left out would never fire.
fn check_schedules(
    definition: &WorkflowDefinition,
    state: WorkflowState,
    schedules: &[(TriggerId, Timestamp)],
) -> Result<(), Error> {
    let mut triggers = definition.triggers.iter().filter(|trigger| matches!(trigger.kind, TriggerKind::Schedule(_)));
    match triggers.find(|trigger| !schedules.iter().any(|(id, _)| id == &trigger.id)) {
        Some(trigger) if state != WorkflowState::Off => {
            Err(Error::Invalid(format!("the schedule of the trigger `{}` has no next time", trigger.label)))
        }
        _ => Ok(()),
    }
}

/// Schedules fire while the workflow is on or paused.
pub(super) async fn schedule(
    tx: &DatabaseTransaction,
    shared: &Shared,
    workspace: WorkspaceId,
    id: WorkflowId,
    state: WorkflowState,
    schedules: &[(TriggerId, Timestamp)],
) -> Result<(), Error> {
    // Only these have keys: they are found without looking through the queued runs.
    let sql = "DELETE FROM job WHERE kind = $1 AND key IS NOT NULL AND workflow_id = $2";
    sql::exec(tx, sql, vec![SCHEDULE.into(), id.0.into()]).await?;
    if state == WorkflowState::Off {
        return Ok(());
    }
    for (trigger, slot) in schedules {
        let job = NewJob {
            workspace,
            workflow: Some(id),
            kind: SCHEDULE.to_owned(),
            key: format!("{id}:{trigger}"),
            available_at: *slot,
            body: serde_json::json!({ "trigger": trigger, "slot": slot }),
        };
        put_job(tx, shared, &job).await?;
    }
    Ok(())
}

//! When triggers that look at lists begin and end: with the workflow.

use model::{
    WorkflowDefinition,
    api::WorkflowState,
    definition::TriggerKind,
    ids::{TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{POLL, poll_key};
use crate::{Error, NewJob, payload, queue::put_job, sql, store::Shared};

/// Makes the jobs of a workflow's triggers be those of its live version. The workflow's row is locked by the caller.
///
/// Every trigger of a connector gets one; that of a trigger without a list ends at its first turn, as only manifests tell. On and
/// paused workflows look; turned off, one forgets where its triggers stood, and begins anew when it is turned on.
pub(crate) async fn plan(
    tx: &DatabaseTransaction,
    shared: &Shared,
    workspace: WorkspaceId,
    id: WorkflowId,
    state: WorkflowState,
    version: u32,
) -> Result<(), Error> {
    sql::exec(tx, "DELETE FROM job WHERE kind = $1 AND key IS NOT NULL AND workflow_id = $2", vec![POLL.into(), id.0.into()])
        .await?;
    if state == WorkflowState::Off {
        sql::exec(tx, "DELETE FROM poll WHERE workflow_id = $1", vec![id.0.into()]).await?;
        return Ok(());
    }
    let sql = "SELECT definition FROM workflow_version WHERE workflow_id = $1 AND version = $2";
    let row = sql::one(tx, sql, vec![id.0.into(), i64::from(version).into()]).await?.ok_or(Error::NotFound("the version"))?;
    let definition: WorkflowDefinition = payload::from_json(&sql::get::<Vec<u8>>(&row, 0)?)?;
    let known = sql::all(tx, "SELECT trigger_id FROM poll WHERE workflow_id = $1", vec![id.0.into()]).await?;
    for row in known {
        let trigger = TriggerId(sql::get(&row, 0)?);
        if !of_connectors(&definition).any(|known| *known == trigger) {
            let sql = "DELETE FROM poll WHERE workflow_id = $1 AND trigger_id = $2";
            sql::exec(tx, sql, vec![id.0.into(), trigger.as_str().into()]).await?;
        }
    }
    for trigger in of_connectors(&definition) {
        let job = NewJob {
            workspace,
            workflow: Some(id),
            kind: POLL.to_owned(),
            key: poll_key(id, trigger),
            available_at: shared.now(),
            body: serde_json::Value::Null,
        };
        put_job(tx, shared, &job).await?;
    }
    Ok(())
}

/// With its workflow: where its triggers stood and what they know. Other keys go when their time is over; these may have none.
pub(crate) async fn forget(
    tx: &DatabaseTransaction,
    workspace: WorkspaceId,
    id: WorkflowId,
    definition: &WorkflowDefinition,
) -> Result<(), Error> {
    let rows = sql::all(tx, "DELETE FROM poll WHERE workflow_id = $1 RETURNING trigger_id", vec![id.0.into()]).await?;
    let mut triggers = rows.iter().map(|row| Ok(TriggerId(sql::get(row, 0)?))).collect::<Result<Vec<_>, Error>>()?;
    triggers.extend(of_connectors(definition).cloned());
    for trigger in &triggers {
        let sql = "DELETE FROM dedupe WHERE workspace_id = $1 AND trigger_scope = $2";
        sql::exec(tx, sql, vec![workspace.0.into(), poll_key(id, trigger).into()]).await?;
    }
    Ok(())
}

/// Lets a job that nobody does just now be done at once; whether there is one.
pub(super) async fn wake(
    db: &impl ConnectionTrait,
    shared: &Shared,
    workflow: WorkflowId,
    trigger: &TriggerId,
) -> Result<bool, Error> {
    let sql = "UPDATE job SET available_at = $3 WHERE kind = $1 AND key = $2 AND lease_by IS NULL";
    let woken = sql::exec(db, sql, vec![POLL.into(), poll_key(workflow, trigger).into(), shared.now().ms().into()]).await?;
    Ok(woken.rows_affected() > 0)
}

fn of_connectors(definition: &WorkflowDefinition) -> impl Iterator<Item = &TriggerId> {
    definition.triggers.iter().filter(|trigger| matches!(trigger.kind, TriggerKind::App(_))).map(|trigger| &trigger.id)
}

//! Batches of collect steps whose time has come, and who was gathered.

use crate::store::transaction;
use model::{
    Role,
    ids::{RunId, StepId, TriggerId, WorkflowId},
};

use super::ClaimedJob;
use crate::{
    Error, Scope, Store,
    dialect::for_update,
    sql,
    writer::{Closing, close},
};

impl Store {
    /// Closes the batch a claimed job of the kind `collect` names, and begins the run that goes on with it; nothing where it was full
    /// before. May be called twice for the same job.
    pub async fn close_batch(&self, job: &ClaimedJob) -> Result<Option<RunId>, Error> {
        let shared = &self.shared;
        let text = |field: &str| job.body.get(field).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let (step, key) = (text("step"), text("key"));
        let by = if text("by") == "schedule" { "schedule" } else { "time" };
        let (Some(workflow), Ok(batch)) = (job.workflow, job.key.parse::<i64>()) else {
            return Err(Error::Invalid("the job names no batch".into()));
        };
        let limits = shared.limits(workflow).await?;
        let begun = transaction!(shared, |tx| {
            let sql = format!(
                "SELECT label, version, trigger_id FROM collect
                 WHERE workflow_id = $1 AND step = $2 AND key = $3 AND batch = $4 AND count > 0{}",
                for_update(shared.backend)
            );
            let own = vec![workflow.0.into(), step.as_str().into(), key.as_str().into(), batch.into()];
            let Some(row) = sql::one(tx, sql, own.clone()).await? else { return Ok(None) };
            let closing = Closing {
                workspace: job.workspace,
                workflow,
                step: StepId(step.clone()),
                key: sql::get(&row, 0)?,
                batch,
                version: u32::try_from(sql::get::<i64>(&row, 1)?).unwrap_or(0),
                trigger: TriggerId(sql::get(&row, 2)?),
                by,
            };
            let begun = close(tx, shared, shared.next_id(), &closing, limits).await?;
            let sql = "DELETE FROM collect WHERE workflow_id = $1 AND step = $2 AND key = $3 AND batch = $4";
            sql::exec(tx, sql, own).await?;
            Ok(Some(begun))
        })?;
        if let Some(change) = begun {
            shared.announce(change);
            shared.announce_work();
        }
        Ok(begun.map(|change| change.run))
    }

    /// The runs that were gathered into this one, in the order they came; up to `limit` after position `after` (0: from the first).
    pub async fn gathered(&self, scope: &Scope, run: RunId, after: u32, limit: u32) -> Result<Vec<RunId>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT m.member_run_id FROM collect_member m JOIN run r ON r.id = m.run_id
                   WHERE r.workspace_id = $1 AND m.run_id = $2 AND m.position > $3 ORDER BY m.position LIMIT $4";
        let values = vec![scope.workspace.0.into(), run.0.into(), i64::from(after).into(), i64::from(limit.min(1_000)).into()];
        sql::all(&self.shared.read, sql, values).await?.iter().map(|row| Ok(RunId(sql::get(row, 0)?))).collect()
    }

    /// The run before this one in its lane that holds the lane, for a run whose hold is `lane`.
    pub async fn lane_holder(&self, scope: &Scope, workflow: WorkflowId, run: RunId) -> Result<Option<RunId>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT f.id FROM job j JOIN job f ON f.workflow_id = j.workflow_id AND f.lane = j.lane
                   WHERE j.id = $1 AND j.workflow_id = $2 AND j.workspace_id = $3 AND f.position < j.position ORDER BY f.position LIMIT 1";
        let values = vec![run.0.into(), workflow.0.into(), scope.workspace.0.into()];
        let row = sql::one(&self.shared.read, sql, values).await?;
        row.map(|row| Ok(RunId(sql::get(&row, 0)?))).transpose()
    }
}

use crate::store::transaction;
use model::{
    Timestamp,
    ids::{JobId, WorkflowId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, Value as Bound};
use serde_json::Value;

use super::{ClaimedJob, NewJob};
use crate::{Error, Store, dialect::skip_locked, payload, sql, store::Shared};

impl Store {
    /// Takes jobs of these kinds.
    pub async fn claim_jobs(&self, kinds: &[&str], max: usize, lease_ms: i64) -> Result<Vec<ClaimedJob>, Error> {
        let shared = &self.shared;
        let now = self.now();
        let mut claimed = Vec::new();
        for kind in kinds {
            let left = max.saturating_sub(claimed.len());
            if left == 0 {
                break;
            }
            // Looked at first without a transaction: usually there is nothing.
            let ready = "SELECT 1 FROM job WHERE queue = $1 AND blocked = 0 AND available_at <= $2 LIMIT 1";
            if sql::one(&shared.read, ready, vec![(*kind).into(), now.ms().into()]).await?.is_none() {
                continue;
            }
            claimed.append(&mut transaction!(shared, |tx| take(tx, shared, kind, now, left, lease_ms).await)?);
        }
        Ok(claimed)
    }

    /// Inserts a job or replaces the one of the same kind and key.
    pub async fn put_job(&self, job: NewJob) -> Result<JobId, Error> {
        let shared = &self.shared;
        let id = transaction!(shared, |tx| put_job(tx, shared, &job).await)?;
        shared.announce_work();
        Ok(id)
    }

    /// Ends a claimed job: deleted, or due again at `next_at`; without a new body it failed and keeps its count of attempts.
    /// `Error::Fenced` when somebody else claimed or replaced it.
    pub async fn finish_job(&self, id: JobId, epoch: i64, next_at: Option<Timestamp>, body: Option<Value>) -> Result<(), Error> {
        let key = vec![id.0.into(), epoch.into()];
        let result = match next_at {
            None => sql::exec(&self.shared.write, "DELETE FROM job WHERE id = $1 AND epoch = $2", key).await?,
            Some(at) => {
                let body = body.map(|body| payload::json(&body)).transpose()?;
                let sql =
                    "UPDATE job SET available_at = $3, lease_by = NULL, attempts = CASE WHEN $4 IS NULL THEN attempts ELSE 0 END,
                           body = COALESCE($4, body)
                           WHERE id = $1 AND epoch = $2";
                sql::exec(&self.shared.write, sql, [key, vec![at.ms().into(), body.into()]].concat()).await?
            }
        };
        if result.rows_affected() == 0 {
            return Err(Error::Fenced);
        }
        if next_at.is_some() {
            self.shared.announce_work();
        }
        Ok(())
    }

    /// Removes the job of this kind and key, if there is one.
    pub async fn delete_job(&self, kind: &str, key: &str) -> Result<(), Error> {
        sql::exec(&self.shared.write, "DELETE FROM job WHERE kind = $1 AND key = $2", vec![kind.into(), key.into()]).await?;
        Ok(())
    }
}

/// Replacing raises the epoch: whoever holds the old one cannot finish the new one.
pub(crate) async fn put_job(db: &impl ConnectionTrait, shared: &Shared, job: &NewJob) -> Result<JobId, Error> {
    let sql = "INSERT INTO job (id, workspace_id, workflow_id, queue, kind, key, blocked, priority, available_at, epoch, signalled, attempts,
               claims, claimed_seq, body) VALUES ($1, $2, $3, $4, $4, $5, 0, 0, $6, 0, 0, 0, 0, 0, $7)
               ON CONFLICT (kind, key) WHERE key IS NOT NULL DO UPDATE SET available_at = excluded.available_at, body = excluded.body,
               workspace_id = excluded.workspace_id, workflow_id = excluded.workflow_id, lease_by = NULL, attempts = 0,
               epoch = job.epoch + 1
               RETURNING id";
    let values: Vec<Bound> = vec![
        shared.next_id().into(),
        job.workspace.0.into(),
        job.workflow.map_or(0, |workflow| workflow.0).into(),
        job.kind.as_str().into(),
        job.key.as_str().into(),
        job.available_at.ms().into(),
        payload::json(&job.body)?.into(),
    ];
    let row = sql::one(db, sql, values).await?.ok_or_else(|| Error::Database("an upsert gave no row back".into()))?;
    Ok(JobId(sql::get(&row, 0)?))
}

async fn take(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    kind: &str,
    now: Timestamp,
    max: usize,
    lease_ms: i64,
) -> Result<Vec<ClaimedJob>, Error> {
    let sql = format!(
        "SELECT id, workspace_id, workflow_id, key, available_at, body, epoch, attempts FROM job
         WHERE queue = $1 AND blocked = 0 AND available_at <= $2 ORDER BY available_at, id LIMIT $3{}",
        skip_locked(shared.backend)
    );
    let mut claimed = Vec::new();
    for row in sql::all(tx, sql, vec![kind.into(), now.ms().into(), (max as i64).into()]).await? {
        let workflow: i64 = sql::get(&row, 2)?;
        let body: Option<Vec<u8>> = sql::get(&row, 5)?;
        claimed.push(ClaimedJob {
            id: JobId(sql::get(&row, 0)?),
            workspace: WorkspaceId(sql::get(&row, 1)?),
            workflow: (workflow != 0).then_some(WorkflowId(workflow)),
            kind: kind.to_owned(),
            key: sql::get::<Option<String>>(&row, 3)?.unwrap_or_default(),
            available_at: Timestamp(sql::get(&row, 4)?),
            body: body.map_or(Ok(Value::Null), |body| payload::from_json(&body))?,
            epoch: sql::get::<i64>(&row, 6)? + 1,
            attempts: u32::try_from(sql::get::<i64>(&row, 7)? + 1).unwrap_or(u32::MAX),
        });
    }
    let ids: Vec<i64> = claimed.iter().map(|job| job.id.0).collect();
    let head = "UPDATE job SET lease_by = $1, available_at = $2, epoch = epoch + 1, attempts = attempts + 1 WHERE id IN ";
    sql::all_in_with(tx, head, "", &[shared.node.id.into(), now.plus_ms(lease_ms).ms().into()], &ids).await?;
    Ok(claimed)
}

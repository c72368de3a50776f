//! Deliveries whose events are completed later, and replays.

use model::{
    Timestamp,
    ids::{DeliveryId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::Value as Bound;
use serde_json::Value;

use crate::{Error, NewJob, Store, payload, queue::put_job, sql, store::transaction};

/// A request whose events name only ids: it is kept whole before it is acknowledged, and a job fetches the rest.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    /// What the job needs: an object.
    pub body: Value,
    pub received_at: Timestamp,
    /// The kind of its job; its key is the delivery's id.
    pub job: String,
}

impl Store {
    /// Keeps a delivery with its job, in one commit.
    pub async fn keep_delivery(&self, new: NewDelivery) -> Result<DeliveryId, Error> {
        let shared = &self.shared;
        let id = DeliveryId(shared.next_id());
        transaction!(shared, |tx| {
            let sql = "INSERT INTO delivery (id, workspace_id, workflow_id, hook_key, state, headers, body, received_at)
                       VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7)";
            let values: Vec<Bound> = vec![
                id.0.into(),
                new.workspace.0.into(),
                new.workflow.0.into(),
                new.trigger.as_str().into(),
                Vec::<u8>::new().into(),
                payload::json(&new.body)?.into(),
                new.received_at.ms().into(),
            ];
            sql::exec(tx, sql, values).await?;
            let job = NewJob {
                workspace: new.workspace,
                workflow: Some(new.workflow),
                kind: new.job.clone(),
                key: id.to_string(),
                available_at: shared.now(),
                body: Value::Null,
            };
            put_job(tx, shared, &job).await?;
            Ok(())
        })?;
        shared.announce_work();
        Ok(id)
    }

    /// One that still waits.
    pub async fn pending_delivery(&self, id: DeliveryId) -> Result<Option<NewDelivery>, Error> {
        let sql =
            "SELECT workspace_id, workflow_id, hook_key, body, received_at FROM delivery WHERE id = $1 AND state = 'pending'";
        let Some(row) = sql::one(&self.shared.read, sql, vec![id.0.into()]).await? else { return Ok(None) };
        let body: Vec<u8> = sql::get(&row, 3)?;
        Ok(Some(NewDelivery {
            workspace: WorkspaceId(sql::get(&row, 0)?),
            workflow: WorkflowId(sql::get(&row, 1)?),
            trigger: TriggerId(sql::get(&row, 2)?),
            body: payload::from_json(&body)?,
            received_at: Timestamp(sql::get(&row, 4)?),
            job: String::new(),
        }))
    }

    /// Its events stand on their own; or, with a reason, it is given up and kept for a look.
    pub async fn end_delivery(&self, id: DeliveryId, failed: Option<&str>) -> Result<(), Error> {
        let (sql, values): (&str, Vec<Bound>) = match failed {
            None => ("DELETE FROM delivery WHERE id = $1", vec![id.0.into()]),
            Some(reason) => ("UPDATE delivery SET state = 'failed', reason = $2 WHERE id = $1", vec![id.0.into(), reason.into()]),
        };
        sql::exec(&self.shared.write, sql, values).await?;
        Ok(())
    }

    /// Remembers a signature until `expires`. False: it was seen with something else unsigned beside it, so somebody replays it.
    /// The same request once more is true again: its sender may not have heard the answer.
    pub async fn signature_is_new(
        &self,
        workspace: WorkspaceId,
        hook: &str,
        signature: &[u8; 32],
        unsigned: &[u8; 32],
        expires: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "INSERT INTO hook_signature (workspace_id, hook, hash, unsigned, expires_at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (workspace_id, hook, hash) DO UPDATE SET
                   unsigned = CASE WHEN hook_signature.expires_at <= $6 THEN excluded.unsigned ELSE hook_signature.unsigned END,
                   expires_at = CASE WHEN hook_signature.expires_at <= $6 THEN excluded.expires_at ELSE hook_signature.expires_at END
                   RETURNING unsigned";
        let values: Vec<Bound> = vec![
            workspace.0.into(),
            hook.into(),
            signature.to_vec().into(),
            unsigned.to_vec().into(),
            expires.ms().into(),
            self.now().ms().into(),
        ];
        let row = sql::one(&self.shared.write, sql, values).await?;
        let stands: Vec<u8> = match row {
            Some(row) => sql::get(&row, 0)?,
            None => return Err(Error::Database("an upsert gave no row back".into())),
        };
        Ok(stands == unsigned)
    }
}

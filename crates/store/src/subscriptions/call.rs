//! A call to a vendor: who makes it, and what came of it.

use model::{
    Timestamp,
    ids::{SecretId, SubscriptionId, WorkflowId},
};
use sea_orm::Value as Bound;
use serde_json::Value;

use super::{SubscriptionRow, new_key, row};
use crate::{Error, Store, payload, sql, store::transaction};

/// What the vendor gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// In the place of what was kept before.
    pub kept: Value,
    /// Absent: the one that was set before the call stays.
    pub secret: Option<SecretId>,
    pub expires_at: Option<Timestamp>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum CallOutcome {
    /// It works from now on; others of the trigger are to be taken away.
    Made(Made),
    /// `retry_at`: not before.
    Failed { code: String, message: String, retry_at: Timestamp },
    /// As `Failed`, and nobody knows what the vendor did: the next attempt uses another address, so that this one stays dead.
    Unknown { code: String, message: String, retry_at: Timestamp },
}

impl Store {
    /// Takes the turn to call the vendor until `until`; nothing while somebody else has it. `anew`: with another key, which leaves a
    /// webhook that may have been made before without an address. The row as it stands then.
    pub async fn begin_subscription_call(
        &self,
        id: SubscriptionId,
        until: Timestamp,
        anew: bool,
    ) -> Result<Option<SubscriptionRow>, Error> {
        let shared = &self.shared;
        let now = shared.now();
        let key = anew.then(new_key);
        let taken = transaction!(shared, |tx| {
            let sql = "UPDATE subscription SET busy_until = $2, updated_at = $3, hook_key = COALESCE($4, hook_key)
                       WHERE id = $1 AND (busy_until IS NULL OR busy_until <= $3)";
            let values: Vec<Bound> = vec![id.0.into(), until.ms().into(), now.ms().into(), key.clone().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Ok(None);
            }
            let found = sql::one(tx, format!("{} WHERE s.id = $1", super::COLUMNS), vec![id.0.into()]).await?;
            found.as_ref().map(row).transpose()
        })?;
        if let Some(row) = &taken {
            shared.cache.forget_workflow(row.workflow);
        }
        Ok(taken)
    }

    /// The secret its deliveries will be signed with; the one it replaces is deleted.
    pub async fn set_subscription_secret(&self, workflow: WorkflowId, id: SubscriptionId, secret: SecretId) -> Result<(), Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| replace_secret(tx, id, secret).await)?;
        shared.cache.forget_workflow(workflow);
        Ok(())
    }

    /// Keeps a vendor's secret that came with its first request, while there is none. False: there is one already.
    pub async fn claim_subscription_secret(
        &self,
        workflow: WorkflowId,
        id: SubscriptionId,
        secret: SecretId,
    ) -> Result<bool, Error> {
        let sql = "UPDATE subscription SET secret_id = $2 WHERE id = $1 AND secret_id IS NULL AND state = 'creating'";
        let done = sql::exec(&self.shared.write, sql, vec![id.0.into(), secret.0.into()]).await?;
        self.shared.cache.forget_workflow(workflow);
        Ok(done.rows_affected() > 0)
    }

    /// Ends the turn that lasted until `until`. False: it was over, and somebody else's word counts.
    pub async fn end_subscription_call(
        &self,
        of: &SubscriptionRow,
        until: Timestamp,
        outcome: &CallOutcome,
    ) -> Result<bool, Error> {
        let shared = &self.shared;
        let now = shared.now();
        let (id, guard) = (of.id.0, until.ms());
        let won = transaction!(shared, |tx| {
            let (sql, values): (&str, Vec<Bound>) = match outcome {
                CallOutcome::Made(made) => (
                    // One that was given up meanwhile is still taken away: what was made has to be known for that.
                    "UPDATE subscription SET busy_until = NULL, state = CASE WHEN state = 'ending' THEN state ELSE 'active' END,
                     kept = $3, expires_at = $4, since = COALESCE(since, $5), updated_at = $5, retry_at = NULL, failures = 0,
                     error_code = NULL, error = NULL WHERE id = $1 AND busy_until = $2",
                    vec![
                        id.into(),
                        guard.into(),
                        payload::json(&made.kept)?.into(),
                        made.expires_at.map(|at| at.ms()).into(),
                        now.ms().into(),
                    ],
                ),
                CallOutcome::Failed { code, message, retry_at } => (
                    "UPDATE subscription SET busy_until = NULL, failures = failures + 1, retry_at = $3, error_code = $4, error = $5,
                     updated_at = $6 WHERE id = $1 AND busy_until = $2",
                    failed(id, guard, *retry_at, code, message, now),
                ),
                // Still busy, in the past: as if the process had died.
                CallOutcome::Unknown { code, message, retry_at } => (
                    "UPDATE subscription SET busy_until = 0, failures = failures + 1, retry_at = $3, error_code = $4, error = $5,
                     updated_at = $6 WHERE id = $1 AND busy_until = $2",
                    failed(id, guard, *retry_at, code, message, now),
                ),
            };
            let won = sql::exec(tx, sql, values).await?.rows_affected() > 0;
            if let (true, CallOutcome::Made(made)) = (won, outcome) {
                if let Some(secret) = made.secret {
                    replace_secret(tx, of.id, secret).await?;
                }
                let others =
                    "UPDATE subscription SET state = 'ending', retry_at = NULL, failures = 0, error_code = NULL, error = NULL
                              WHERE workflow_id = $1 AND trigger_id = $2 AND id < $3 AND state <> 'ending'
                              AND EXISTS (SELECT 1 FROM subscription n WHERE n.id = $3 AND n.state = 'active')";
                sql::exec(tx, others, vec![of.workflow.0.into(), of.trigger.as_str().into(), id.into()]).await?;
            }
            Ok(won)
        })?;
        shared.cache.forget_workflow(of.workflow);
        Ok(won)
    }
}

fn failed(id: i64, guard: i64, retry_at: Timestamp, code: &str, message: &str, now: Timestamp) -> Vec<Bound> {
    vec![id.into(), guard.into(), retry_at.ms().into(), code.into(), message.into(), now.ms().into()]
}

async fn replace_secret(tx: &sea_orm::DatabaseTransaction, id: SubscriptionId, secret: SecretId) -> Result<(), Error> {
    let found = sql::one(tx, "SELECT secret_id FROM subscription WHERE id = $1", vec![id.0.into()]).await?;
    let before = found.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten();
    sql::exec(tx, "UPDATE subscription SET secret_id = $2 WHERE id = $1", vec![id.0.into(), secret.0.into()]).await?;
    if let Some(before) = before.filter(|before| *before != secret.0) {
        sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![before.into()]).await?;
    }
    Ok(())
}

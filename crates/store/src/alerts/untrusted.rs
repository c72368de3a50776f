//! Hosts whose certificates were refused: one row for each, however many calls meet it.

use model::{
    Timestamp,
    ids::{RunId, WorkflowId, WorkspaceId},
};
use sea_orm::Value;

use crate::{Error, Store, sql, store::transaction};

/// Hosts of a workspace that are kept. Data can name the host of a call, so that there may be any number of them.
const MOST: u64 = 50;

/// A call that was not made because of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    pub workspace: WorkspaceId,
    /// With its port unless that is 443.
    pub host: String,
    /// What is wrong with it, and who can mend it.
    pub message: String,
    pub workflow: Option<WorkflowId>,
    pub run: Option<RunId>,
}

/// A host whose certificate is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntrustedFact {
    pub host: String,
    pub message: String,
    /// The last ones that met it.
    pub workflow: Option<WorkflowId>,
    pub run: Option<RunId>,
    /// Calls that were not made.
    pub count: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// When the host was last asked for its certificate.
    pub checked_at: Timestamp,
}

impl Store {
    /// Counts a call that was not made. Beyond fifty hosts new ones are left out.
    pub async fn certificate_refused(&self, refused: &Untrusted) -> Result<(), Error> {
        let (shared, now) = (&self.shared, self.now().ms());
        transaction!(shared, |tx| {
            let values: Vec<Value> = vec![
                refused.workspace.0.into(),
                refused.host.as_str().into(),
                refused.message.as_str().into(),
                refused.workflow.map(|id| id.0).into(),
                refused.run.map(|id| id.0).into(),
                now.into(),
            ];
            let again = "UPDATE untrusted SET message = $3, workflow_id = $4, run_id = $5, count = count + 1, last_at = $6
                         WHERE workspace_id = $1 AND host = $2";
            if sql::exec(tx, again, values.clone()).await?.rows_affected() > 0 {
                return Ok(());
            }
            let known = "SELECT COUNT(*) FROM untrusted WHERE workspace_id = $1";
            let row = sql::one(tx, known, vec![refused.workspace.0.into()]).await?;
            let known = row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or_default();
            if known.unsigned_abs() >= MOST {
                return Ok(());
            }
            let new =
                "INSERT INTO untrusted (workspace_id, host, message, workflow_id, run_id, count, first_at, last_at, checked_at)
                       VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $6)
                       ON CONFLICT (workspace_id, host) DO UPDATE SET count = untrusted.count + 1, last_at = excluded.last_at";
            sql::exec(tx, new, values).await?;
            Ok(())
        })
    }

    /// The hosts whose certificates are refused.
    pub async fn untrusted_hosts(&self, workspace: WorkspaceId) -> Result<Vec<UntrustedFact>, Error> {
        let sql = "SELECT host, message, workflow_id, run_id, count, first_at, last_at, checked_at FROM untrusted
                   WHERE workspace_id = $1 ORDER BY host";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            facts.push(UntrustedFact {
                host: sql::get(&row, 0)?,
                message: sql::get(&row, 1)?,
                workflow: sql::get::<Option<i64>>(&row, 2)?.map(WorkflowId),
                run: sql::get::<Option<i64>>(&row, 3)?.map(RunId),
                count: sql::get::<i64>(&row, 4)?.unsigned_abs(),
                first_at: Timestamp(sql::get(&row, 5)?),
                last_at: Timestamp(sql::get(&row, 6)?),
                checked_at: Timestamp(sql::get(&row, 7)?),
            });
        }
        Ok(facts)
    }

    /// The host was asked and is still refused. `message`: why, now.
    pub async fn certificate_checked(&self, workspace: WorkspaceId, host: &str, message: &str) -> Result<(), Error> {
        let sql = "UPDATE untrusted SET checked_at = $3, message = $4 WHERE workspace_id = $1 AND host = $2";
        let values: Vec<Value> = vec![workspace.0.into(), host.into(), self.now().ms().into(), message.into()];
        sql::exec(&self.shared.write, sql, values).await?;
        Ok(())
    }

    /// The host is trusted, or nobody calls it any more. A call that met it after `last` keeps it. Gives back whether it is forgotten.
    pub async fn forget_untrusted(&self, workspace: WorkspaceId, host: &str, last: Timestamp) -> Result<bool, Error> {
        let sql = "DELETE FROM untrusted WHERE workspace_id = $1 AND host = $2 AND last_at <= $3";
        let values: Vec<Value> = vec![workspace.0.into(), host.into(), last.ms().into()];
        Ok(sql::exec(&self.shared.write, sql, values).await?.rows_affected() > 0)
    }
}

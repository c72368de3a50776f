//! How much of each workflow is kept, from counters that commits keep.

use model::{
    Role,
    definition::Settings,
    ids::{WorkflowId, WorkspaceId},
};

use crate::{Error, Scope, Store, payload, sql};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowUsage {
    pub workflow: WorkflowId,
    pub name: String,
    /// Ended ones, without tests.
    pub runs: u64,
    /// Of events, journals and long values of ended runs, tests included; without indexes and free pages.
    pub bytes: u64,
}

/// A workflow that may keep only so much data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetFact {
    pub workflow: WorkflowId,
    pub name: String,
    /// As [`WorkflowUsage::bytes`].
    pub bytes: u64,
    pub budget_bytes: u64,
}

const SUMS: &str = "CAST(SUM(r.succeeded + r.failed + r.filtered + r.cancelled) AS BIGINT), CAST(SUM(r.bytes) AS BIGINT)";

impl Store {
    /// What ended runs of each workflow take, the largest first.
    pub async fn usage(&self, scope: &Scope) -> Result<Vec<WorkflowUsage>, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!(
            "SELECT r.workflow_id, w.name, {SUMS} FROM rollup r LEFT JOIN workflow w ON w.id = r.workflow_id
             WHERE r.workspace_id = $1 AND r.width = 0 GROUP BY r.workflow_id, w.name ORDER BY 4 DESC, 1"
        );
        let mut usage = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![scope.workspace.0.into()]).await? {
            let (runs, bytes): (i64, i64) = (sql::get(&row, 2)?, sql::get(&row, 3)?);
            usage.push(WorkflowUsage {
                workflow: WorkflowId(sql::get(&row, 0)?),
                name: sql::get::<Option<String>>(&row, 1)?.unwrap_or_default(),
                runs: runs.max(0).unsigned_abs(),
                bytes: bytes.max(0).unsigned_abs(),
            });
        }
        Ok(usage)
    }

    /// Workflows whose live versions say how much data they may keep, with how much they do.
    pub async fn budgets(&self, workspace: WorkspaceId) -> Result<Vec<BudgetFact>, Error> {
        let sql = "SELECT id, name, live_settings FROM workflow
                   WHERE workspace_id = $1 AND deleted_at IS NULL AND live_settings IS NOT NULL ORDER BY id";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            // Settings that cannot be read are told of where something is expected of the workflow: once is enough.
            let Ok(settings) = payload::from_json::<Settings>(&sql::get::<Vec<u8>>(&row, 2)?) else { continue };
            let Some(budget_bytes) = settings.retention.budget_bytes else { continue };
            let id: i64 = sql::get(&row, 0)?;
            let (_, bytes) = self.kept(id).await?;
            facts.push(BudgetFact { workflow: WorkflowId(id), name: sql::get(&row, 1)?, bytes, budget_bytes });
        }
        Ok(facts)
    }

    /// Runs and bytes of one.
    pub(super) async fn kept(&self, workflow: i64) -> Result<(u64, u64), Error> {
        let sql = format!("SELECT {SUMS} FROM rollup r WHERE r.workflow_id = $1 AND r.width = 0 AND r.bucket_at = 0");
        let row = sql::one(&self.shared.read, sql, vec![workflow.into()]).await?;
        let Some(row) = row else { return Ok((0, 0)) };
        let number =
            |index| -> Result<u64, Error> { Ok(sql::get::<Option<i64>>(&row, index)?.unwrap_or(0).max(0).unsigned_abs()) };
        Ok((number(0)?, number(1)?))
    }
}

//! How many runs of a workflow ended in each quarter of an hour, for whoever looks for a rhythm.

use model::{Role, Timestamp, ids::WorkflowId, past::Quarter};

use super::QUARTER;
use crate::{Error, Scope, Store, sql};

impl Store {
    /// From the figures, not from events: what was gathered since `since`, tests left out. A run counts when it ends, which for those that
    /// wait is later than its event.
    pub async fn past_events(&self, scope: &Scope, workflow: WorkflowId, since: Timestamp) -> Result<Vec<Quarter>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT bucket_at, CAST(SUM(succeeded + failed + filtered + cancelled) AS BIGINT) FROM tally
                   WHERE workspace_id = $1 AND workflow_id = $2 AND width = $3 AND bucket_at >= $4
                   GROUP BY bucket_at ORDER BY bucket_at";
        let values = [scope.workspace.0, workflow.0, QUARTER, since.ms()].map(Into::into).to_vec();
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let quarter = |row| {
            let events = sql::get::<i64>(row, 1)?.max(0).unsigned_abs();
            Ok(Quarter { at: Timestamp(sql::get(row, 0)?), events })
        };
        rows.iter().map(quarter).collect()
    }
}

//! What waits in a workspace, and for what.

use std::collections::HashMap;

use model::{
    Role, Timestamp,
    api::{Backlog, Batch, Lane, RunSummary},
    ids::{RunId, StepId, WorkflowId},
};

use sea_orm::QueryResult;

use crate::{Error, MASK, Scope, Store, ids, sql};

/// Batches, and lanes, in an answer.
const MOST: usize = 200;

/// Of each lane in which somebody waits: the last one that may go on is whom the others wait for.
const BLOCKED: &str = "WITH lanes (lane, waiting, head) AS (
        SELECT lane, SUM(CASE WHEN blocked % 2 = 1 THEN 1 ELSE 0 END), MAX(CASE WHEN blocked % 2 = 1 THEN NULL ELSE position END)
        FROM job WHERE workflow_id = $1 AND workspace_id = $2 AND lane IS NOT NULL GROUP BY lane
    )
    SELECT l.lane, CAST(l.waiting AS BIGINT), j.run_id FROM lanes l
    JOIN job j ON j.workflow_id = $1 AND j.lane = l.lane AND j.position = l.head
    WHERE l.waiting > 0 AND j.run_id IS NOT NULL ORDER BY l.waiting DESC, l.lane LIMIT ";

const QUEUED: &str = "SELECT workflow_id, COUNT(*), MIN(created_at) FROM run
    WHERE workspace_id = $1 AND status = 'queued' AND kind <> 'test' GROUP BY workflow_id";

const HELD: &str = "SELECT workflow_id, COUNT(*), MIN(received_at) FROM event
    WHERE workflow_id IN (SELECT id FROM workflow WHERE workspace_id = $1 AND deleted_at IS NULL)
    AND state = 'held' AND state <> 'accepted' GROUP BY workflow_id";

/// A batch is named after the moment it was opened in, as every row.
const BATCHES: &str = "SELECT c.step, c.label, c.count, c.batch, j.available_at FROM collect c
    LEFT JOIN job j ON j.kind = 'collect' AND j.key = CAST(c.batch AS TEXT)
    WHERE c.workflow_id = $1 AND c.workspace_id = $2 AND c.count > 0 ORDER BY c.batch LIMIT ";

impl Store {
    /// The batches a workflow's collect steps are gathering now, the oldest first.
    pub async fn open_batches(&self, scope: &Scope, workflow: WorkflowId) -> Result<Vec<Batch>, Error> {
        scope.require(Role::Viewer)?;
        self.workflow(scope, workflow).await?;
        let values = vec![workflow.0.into(), scope.workspace.0.into()];
        let rows = sql::all(&self.shared.read, format!("{BATCHES}{MOST}"), values).await?;
        let batch = |row: &QueryResult| {
            Ok(Batch {
                step: StepId(sql::get(row, 0)?),
                key: sql::get(row, 1)?,
                count: sql::get::<i64>(row, 2)?.unsigned_abs(),
                opened_at: ids::time_of(sql::get(row, 3)?),
                closes_at: sql::get::<Option<i64>>(row, 4)?.map(Timestamp),
            })
        };
        rows.iter().map(batch).collect()
    }

    /// Order keys of a workflow in which runs wait behind another one, the longest queue first.
    pub async fn blocked_lanes(&self, scope: &Scope, workflow: WorkflowId) -> Result<Vec<Lane>, Error> {
        scope.require(Role::Viewer)?;
        // Also says when it is not one of theirs.
        self.workflow(scope, workflow).await?;
        let values = vec![workflow.0.into(), scope.workspace.0.into()];
        let rows = sql::all(&self.shared.read, format!("{BLOCKED}{MOST}"), values).await?;
        let mut found: Vec<(String, u64, RunId)> = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push((sql::get(row, 0)?, sql::get::<i64>(row, 1)?.unsigned_abs(), RunId(sql::get(row, 2)?)));
        }
        let heads: Vec<RunId> = found.iter().map(|(_, _, head)| *head).collect();
        let heads = self.runs_by_id(scope.workspace, &heads).await?;
        let mut heads: HashMap<RunId, _> = heads.into_iter().map(|run| (run.id, run)).collect();
        let mut lanes = Vec::with_capacity(found.len());
        for (order_key, waiting, head) in found {
            // One that has ended in between keeps nobody waiting any more.
            let Some(head) = heads.remove(&head) else { continue };
            let order_key = self.masked_key(scope, &head, order_key).await?;
            lanes.push(Lane { order_key, head, waiting });
        }
        Ok(lanes)
    }

    /// An order key comes from the event, so it may repeat a masked field of it. All runs of a lane have the key of the first one.
    async fn masked_key(&self, scope: &Scope, head: &RunSummary, order_key: String) -> Result<String, Error> {
        match self.masking_of_run(scope, head.workflow, head.id, head.event).await {
            Ok(masking) => Ok(masking.and_then(|mut masking| masking.text(&order_key)).unwrap_or(order_key)),
            // What it hides is for a newer version to say.
            Err(Error::SchemaTooNew { .. }) => Ok(MASK.to_owned()),
            Err(error) => Err(error),
        }
    }

    /// What has not begun, per workflow, the longest wait first.
    pub async fn backlogs(&self, scope: &Scope) -> Result<Vec<Backlog>, Error> {
        scope.require(Role::Viewer)?;
        let own: sea_orm::Value = scope.workspace.0.into();
        let mut backlogs: HashMap<i64, Backlog> = HashMap::new();
        for (statement, held) in [(QUEUED, false), (HELD, true)] {
            for row in sql::all(&self.shared.read, statement, vec![own.clone()]).await? {
                let workflow = sql::get::<i64>(&row, 0)?;
                let (count, oldest) = (sql::get::<i64>(&row, 1)?.unsigned_abs(), Timestamp(sql::get(&row, 2)?));
                let backlog = backlogs.entry(workflow).or_insert_with(|| Backlog {
                    workflow: WorkflowId(workflow),
                    workflow_name: String::new(),
                    runs: 0,
                    held: 0,
                    oldest_at: oldest,
                });
                if held {
                    backlog.held = count
                } else {
                    backlog.runs = count
                }
                backlog.oldest_at = backlog.oldest_at.min(oldest);
            }
        }
        let ids: Vec<i64> = backlogs.keys().copied().collect();
        for row in sql::all_in_with(
            &self.shared.read,
            "SELECT id, name FROM workflow WHERE workspace_id = $1 AND id IN ",
            "",
            &[own],
            &ids,
        )
        .await?
        {
            if let Some(backlog) = backlogs.get_mut(&sql::get(&row, 0)?) {
                backlog.workflow_name = sql::get(&row, 1)?;
            }
        }
        let mut backlogs: Vec<Backlog> = backlogs.into_values().collect();
        backlogs.sort_unstable_by_key(|backlog| (backlog.oldest_at, backlog.workflow));
        Ok(backlogs)
    }
}

//! Forgetting, a slice at a time, so that nobody waits long for the writer.

mod delete;
mod erase;
mod sweep;
mod usage;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use model::{
    Timestamp,
    definition::{KeepPayloads, Retention, Settings},
    ids::WorkspaceId,
    run::RunStatus,
};
use sea_orm::Value;

use crate::{Error, Store, ids, payload, sql};

pub use usage::{BudgetFact, WorkflowUsage};

const DAY_MS: i64 = 24 * 3_600_000;
/// Data that is not to be kept stays for so long after a run's end, in milliseconds: whoever waits for the run's answer reads it.
pub(crate) const GRACE_MS: i64 = 60_000;
/// How long one slice may keep the writer.
const SLICE: Duration = Duration::from_millis(5);
const MOST_PER_SLICE: usize = 256;

/// Of a run `r`: no run that lives reads its files. Those it started without waiting for them do, and those its item was gathered for.
const NOT_NEEDED: &str = "NOT EXISTS (SELECT 1 FROM run c WHERE c.parent_run_id = r.id AND c.finished_at IS NULL)
    AND r.id NOT IN (SELECT i.run_id FROM collect_item i)
    AND r.id NOT IN (SELECT m.member_run_id FROM job j JOIN collect_member m ON m.run_id = j.run_id)";

/// How much fits into a slice, learnt from the last ones.
#[derive(Debug)]
pub(crate) struct Pace(AtomicUsize);

impl Default for Pace {
    fn default() -> Self {
        Pace(AtomicUsize::new(16))
    }
}

impl Pace {
    fn size(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn took(&self, time: Duration) {
        let size = self.size();
        let next = if time > SLICE {
            size / 2
        } else if time < SLICE / 2 {
            size * 2
        } else {
            size
        };
        self.0.store(next.clamp(1, MOST_PER_SLICE), Ordering::Relaxed);
    }
}

/// A workflow and what its live version says of keeping.
struct Keeping {
    workflow: i64,
    retention: Retention,
}

impl Store {
    /// Deletes up to `most` runs, with their journals, long values and events, that were created and ended before `before` (failed ones:
    /// before `failed_before`), and as many events that never ran. Workflows that say how long they keep their runs, how many, and how
    /// much of their data, are kept to that. How many runs and events went or lost their data; repeat until 0.
    pub async fn delete_ended_runs(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        failed_before: Timestamp,
        most: u32,
    ) -> Result<u64, Error> {
        let keeping = self.keeping(workspace).await?;
        let own = keeping.iter().filter(|of| of.retention.days.is_some() || of.retention.failed_days.is_some());
        let own: Vec<i64> = own.map(|of| of.workflow).collect();
        let mut gone = self.delete_old(workspace, Of::AllBut(&own), before, failed_before, most).await?;
        gone += self.delete_idle_events(workspace, before, most).await?;
        let now = self.now();
        for Keeping { workflow, retention } in &keeping {
            if own.contains(workflow) {
                let since =
                    |days: Option<u32>, default: Timestamp| days.map_or(default, |days| now.plus_ms(-i64::from(days) * DAY_MS));
                let (before, failed_before) = (since(retention.days, before), since(retention.failed_days, failed_before));
                gone += self.delete_old(workspace, Of::One(*workflow), before, failed_before, most).await?;
            }
            gone += self.keep_to(*workflow, retention, most).await?;
        }
        Ok(gone)
    }

    /// Workflows that do not keep everything as the instance does.
    async fn keeping(&self, workspace: WorkspaceId) -> Result<Vec<Keeping>, Error> {
        let sql = "SELECT id, live_settings FROM workflow WHERE workspace_id = $1 AND live_settings IS NOT NULL ORDER BY id";
        let mut keeping = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into()]).await? {
            let settings: Vec<u8> = sql::get(&row, 1)?;
            let retention = payload::from_json::<Settings>(&settings)?.retention;
            if !retention.is_default() {
                keeping.push(Keeping { workflow: sql::get(&row, 0)?, retention });
            }
        }
        Ok(keeping)
    }

    async fn delete_old(
        &self,
        workspace: WorkspaceId,
        of: Of<'_>,
        before: Timestamp,
        failed_before: Timestamp,
        most: u32,
    ) -> Result<u64, Error> {
        // Children go with their parents.
        let sql = format!(
            "SELECT r.id FROM run r WHERE r.workspace_id = $1 AND r.id < $2 AND {}
             (r.status IN ('succeeded', 'filtered', 'cancelled') AND r.finished_at < $3 OR r.status = 'failed' AND r.finished_at < $4)
             AND (r.parent_run_id IS NULL OR NOT EXISTS (SELECT 1 FROM run p WHERE p.id = r.parent_run_id)) AND {NOT_NEEDED}
             ORDER BY r.id LIMIT $5",
            of.condition()
        );
        let values: Vec<Value> = vec![
            workspace.0.into(),
            ids::first_at(before.max(failed_before)).into(),
            before.ms().into(),
            failed_before.ms().into(),
            i64::from(most).into(),
        ];
        let runs = self.ids(&sql, values).await?;
        self.delete_in_slices(&runs).await
    }

    /// Number of runs, what is kept of their data, and how much.
    async fn keep_to(&self, workflow: i64, retention: &Retention, most: u32) -> Result<u64, Error> {
        let mut gone = 0;
        let (runs, bytes) = self.kept(workflow).await?;
        if let Some(limit) = retention.most_runs {
            let excess = runs.saturating_sub(limit).min(u64::from(most));
            for failed in [false, true] {
                let left = excess.saturating_sub(gone);
                if left > 0 {
                    let runs = self.oldest_ended(workflow, failed, false, self.now(), left).await?;
                    gone += self.delete_in_slices(&runs).await?;
                }
            }
        }
        let ended_before = self.now().plus_ms(-GRACE_MS);
        let kinds: &[bool] = match retention.payloads {
            KeepPayloads::Always => &[],
            KeepPayloads::Failures => &[false],
            KeepPayloads::Never => &[false, true],
        };
        for failed in kinds {
            let runs = self.oldest_ended(workflow, *failed, true, ended_before, u64::from(most)).await?;
            gone += self.erase_in_slices(&runs).await?;
        }
        if let Some(budget) = retention.budget_bytes.filter(|budget| bytes > *budget) {
            gone += self.erase_to(workflow, bytes - budget, ended_before, most).await?;
        }
        Ok(gone)
    }

    /// Drops the data of the oldest ended runs until so many bytes are free.
    async fn erase_to(&self, workflow: i64, excess: u64, ended_before: Timestamp, most: u32) -> Result<u64, Error> {
        let sql = format!(
            "SELECT r.id, r.bytes FROM run r WHERE r.workflow_id = $1 AND r.erased_at IS NULL AND r.finished_at < $2
             AND {NOT_NEEDED} ORDER BY r.id LIMIT $3"
        );
        let values = vec![workflow.into(), ended_before.ms().into(), i64::from(most).into()];
        let (mut runs, mut freed) = (Vec::new(), 0);
        for row in sql::all(&self.shared.read, &sql, values).await? {
            if freed >= excess {
                break;
            }
            runs.push(sql::get(&row, 0)?);
            freed += sql::get::<i64>(&row, 1)?.unsigned_abs();
        }
        self.erase_in_slices(&runs).await
    }

    async fn oldest_ended(
        &self,
        workflow: i64,
        failed: bool,
        with_data: bool,
        ended_before: Timestamp,
        most: u64,
    ) -> Result<Vec<i64>, Error> {
        let status = if failed { "= 'failed'" } else { "IN ('succeeded', 'filtered', 'cancelled')" };
        let data = if with_data { "AND r.erased_at IS NULL" } else { "AND r.kind <> 'test'" };
        let sql = format!(
            "SELECT r.id FROM run r WHERE r.workflow_id = $1 AND r.status {status} {data} AND r.finished_at <= $2 AND {NOT_NEEDED}
             ORDER BY r.id LIMIT $3"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.ids(&sql, vec![workflow.into(), ended_before.ms().into(), most.into()]).await
    }

    async fn ids(&self, sql: &str, values: Vec<Value>) -> Result<Vec<i64>, Error> {
        sql::all(&self.shared.read, sql, values).await?.iter().map(|row| sql::get(row, 0)).collect()
    }

    /// Lets others at the writer between two slices: as long as the slice took, and until nobody waits for an acknowledgement.
    pub(crate) async fn let_others_write(&self, since: Instant) {
        let took = since.elapsed();
        self.shared.pace.took(took);
        tokio::time::sleep(took.min(Duration::from_millis(50))).await;
        for _ in 0..100 {
            if !self.commits_wait() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Whose runs.
enum Of<'a> {
    One(i64),
    AllBut(&'a [i64]),
}

impl Of<'_> {
    /// Only our own numbers get into the statement.
    fn condition(&self) -> String {
        match self {
            Of::One(workflow) => format!("r.workflow_id = {workflow} AND"),
            Of::AllBut([]) => String::new(),
            Of::AllBut(workflows) => {
                let list: Vec<String> = workflows.iter().map(i64::to_string).collect();
                format!("r.workflow_id NOT IN ({}) AND", list.join(", "))
            }
        }
    }
}

/// The status of a row that is known to have ended.
pub(crate) fn ended_status(text: &str) -> RunStatus {
    RunStatus::parse(text).unwrap_or(RunStatus::Cancelled)
}

use crate::store::transaction;
use model::{
    Role,
    ids::{RunId, WorkflowId, WorkspaceId},
    run::{RunEvent, RunEventKind, RunStatus},
};
use sea_orm::{DatabaseTransaction, Value};

use crate::{
    Error, RunChange, Scope, Store,
    dialect::for_update,
    payload::{self, FORMAT},
    sql,
    store::Shared,
    watch::Reply,
};

impl Store {
    /// Ends a run now: raises its epoch (whoever holds it loses it), writes the end, deletes the job.
    pub async fn cancel(&self, scope: &Scope, run: RunId) -> Result<(), Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        let by = scope.actor.name();
        let changes = transaction!(shared, |tx| {
            let sql = "SELECT status FROM run WHERE id = $1 AND workspace_id = $2";
            let row = sql::one(tx, sql, vec![run.0.into(), scope.workspace.0.into()]).await?.ok_or(Error::NotFound("the run"))?;
            let status: String = sql::get(&row, 0)?;
            if RunStatus::parse(&status).is_none_or(RunStatus::is_final) {
                return Err(Error::Ended);
            }
            cancel_runs(tx, shared, &[run.0], &by).await
        })?;
        if changes.is_empty() {
            return Err(Error::Ended);
        }
        shared.announce_cancelled(&changes, &by);
        Ok(())
    }
}

/// Cancels those of the runs that live, within the caller's transaction.
pub(crate) async fn cancel_runs(
    tx: &DatabaseTransaction,
    shared: &Shared,
    runs: &[i64],
    by: &str,
) -> Result<Vec<RunChange>, Error> {
    let mut runs = runs.to_vec();
    runs.sort_unstable();
    // Locked in the order every writer of several runs keeps to.
    let tail = format!(" ORDER BY id{}", for_update(shared.backend));
    sql::all_in(tx, "SELECT id FROM run WHERE id IN ", &tail, &runs).await?;
    let now = shared.now();
    let head =
        "UPDATE run SET epoch = epoch + 1, seq = seq + 1, status = 'cancelled', hold = NULL, hold_ref = NULL, wake_at = NULL,
                finished_at = $1 WHERE status NOT IN ('succeeded', 'filtered', 'failed', 'cancelled') AND id IN ";
    let tail = " RETURNING id, workspace_id, workflow_id, seq";
    let rows = sql::all_in_with(tx, head, tail, &[now.ms().into()], &runs).await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        changes.push(RunChange {
            run: RunId(sql::get(&row, 0)?),
            workspace: WorkspaceId(sql::get(&row, 1)?),
            workflow: WorkflowId(sql::get(&row, 2)?),
            seq: sql::get(&row, 3)?,
            status: RunStatus::Cancelled,
        });
    }
    let events = payload::json(&[ended(now, by)])?;
    let commit = shared.next_id();
    for change in &changes {
        let values: Vec<Value> =
            vec![change.run.0.into(), change.seq.into(), now.ms().into(), FORMAT.into(), commit.into(), events.clone().into()];
        let insert = "INSERT INTO journal (run_id, seq, at, format, commit_id, events) VALUES ($1, $2, $3, $4, $5, $6)";
        sql::exec(tx, insert, values).await?;
    }
    let cancelled: Vec<i64> = changes.iter().map(|change| change.run.0).collect();
    sql::exec_in(tx, "DELETE FROM job WHERE id IN ", "", &cancelled).await?;
    sql::exec_in(tx, "DELETE FROM signal WHERE run_id IN ", "", &cancelled).await?;
    Ok(changes)
}

fn ended(at: model::Timestamp, by: &str) -> RunEvent {
    RunEvent {
        at,
        kind: RunEventKind::RunFinished { status: RunStatus::Cancelled, error: None, message: None, by: Some(by.to_owned()) },
    }
}

impl Shared {
    /// After the commit.
    pub(crate) fn announce_cancelled(&self, changes: &[RunChange], by: &str) {
        for change in changes {
            if let Some(found) = Reply::of(&[ended(self.now(), by)]) {
                self.replies.give(change.run, found);
            }
            self.announce(*change);
        }
    }
}

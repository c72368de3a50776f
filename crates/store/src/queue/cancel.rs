use crate::store::transaction;
use model::{
    Role,
    ids::{RunId, StepPath, WorkflowId, WorkspaceId},
    run::{RunEvent, RunEventKind, RunStatus},
};
use sea_orm::{DatabaseTransaction, Value};
use serde_json::json;

use super::BEHIND;
use crate::{
    Error, RunChange, Scope, Store, audit,
    dialect::for_update,
    payload::{self, FORMAT},
    sql,
    store::Shared,
    watch::Reply,
    writer::{ChildEnd, Ended, Happened, JOURNAL, Leaving, leave_lanes, lock_ahead, roll_up, signal_parents},
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
            audit::by(tx, shared, scope, "run.cancelled", run, serde_json::json!({})).await?;
            cancel_runs(tx, shared, &[run.0], &by).await
        })?;
        if changes.is_empty() {
            return Err(Error::Ended);
        }
        shared.announce_cancelled(&changes, &by);
        Ok(())
    }
}

/// The runs that were started by these, and by those, and so on.
const DESCENDANTS: &str = "WITH RECURSIVE family (id) AS (
        SELECT r.id FROM run r WHERE r.id IN ";
const DESCENDANTS_TAIL: &str = " UNION SELECT r.id FROM run r JOIN family f ON r.parent_run_id = f.id
    ) SELECT f.id FROM family f";

/// Cancels those of the runs that live, with the runs they have started, within the caller's transaction.
pub(crate) async fn cancel_runs(
    tx: &DatabaseTransaction,
    shared: &Shared,
    runs: &[i64],
    by: &str,
) -> Result<Vec<RunChange>, Error> {
    let mut family = Vec::with_capacity(runs.len());
    for row in sql::all_in(tx, DESCENDANTS, DESCENDANTS_TAIL, runs).await? {
        family.push(sql::get(&row, 0)?);
    }
    family.sort_unstable();
    family.dedup();
    let runs = family;
    // Locked in the order every writer of several runs keeps to: lanes first.
    lock_ahead(tx, [], &runs).await?;
    let tail = format!(" ORDER BY id{}", for_update(shared.backend));
    sql::all_in(tx, "SELECT id FROM run WHERE id IN ", &tail, &runs).await?;
    let now = shared.now();
    let events = payload::row(&[ended(now, by)])?;
    let head =
        "UPDATE run SET epoch = epoch + 1, seq = seq + 1, status = 'cancelled', hold = NULL, hold_ref = NULL, wake_at = NULL,
                finished_at = $1, bytes = bytes + $2
                WHERE status NOT IN ('succeeded', 'filtered', 'failed', 'cancelled') AND id IN ";
    let tail = " RETURNING id, workspace_id, workflow_id, seq, kind, created_at, bytes, parent_run_id, parent_path,
                started_at, retries";
    let rows = sql::all_in_with(tx, head, tail, &[now.ms().into(), (events.len() as i64).into()], &runs).await?;
    let (mut changes, mut ends, mut counted) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
    for row in rows {
        let change = RunChange {
            run: RunId(sql::get(&row, 0)?),
            workspace: WorkspaceId(sql::get(&row, 1)?),
            workflow: WorkflowId(sql::get(&row, 2)?),
            seq: sql::get(&row, 3)?,
            status: RunStatus::Cancelled,
        };
        counted.push(Ended {
            workspace: change.workspace.0,
            workflow: change.workflow.0,
            counts: sql::get::<String>(&row, 4)? != "test",
            status: RunStatus::Cancelled,
            created_at: sql::get(&row, 5)?,
            started_at: sql::get(&row, 9)?,
            finished_at: now.ms(),
            retries: sql::get(&row, 10)?,
            bytes: sql::get(&row, 6)?,
        });
        if let (Some(parent), Some(path)) = (sql::get::<Option<i64>>(&row, 7)?, sql::get::<Option<String>>(&row, 8)?) {
            let body = json!({ "run": change.run, "status": "cancelled", "output": null, "error": null });
            ends.push((RunId(parent), StepPath(path), payload::json(&body)?));
        }
        changes.push(change);
    }
    let commit = shared.next_id();
    let journal = changes.iter().flat_map(|change| {
        let (run, seq) = (change.run.0, change.seq);
        [Value::from(run), seq.into(), now.ms().into(), FORMAT.into(), commit.into(), events.clone().into()]
    });
    JOURNAL.exec(tx, journal.collect()).await?;
    let cancelled: Vec<i64> = changes.iter().map(|change| change.run.0).collect();
    let mut leaving = Vec::new();
    for row in sql::all_in(tx, "DELETE FROM job WHERE id IN ", " RETURNING workflow_id, lane, blocked", &cancelled).await? {
        if let Some(lane) = sql::get::<Option<String>>(&row, 1)? {
            leaving.push(Leaving { workflow: sql::get(&row, 0)?, lane, was_first: sql::get::<i64>(&row, 2)? & BEHIND == 0 });
        }
    }
    leave_lanes(tx, &leaving).await?;
    sql::exec_in(tx, "DELETE FROM signal WHERE run_id IN ", "", &cancelled).await?;
    sql::exec_in(tx, "DELETE FROM snapshot WHERE run_id IN ", "", &cancelled).await?;
    // Parents that are cancelled as well have no job any more and hear nothing.
    let ends: Vec<ChildEnd<'_>> = ends.iter().map(|(parent, path, body)| ChildEnd { parent: *parent, path, body }).collect();
    signal_parents(tx, shared, &ends, &[]).await?;
    roll_up(tx, shared, &counted, Happened::default()).await?;
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
            self.gates.free(change.workflow);
        }
        if !changes.is_empty() {
            // Parents hear of it, and others of their lanes may begin.
            self.announce_work();
        }
    }
}

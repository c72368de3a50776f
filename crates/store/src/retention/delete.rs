//! Taking runs away with everything they own.

use std::{collections::HashSet, time::Instant};

use model::{
    Role, Timestamp,
    ids::{RunId, WorkspaceId},
};
use sea_orm::DatabaseTransaction;

use super::ended_status;
use crate::{
    Error, Scope, Store, audit,
    dialect::for_update,
    ids, sql,
    store::{Shared, transaction},
    writer::{Ended, subtract},
};

/// Ended runs among the descendants of a list of runs, and those runs themselves.
const FAMILY: &str = "WITH RECURSIVE family (id) AS (SELECT r.id FROM run r WHERE r.id IN ";
const FAMILY_TAIL: &str = " UNION SELECT r.id FROM run r JOIN family f ON r.parent_run_id = f.id)
    SELECT r.id, r.workspace_id, r.workflow_id, r.kind, r.status, r.created_at, r.finished_at, r.bytes, r.event_id
    FROM family f JOIN run r ON r.id = f.id WHERE r.finished_at IS NOT NULL";

impl Store {
    /// Deletes a run that has ended, on a person's behalf, with the runs it started. `Error::Invalid` while it lives.
    pub async fn delete_run(&self, scope: &Scope, run: RunId) -> Result<(), Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let sql = "SELECT finished_at FROM run WHERE id = $1 AND workspace_id = $2";
            let row = sql::one(tx, sql, vec![run.0.into(), scope.workspace.0.into()]).await?.ok_or(Error::NotFound("the run"))?;
            if sql::get::<Option<i64>>(&row, 0)?.is_none() {
                return Err(Error::Invalid("the run has not ended; cancel it first".into()));
            }
            audit::by(tx, shared, scope, "run.deleted", run, serde_json::json!({})).await?;
            delete_runs(tx, shared, &[run.0]).await
        })?;
        Ok(())
    }

    pub(crate) async fn delete_in_slices(&self, runs: &[i64]) -> Result<u64, Error> {
        let shared = &self.shared;
        let (mut gone, mut left) = (0, runs);
        while !left.is_empty() {
            let (slice, rest) = left.split_at(shared.pace.size().min(left.len()));
            let since = Instant::now();
            gone += transaction!(shared, |tx| delete_runs(tx, shared, slice).await)?;
            self.let_others_write(since).await;
            left = rest;
        }
        Ok(gone)
    }

    /// Events that never ran.
    pub(super) async fn delete_idle_events(&self, workspace: WorkspaceId, before: Timestamp, most: u32) -> Result<u64, Error> {
        let sql = "SELECT id FROM event WHERE workspace_id = $1 AND id < $2 AND state <> 'accepted' AND state <> 'held'
                   ORDER BY id LIMIT $3";
        let values = vec![workspace.0.into(), ids::first_at(before).into(), i64::from(most).into()];
        let events = self.ids(sql, values).await?;
        self.delete_events(&events).await?;
        Ok(events.len() as u64)
    }

    /// With their long values and files, a slice at a time.
    pub(crate) async fn delete_events(&self, events: &[i64]) -> Result<(), Error> {
        let shared = &self.shared;
        let mut left = events;
        while !left.is_empty() {
            let (slice, rest) = left.split_at(shared.pace.size().min(left.len()));
            let since = Instant::now();
            transaction!(shared, |tx| {
                sql::exec_in(tx, "DELETE FROM payload WHERE owner IN ", "", slice).await?;
                sql::exec_in(tx, "DELETE FROM event WHERE id IN ", "", slice).await
            })?;
            self.let_others_write(since).await;
            left = rest;
        }
        Ok(())
    }
}

/// Deletes ended runs, the ended ones among those they started, and what belongs to them; how many.
async fn delete_runs(tx: &DatabaseTransaction, shared: &Shared, runs: &[i64]) -> Result<u64, Error> {
    let (mut gone, mut events, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    let family = sql::all_in(tx, FAMILY, FAMILY_TAIL, runs).await?;
    // What somebody else takes away at the same moment is counted out by them.
    let ids = family.iter().map(|row| sql::get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
    let tail = format!(" ORDER BY id{}", for_update(shared.backend));
    let mut present = HashSet::new();
    for row in sql::all_in(tx, "SELECT id FROM run WHERE id IN ", &tail, &ids).await? {
        present.insert(sql::get::<i64>(&row, 0)?);
    }
    for row in family {
        let run = sql::get::<i64>(&row, 0)?;
        if !present.remove(&run) {
            continue;
        }
        gone.push(run);
        ended.push(Ended {
            workspace: sql::get(&row, 1)?,
            workflow: sql::get(&row, 2)?,
            counts: sql::get::<String>(&row, 3)? != "test",
            status: ended_status(&sql::get::<String>(&row, 4)?),
            created_at: sql::get(&row, 5)?,
            started_at: None,
            finished_at: sql::get(&row, 6)?,
            retries: 0,
            bytes: sql::get(&row, 7)?,
        });
        events.extend(sql::get::<Option<i64>>(&row, 8)?);
    }
    for table in ["journal", "wait", "snapshot", "collect_member"] {
        sql::exec_in(tx, &format!("DELETE FROM {table} WHERE run_id IN "), "", &gone).await?;
    }
    sql::exec_in(tx, "DELETE FROM payload WHERE owner IN ", "", &gone).await?;
    sql::exec_in(tx, "DELETE FROM run WHERE id IN ", "", &gone).await?;
    subtract(tx, shared, &ended).await?;
    // An event goes with the last run that needs it: its own, or a replay.
    let own = "SELECT e.id FROM event e JOIN run r ON r.id = e.run_id WHERE e.state = 'accepted' AND e.id IN ";
    let mut kept = sql::all_in(tx, own, "", &events).await?;
    kept.append(&mut sql::all_in(tx, "SELECT event_id FROM run WHERE kind = 'replay' AND event_id IN ", "", &events).await?);
    let kept = kept.iter().map(|row| sql::get(row, 0)).collect::<Result<HashSet<i64>, _>>()?;
    let idle: Vec<i64> = events.into_iter().filter(|event| !kept.contains(event)).collect();
    sql::exec_in(tx, "DELETE FROM payload WHERE owner IN ", "", &idle).await?;
    sql::exec_in(tx, "DELETE FROM event WHERE id IN ", "", &idle).await?;
    Ok(gone.len() as u64)
}

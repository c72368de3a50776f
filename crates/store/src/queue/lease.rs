use std::collections::{HashMap, HashSet};

use crate::store::transaction;
use model::{
    Timestamp,
    ids::{RunId, WorkflowId},
};
use sea_orm::{DbBackend, Value};

use super::{Work, claim::WAITING};
use crate::{
    Error, Lease, Store,
    sql::{self, Bulk, Kind},
};

const RENEW_COLUMNS: &[Kind] = &[Kind::Int, Kind::Int, Kind::Int];

const RENEW: Bulk = Bulk {
    head: "WITH v (v_id, v_epoch, v_until) AS (VALUES ",
    // A run that was parked since has no lease any more, and a time of its own at which it goes on.
    tail: ") UPDATE job SET available_at = v_until FROM v
            WHERE job.id = v_id AND job.epoch = v_epoch AND job.lease_by IS NOT NULL RETURNING id",
    columns: RENEW_COLUMNS,
};

const RENEW_LOCKED: Bulk = Bulk {
    head: RENEW.head,
    tail: "), l AS MATERIALIZED (SELECT j.id AS l_id FROM job j WHERE j.id IN (SELECT v_id FROM v) ORDER BY j.id FOR UPDATE)
           UPDATE job SET available_at = v_until FROM v JOIN l ON l_id = v_id WHERE job.id = v_id AND job.epoch = v_epoch
           AND job.lease_by IS NOT NULL RETURNING id",
    columns: RENEW_COLUMNS,
};

const RELEASE: Bulk = Bulk {
    head: RENEW.head,
    // A run that was given back unworked has not been tried.
    tail: ") UPDATE job SET available_at = v_until, lease_by = NULL, claims = 0
            FROM v WHERE job.id = v_id AND job.epoch = v_epoch AND job.lease_by IS NOT NULL RETURNING id",
    columns: RENEW_COLUMNS,
};

impl Store {
    /// Extends leases to `lease_ms` from now. Gives back the runs that are lost.
    pub async fn renew(&self, leases: &[Lease], lease_ms: i64) -> Result<Vec<RunId>, Error> {
        let shared = &self.shared;
        let bulk = if shared.backend == DbBackend::Postgres { &RENEW_LOCKED } else { &RENEW };
        let values = rows(leases, self.now().plus_ms(lease_ms));
        let renewed = transaction!(shared, |tx| bulk.query(tx, values.clone()).await)?;
        let renewed = renewed.iter().map(|row| sql::get::<i64>(row, 0)).collect::<Result<HashSet<_>, _>>()?;
        Ok(leases.iter().map(|lease| lease.run).filter(|run| !renewed.contains(&run.0)).collect())
    }

    /// Hands runs back for others to take at once.
    pub async fn release(&self, leases: &[Lease]) -> Result<(), Error> {
        let values = rows(leases, self.now());
        transaction!(self.shared, |tx| RELEASE.query(tx, values.clone()).await)?;
        self.shared.announce_work();
        Ok(())
    }

    /// The present epochs, to find runs lost to a cancel or another worker; ended and deleted ones are absent.
    pub async fn epochs(&self, runs: &[RunId]) -> Result<HashMap<RunId, i64>, Error> {
        let ids: Vec<i64> = runs.iter().map(|run| run.0).collect();
        let head = "SELECT id, epoch FROM run WHERE status NOT IN ('succeeded', 'filtered', 'failed', 'cancelled') AND id IN ";
        let rows = sql::all_in(&self.shared.read, head, "", &ids).await?;
        rows.iter().map(|row| Ok((RunId(sql::get(row, 0)?), sql::get(row, 1)?))).collect()
    }

    /// Those of the runs for which a signal waits.
    pub async fn signalled(&self, runs: &[RunId]) -> Result<HashSet<RunId>, Error> {
        let ids: Vec<i64> = runs.iter().map(|run| run.0).collect();
        let rows = sql::all_in(&self.shared.read, "SELECT id FROM job WHERE signalled > 0 AND id IN ", "", &ids).await?;
        rows.iter().map(|row| Ok(RunId(sql::get(row, 0)?))).collect()
    }

    /// When the next job becomes available; absent: none does by itself.
    pub async fn next_available(&self) -> Result<Option<Timestamp>, Error> {
        let (shared, now) = (&self.shared, self.now());
        // Runs are asked for per workflow and not one by one; other jobs are few, and all have keys.
        let mut first = i64::MAX;
        for row in sql::all(&shared.read, WAITING, Vec::new()).await? {
            let shut = shared.gates.shut_until(WorkflowId(sql::get(&row, 0)?), now).map_or(i64::MIN, |until| until.ms());
            first = first.min(sql::get::<Option<i64>>(&row, 1)?.unwrap_or(i64::MAX).max(shut));
        }
        let sql = "SELECT MIN(available_at) FROM job WHERE key IS NOT NULL AND blocked = 0";
        if let Some(row) = sql::one(&shared.read, sql, Vec::new()).await? {
            first = first.min(sql::get::<Option<i64>>(&row, 0)?.unwrap_or(i64::MAX));
        }
        Ok((first < i64::MAX).then_some(Timestamp(first)))
    }

    /// The hint that something became available in this process (PostgreSQL: in any).
    pub fn work(&self) -> Work {
        self.shared.work.clone()
    }
}

fn rows(leases: &[Lease], until: Timestamp) -> Vec<Value> {
    let mut sorted: Vec<&Lease> = leases.iter().collect();
    sorted.sort_unstable_by_key(|lease| lease.run);
    sorted.into_iter().flat_map(|lease| [Value::from(lease.run.0), lease.epoch.into(), until.ms().into()]).collect()
}

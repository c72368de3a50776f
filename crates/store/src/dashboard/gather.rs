//! Gathers what flushes have appended into rows of minutes, quarters of an hour, hours and days.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, Value};

use super::{
    Cell, DAY, HOUR, MINUTE, QUARTER,
    rows::{CELL, cell, columns},
};
use crate::{
    Error, Store,
    dialect::skip_locked,
    sql::{self, Bulk, Kind},
    store::{Shared, transaction},
};

/// Appended rows per transaction: on SQLite nobody else writes meanwhile.
const SLICE: usize = 256;
const WIDTHS: [i64; 4] = [MINUTE, QUARTER, HOUR, DAY];

/// How long rows of each width are kept, in milliseconds: minutes for charts of now, quarters for any zone's days within the longest window
/// and the one before it.
const KEPT: [(i64, i64); 3] = [(MINUTE, 48 * HOUR), (QUARTER, 200 * DAY), (HOUR, 800 * DAY)];

const KNOWN: Bulk = Bulk {
    head: "WITH v (v_workspace, v_workflow, v_width, v_bucket, v_node) AS (VALUES ",
    tail: ") SELECT t.workspace_id, t.workflow_id, t.width, t.bucket_at, t.succeeded, t.failed, t.filtered, t.cancelled, t.recovered,
            t.retries, t.duration_ms, t.spread, t.parts FROM v JOIN tally t ON t.workspace_id = v_workspace AND t.workflow_id = v_workflow
            AND t.width = v_width AND t.bucket_at = v_bucket AND t.node = v_node",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

const PUT: Bulk = Bulk {
    head: "WITH v (v_workspace, v_workflow, v_width, v_bucket, v_node, v_succeeded, v_failed, v_filtered, v_cancelled, v_recovered,
           v_retries, v_duration, v_spread, v_parts) AS (VALUES ",
    tail: ") INSERT INTO tally (workspace_id, workflow_id, width, bucket_at, node, succeeded, failed, filtered, cancelled, recovered,
            retries, duration_ms, spread, parts) SELECT * FROM v WHERE v_workspace IS NOT NULL
            ON CONFLICT (workspace_id, workflow_id, width, bucket_at, node) DO UPDATE SET succeeded = excluded.succeeded,
            failed = excluded.failed, filtered = excluded.filtered, cancelled = excluded.cancelled, recovered = excluded.recovered,
            retries = excluded.retries, duration_ms = excluded.duration_ms, spread = excluded.spread, parts = excluded.parts",
    columns: &[
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Bytes,
        Kind::Bytes,
    ],
};

/// Workspace, workflow (0: all of them), width, beginning.
pub(crate) type Key = (i64, i64, i64, i64);

/// What is to be added to rows.
pub(crate) type Sums = BTreeMap<Key, Cell>;

/// Adds one appended cell to every row it belongs to, but for those that are not kept any more.
pub(crate) fn spread_out(sums: &mut Sums, workspace: i64, workflow: i64, minute: i64, cell: &Cell, now: i64) {
    for width in WIDTHS {
        let kept = KEPT.iter().find(|(of, _)| *of == width).is_none_or(|(_, kept)| minute > now - kept);
        if kept {
            let bucket = minute - minute.rem_euclid(width);
            for of in [workflow, 0] {
                sums.entry((workspace, of, width, bucket)).or_default().merge(cell);
            }
        }
    }
}

/// Adds sums to this node's rows.
pub(crate) async fn add(tx: &DatabaseTransaction, shared: &Shared, mut sums: Sums) -> Result<(), Error> {
    let node = shared.node.number;
    let key = |(workspace, workflow, width, bucket): Key| [workspace, workflow, width, bucket, node].map(Value::from);
    for row in KNOWN.query(tx, sums.keys().copied().flat_map(key).collect()).await? {
        let of = (sql::get(&row, 0)?, sql::get(&row, 1)?, sql::get(&row, 2)?, sql::get(&row, 3)?);
        if let Some(sum) = sums.get_mut(&of) {
            sum.merge(&cell(&row, 4)?);
        }
    }
    let rows = sums.into_iter().flat_map(|(of, cell)| key(of).into_iter().chain(columns(&cell)));
    PUT.exec(tx, rows.collect()).await
}

async fn gather(tx: &DatabaseTransaction, shared: &Shared) -> Result<usize, Error> {
    let sql = format!(
        "DELETE FROM tally_new WHERE id IN (SELECT n.id FROM tally_new n ORDER BY n.id LIMIT {SLICE}{})
         RETURNING workspace_id, workflow_id, minute, {CELL}",
        skip_locked(shared.backend)
    );
    let rows = sql::all(tx, sql, Vec::new()).await?;
    let now = shared.now().ms();
    let mut sums = BTreeMap::new();
    for row in &rows {
        let (workspace, workflow, minute) = (sql::get(row, 0)?, sql::get(row, 1)?, sql::get(row, 2)?);
        spread_out(&mut sums, workspace, workflow, minute, &cell(row, 3)?, now);
    }
    add(tx, shared, sums).await?;
    Ok(rows.len())
}

impl Shared {
    /// Gathers whatever has been appended; how many rows that was.
    pub(crate) async fn gather_all(&self) -> Result<u64, Error> {
        // This process's rows are read and written back: not by two tasks at once.
        let _one_at_a_time = self.gathering.lock().await;
        let mut gathered = 0;
        // Looked at first without a transaction: often there is nothing.
        while sql::one(&self.read, "SELECT 1 FROM tally_new LIMIT 1", Vec::new()).await?.is_some() {
            let rows = transaction!(self, |tx| gather(tx, self).await)?;
            gathered += rows as u64;
            if rows < SLICE {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(gathered)
    }

    /// Forgets rows that are finer than anybody asks for at their age; how many went.
    pub(crate) async fn forget_figures(&self, most: u32) -> Result<u64, Error> {
        let mut gone = 0;
        for (width, kept) in KEPT {
            let sql = "DELETE FROM tally WHERE (workspace_id, workflow_id, width, bucket_at, node) IN
                       (SELECT t.workspace_id, t.workflow_id, t.width, t.bucket_at, t.node FROM tally t
                        WHERE t.width = $1 AND t.bucket_at < $2 LIMIT $3)";
            let values = vec![width.into(), (self.now().ms() - kept).into(), i64::from(most).into()];
            gone += sql::exec(&self.write, sql, values).await?.rows_affected();
        }
        Ok(gone)
    }
}

impl Store {
    /// Gathers new figures now instead of within the next seconds; how many rows there were. Dashboards are right without it.
    pub async fn gather_figures(&self) -> Result<u64, Error> {
        self.shared.gather_all().await
    }
}

//! The figures' rows: what flushes append, and reading cells back.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::Cell;
use crate::{
    Error,
    sql::{self, Bulk, Kind},
    store::Shared,
};

/// The columns of both tables that make up a cell, in the order [`cell`] reads them.
pub(super) const CELL: &str = "succeeded, failed, filtered, cancelled, recovered, retries, duration_ms, spread, parts";
/// The same without the parts, which most readers do not need.
pub(super) const COUNTS: &str = "succeeded, failed, filtered, cancelled, recovered, retries, duration_ms, spread, NULL";

const NEW: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_minute, v_succeeded, v_failed, v_filtered, v_cancelled, v_recovered, v_retries,
           v_duration, v_spread, v_parts) AS (VALUES ",
    tail: ") INSERT INTO tally_new (id, workspace_id, workflow_id, minute, succeeded, failed, filtered, cancelled, recovered, retries,
            duration_ms, spread, parts) SELECT * FROM v WHERE v_id IS NOT NULL",
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
        Kind::Bytes,
        Kind::Bytes,
    ],
};

/// Appends what a transaction adds: workspace, workflow, minute and what happened in it.
pub(crate) async fn new_cells(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    cells: impl Iterator<Item = (i64, i64, i64, Cell)>,
) -> Result<(), Error> {
    let mut values = Vec::new();
    for (workspace, workflow, minute, cell) in cells {
        values.extend([shared.next_id(), workspace, workflow, minute].map(Value::from));
        values.extend(columns(&cell));
    }
    NEW.exec(tx, values).await
}

/// The values of [`CELL`].
pub(super) fn columns(cell: &Cell) -> [Value; 9] {
    let number = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    let counts = &cell.counts;
    let runs = cell.durations.count() > 0;
    let parts = !(cell.steps.is_empty() && cell.connections.is_empty());
    [
        number(counts.succeeded),
        number(counts.failed),
        number(counts.filtered),
        number(counts.cancelled),
        number(counts.recovered),
        number(cell.retries),
        number(cell.duration_ms),
        runs.then(|| cell.spread()).into(),
        parts.then(|| cell.parts()).into(),
    ]
}

/// Reads [`CELL`] from column `first` on. A distribution that cannot be read is left out, so that the counts are still there.
pub(super) fn cell(row: &QueryResult, first: usize) -> Result<Cell, Error> {
    let number = |at: usize| -> Result<u64, Error> { Ok(sql::get::<i64>(row, first + at)?.max(0).unsigned_abs()) };
    let mut cell = Cell { retries: number(5)?, duration_ms: number(6)?, ..Cell::default() };
    cell.counts.succeeded = number(0)?;
    cell.counts.failed = number(1)?;
    cell.counts.filtered = number(2)?;
    cell.counts.cancelled = number(3)?;
    cell.counts.recovered = number(4)?;
    let spread: Option<Vec<u8>> = sql::get(row, first + 7)?;
    let parts: Option<Vec<u8>> = sql::get(row, first + 8)?;
    let read = spread.is_none_or(|bytes| cell.read_spread(&bytes)) & parts.is_none_or(|bytes| cell.read_parts(&bytes));
    if !read {
        tracing::warn!("a row of the dashboard's figures is damaged; its distributions are left out");
    }
    Ok(cell)
}

//! What flushes add to the figures: of what is kept, for lists and retention, and of what happened, for dashboards.

use std::collections::BTreeMap;

use model::run::RunStatus;
use sea_orm::{ConnectionTrait, Value};

use crate::{
    Error,
    dashboard::{Cell, minute_of, new_cells},
    sql::{Bulk, Kind},
    store::Shared,
};

/// The one bucket of what is still kept has this width.
const KEPT: i64 = 0;

const ROLLUP: Bulk = Bulk {
    head: "WITH v (v_workflow, v_width, v_bucket, v_node, v_workspace, v_succeeded, v_failed, v_filtered, v_cancelled, v_duration, v_bytes) AS (VALUES ",
    tail: ") INSERT INTO rollup (workflow_id, width, bucket_at, node, workspace_id, succeeded, failed, filtered, cancelled, duration_ms,
            bytes) SELECT * FROM v WHERE v_workflow IS NOT NULL ON CONFLICT (workflow_id, width, bucket_at, node) DO UPDATE SET
            succeeded = rollup.succeeded + excluded.succeeded, failed = rollup.failed + excluded.failed,
            filtered = rollup.filtered + excluded.filtered, cancelled = rollup.cancelled + excluded.cancelled,
            duration_ms = rollup.duration_ms + excluded.duration_ms, bytes = rollup.bytes + excluded.bytes",
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
    ],
};

/// A run that has ended, or that goes. `counts`: it is no test.
pub(crate) struct Ended {
    pub workspace: i64,
    pub workflow: i64,
    pub counts: bool,
    pub status: RunStatus,
    pub created_at: i64,
    /// When its first step began; absent where none did.
    pub started_at: Option<i64>,
    pub finished_at: i64,
    pub retries: i64,
    pub bytes: i64,
}

impl Ended {
    fn duration_ms(&self) -> i64 {
        (self.finished_at - self.created_at).max(0)
    }
}

/// What a transaction adds to the figures of each minute, by workflow.
#[derive(Default)]
pub(crate) struct Happened(BTreeMap<(i64, i64), (i64, Cell)>);

impl Happened {
    /// Of the minute `at` (milliseconds) stands in.
    pub fn cell(&mut self, workspace: i64, workflow: i64, at: i64) -> &mut Cell {
        &mut self.0.entry((workflow, minute_of(at))).or_insert_with(|| (workspace, Cell::default())).1
    }
}

/// Adds ended runs to the counts, with whatever else happened. Of tests only the bytes count.
pub(crate) async fn roll_up(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    ended: &[Ended],
    mut happened: Happened,
) -> Result<(), Error> {
    for run in ended.iter().filter(|run| run.counts) {
        let wait = run.started_at.map(|at| (at - run.created_at).max(0));
        let cell = happened.cell(run.workspace, run.workflow, run.finished_at);
        cell.ended(run.status, run.duration_ms(), wait, run.retries.max(0).unsigned_abs());
    }
    let new = happened.0.into_iter().map(|((workflow, minute), (workspace, cell))| (workspace, workflow, minute, cell));
    new_cells(tx, shared, new).await?;
    keep(tx, shared, ended, 1).await
}

/// Takes runs that go out of what is kept; charts of the past stay as they are.
pub(crate) async fn subtract(tx: &impl ConnectionTrait, shared: &Shared, gone: &[Ended]) -> Result<(), Error> {
    keep(tx, shared, gone, -1).await
}

/// Adds runs to what is kept, or takes them out of it (`sign` -1). Of tests only the bytes count.
pub(crate) async fn keep(tx: &impl ConnectionTrait, shared: &Shared, runs: &[Ended], sign: i64) -> Result<(), Error> {
    let mut sums: BTreeMap<i64, (i64, [i64; 6])> = BTreeMap::new();
    for run in runs {
        let (_, sum) = sums.entry(run.workflow).or_insert((run.workspace, [0; 6]));
        if run.counts {
            let column = match run.status {
                RunStatus::Succeeded => 0,
                RunStatus::Failed => 1,
                RunStatus::Filtered => 2,
                _ => 3,
            };
            sum[column] += sign;
            sum[4] += sign * run.duration_ms();
        }
        sum[5] += sign * run.bytes;
    }
    let rows = sums.into_iter().flat_map(|(workflow, (workspace, sum))| {
        let [succeeded, failed, filtered, cancelled, duration, bytes] = sum;
        [workflow, KEPT, 0, shared.node.number, workspace, succeeded, failed, filtered, cancelled, duration, bytes]
            .map(Value::from)
    });
    ROLLUP.exec(tx, rows.collect()).await
}

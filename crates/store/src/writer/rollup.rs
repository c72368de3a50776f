//! Counts of ended runs, for lists, charts and `patchbay doctor`.

use std::collections::BTreeMap;

use model::run::RunStatus;
use sea_orm::{ConnectionTrait, Value};

use crate::{
    Error,
    sql::{Bulk, Kind},
    store::Shared,
};

const COLUMNS: &[Kind] =
    &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int];

const ROLLUP: Bulk = Bulk {
    head: "WITH v (v_workflow, v_width, v_bucket, v_node, v_workspace, v_succeeded, v_failed, v_filtered, v_cancelled, v_duration,
           v_bytes) AS (VALUES ",
    tail: ") INSERT INTO rollup (workflow_id, width, bucket_at, node, workspace_id, succeeded, failed, filtered, cancelled, duration_ms,
            bytes) SELECT * FROM v WHERE v_workflow IS NOT NULL ON CONFLICT (workflow_id, width, bucket_at, node) DO UPDATE SET
            succeeded = rollup.succeeded + excluded.succeeded, failed = rollup.failed + excluded.failed,
            filtered = rollup.filtered + excluded.filtered, cancelled = rollup.cancelled + excluded.cancelled,
            duration_ms = rollup.duration_ms + excluded.duration_ms, bytes = rollup.bytes + excluded.bytes",
    columns: COLUMNS,
};

/// Lengths of roll-up buckets, in milliseconds: a minute for charts of now, a quarter of an hour for the rest.
pub(crate) const WIDTHS: [i64; 2] = [60_000, 900_000];
/// The one bucket of what is still kept.
const KEPT: i64 = 0;

/// A run that has ended, or that goes. `counts`: it is no test.
pub(crate) struct Ended {
    pub workspace: i64,
    pub workflow: i64,
    pub counts: bool,
    pub status: RunStatus,
    pub created_at: i64,
    pub finished_at: i64,
    pub bytes: i64,
}

type Sums = BTreeMap<(i64, i64, i64), (i64, [i64; 6])>;

fn add(sums: &mut Sums, run: &Ended, width: i64, sign: i64) {
    let bucket = if width == KEPT { 0 } else { run.finished_at - run.finished_at.rem_euclid(width) };
    let (_, sum) = sums.entry((run.workflow, width, bucket)).or_insert_with(|| (run.workspace, [0; 6]));
    if run.counts {
        let column = match run.status {
            RunStatus::Succeeded => 0,
            RunStatus::Failed => 1,
            RunStatus::Filtered => 2,
            _ => 3,
        };
        sum[column] += sign;
        sum[4] += sign * (run.finished_at - run.created_at).max(0);
    }
    if width == KEPT {
        sum[5] += sign * run.bytes;
    }
}

async fn write(tx: &impl ConnectionTrait, shared: &Shared, sums: Sums) -> Result<(), Error> {
    let rows = sums.into_iter().flat_map(|((workflow, width, bucket), (workspace, sum))| {
        let [succeeded, failed, filtered, cancelled, duration, bytes] = sum;
        [workflow, width, bucket, shared.node.number, workspace, succeeded, failed, filtered, cancelled, duration, bytes]
            .map(Value::from)
    });
    ROLLUP.exec(tx, rows.collect()).await
}

/// Adds ended runs to the counts. Of tests only the bytes count.
pub(crate) async fn roll_up(tx: &impl ConnectionTrait, shared: &Shared, ended: &[Ended]) -> Result<(), Error> {
    let mut sums = Sums::new();
    for run in ended {
        add(&mut sums, run, KEPT, 1);
        for width in WIDTHS.into_iter().filter(|_| run.counts) {
            add(&mut sums, run, width, 1);
        }
    }
    write(tx, shared, sums).await
}

/// Takes runs that go out of what is kept; charts of the past stay as they are.
pub(crate) async fn subtract(tx: &impl ConnectionTrait, shared: &Shared, gone: &[Ended]) -> Result<(), Error> {
    let mut sums = Sums::new();
    for run in gone {
        add(&mut sums, run, KEPT, -1);
    }
    write(tx, shared, sums).await
}

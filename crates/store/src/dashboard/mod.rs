//! The figures of dashboards: how they are kept, and one answer with all of them.
//!
//! A flush appends what it did to `tally_new`, one row per workflow and minute. A task gathers those rows into `tally` every other
//! second. Readers add both up in one snapshot, so that the figures are exact at any moment.

mod calls;
mod cell;
mod codec;
mod gather;
mod hist;
mod lists;
mod now;
mod past;
mod read;
mod rows;
mod span;

pub(crate) use cell::Cell;
#[cfg(feature = "seed")]
pub(crate) use gather::{Sums, add as add_sums, spread_out};
pub(crate) use rows::new_cells;

use model::{
    Role, Timestamp,
    api::{Dashboard, DashboardBucket, DashboardTotals, Percentiles},
    ids::WorkflowId,
};
use sea_orm::{AccessMode, DatabaseTransaction, DbBackend, IsolationLevel, TransactionTrait};

use crate::{Error, Scope, Store, sql, store::Shared};
use read::Figures;

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const QUARTER: i64 = 900_000;
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 86_400_000;
/// Rows by the minute are there for at least so long, in milliseconds: an hour less than they are kept.
const MINUTES: i64 = 47 * HOUR;

/// The beginning of the minute a time stands in.
pub(crate) fn minute_of(at: i64) -> i64 {
    at - at.rem_euclid(MINUTE)
}

/// What a dashboard is about. `edges`: where buckets begin and, last, where the last one ends; rising, whole minutes, and whole quarters
/// of an hour where they are older than two days.
#[derive(Debug, Clone)]
pub struct DashboardSpan {
    pub edges: Vec<Timestamp>,
    pub until: Timestamp,
    pub zone: String,
    pub step_ms: i64,
    pub workflow: Option<WorkflowId>,
}

impl Store {
    /// Everything a dashboard shows. Budgets of connections are left to the caller, who knows the connectors.
    pub async fn dashboard(&self, scope: &Scope, span: DashboardSpan) -> Result<Dashboard, Error> {
        scope.require(Role::Viewer)?;
        if let Some(workflow) = span.workflow {
            let sql = "SELECT 1 FROM workflow WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL";
            let there = sql::one(&self.shared.read, sql, vec![workflow.0.into(), scope.workspace.0.into()]).await?;
            there.ok_or(Error::NotFound("the workflow"))?;
        }
        let shared = &*self.shared;
        let tx = shared.begin_reading().await?;
        let result = answer(&tx, shared, scope, span).await;
        // Nothing was written: how it ends is all the same.
        let _ = tx.rollback().await;
        result
    }
}

impl Shared {
    /// All reads of the transaction see the same moment.
    async fn begin_reading(&self) -> Result<DatabaseTransaction, Error> {
        Ok(match self.backend {
            DbBackend::Postgres => {
                self.read.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?
            }
            _ => self.read.begin().await?,
        })
    }
}

async fn answer(tx: &DatabaseTransaction, shared: &Shared, scope: &Scope, span: DashboardSpan) -> Result<Dashboard, Error> {
    let DashboardSpan { edges, until, zone, step_ms, workflow } = span;
    let (Some(first), Some(last)) = (edges.first().copied(), edges.last().copied()) else {
        return Err(Error::Invalid("a dashboard needs at least one bucket".into()));
    };
    let at = shared.now();
    let workspace = scope.workspace.0;
    let figures = Figures::open(tx, workspace, workflow.map_or(0, |id| id.0), at.ms()).await?;
    let edges: Vec<i64> = edges.iter().map(|edge| edge.ms()).collect();
    let cells = figures.buckets(&edges).await?;
    let parts = figures.parts(first.ms(), last.ms()).await?;
    let before = figures.sum(first.ms() - until.since(first).max(0), first.ms()).await?;
    let last_hour = figures.sum(at.ms() - HOUR, at.ms() + 1).await?;
    let mut sum = Cell::default();
    cells.iter().for_each(|cell| sum.merge(cell));
    let buckets = edges.windows(2).zip(&cells).map(|(edges, cell)| DashboardBucket {
        at: Timestamp(edges[0]),
        until: Timestamp(edges[1]),
        counts: cell.counts,
        p50_ms: cell.durations.percentile(0.5),
        p95_ms: cell.durations.percentile(0.95),
    });
    let (failing, slowest) = lists::steps(tx, workspace, &parts).await?;
    let (workflows, quiet) = match workflow {
        None => lists::workflows(tx, &figures, first.ms(), until.ms()).await?,
        Some(_) => Default::default(),
    };
    let mut now = now::read(tx, workspace, workflow, at).await?;
    now.failed_last_hour = last_hour.counts.failed.saturating_sub(last_hour.counts.recovered);
    let (next, late) = now::slots(tx, workspace, workflow, at).await?;
    Ok(Dashboard {
        at,
        since: first,
        until,
        zone,
        step_ms,
        buckets: buckets.collect(),
        totals: totals(&sum),
        before: totals(&before),
        now,
        failing,
        slowest,
        workflows,
        connections: lists::connections(tx, &figures, &parts).await?,
        storage: now::storage(tx, shared.backend, workspace, workflow).await?,
        next,
        late,
        quiet,
    })
}

fn totals(cell: &Cell) -> DashboardTotals {
    let percentiles = |histogram: &hist::Histogram| {
        Some(Percentiles {
            p50_ms: histogram.percentile(0.5)?,
            p95_ms: histogram.percentile(0.95)?,
            p99_ms: histogram.percentile(0.99)?,
        })
    };
    DashboardTotals {
        counts: cell.counts,
        retries: cell.retries,
        duration: percentiles(&cell.durations),
        queue_wait: percentiles(&cell.waits),
    }
}

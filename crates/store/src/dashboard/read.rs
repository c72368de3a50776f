//! Adding rows up.

use std::collections::{BTreeMap, BTreeSet};

use model::{api::RunCounts, ids::ConnectionId};
use sea_orm::DatabaseTransaction;

use super::{
    Cell, HOUR, MINUTES, QUARTER,
    cell::CallCount,
    minute_of,
    rows::{CELL, COUNTS, cell},
    span::{pieces, width_of},
};
use crate::{Error, sql};

/// The rows of one workspace, of one workflow (0: of all together), as of one moment.
pub(super) struct Figures<'a> {
    tx: &'a DatabaseTransaction,
    pub workspace: i64,
    workflow: i64,
    pub now: i64,
    /// Not gathered yet: workflow, minute, cell.
    new: Vec<(i64, i64, Cell)>,
}

impl<'a> Figures<'a> {
    pub async fn open(tx: &'a DatabaseTransaction, workspace: i64, workflow: i64, now: i64) -> Result<Figures<'a>, Error> {
        let sql = format!("SELECT workflow_id, minute, {CELL} FROM tally_new WHERE workspace_id = $1");
        let mut new = Vec::new();
        for row in sql::all(tx, sql, vec![workspace.into()]).await? {
            new.push((sql::get(&row, 0)?, sql::get(&row, 1)?, cell(&row, 2)?));
        }
        Ok(Figures { tx, workspace, workflow, now, new })
    }

    /// What was appended lately, of the workflow in question, between two times.
    fn fresh(&self, since: i64, until: i64) -> impl Iterator<Item = (i64, &Cell)> {
        let mine = move |of: i64| self.workflow == 0 || self.workflow == of;
        self.new
            .iter()
            .filter(move |(of, minute, _)| mine(*of) && (since..until).contains(minute))
            .map(|(_, minute, cell)| (*minute, cell))
    }

    /// One cell per bucket, without steps and connections.
    pub async fn buckets(&self, edges: &[i64]) -> Result<Vec<Cell>, Error> {
        let mut cells = vec![Cell::default(); edges.len().saturating_sub(1)];
        let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return Ok(cells) };
        // The bucket a time stands in: that of the last edge at or before it.
        let place = |at: i64| edges.partition_point(|edge| *edge <= at).checked_sub(1);
        for (at, cell) in self.bucket_rows(edges, *first, *last).await? {
            if let Some(into) = place(at).and_then(|place| cells.get_mut(place)) {
                into.merge(&cell);
            }
        }
        for (at, cell) in self.fresh(*first, *last) {
            if let Some(into) = place(at).and_then(|place| cells.get_mut(place)) {
                into.merge(cell);
            }
        }
        Ok(cells)
    }

    /// The calls of one connection in each bucket. Where edges stand between hours, all of it is made up of quarters.
    pub async fn connection(&self, id: ConnectionId, edges: &[i64]) -> Result<Vec<CallCount>, Error> {
        let mut counts = vec![CallCount::default(); edges.len().saturating_sub(1)];
        let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return Ok(counts) };
        let rows = self.rows(CELL, width_of(edges), *first, *last).await?;
        for (at, cell) in rows.iter().map(|(at, cell)| (*at, cell)).chain(self.fresh(*first, *last)) {
            let place = edges.partition_point(|edge| *edge <= at).checked_sub(1);
            if let (Some(into), Some(more)) = (place.and_then(|place| counts.get_mut(place)), cell.connections.get(&id)) {
                into.calls += more.calls;
                into.limited += more.limited;
            }
        }
        Ok(counts)
    }

    /// Rows of which the buckets are made up. Where their edges stand between hours, those hours come in quarters, the others whole: a
    /// window of months in a zone with half an hour's offset takes no more rows than in any other.
    async fn bucket_rows(&self, edges: &[i64], first: i64, last: i64) -> Result<Vec<(i64, Cell)>, Error> {
        let width = width_of(edges);
        let hour_of = |at: i64| at - at.rem_euclid(HOUR);
        let torn: BTreeSet<i64> = edges.iter().filter(|edge| *edge % HOUR != 0).map(|edge| hour_of(*edge)).collect();
        if width != QUARTER || torn.len() as i64 * 2 > (last - first) / HOUR {
            return self.rows(COUNTS, width, first, last).await;
        }
        let mut rows = self.rows(COUNTS, HOUR, hour_of(first), last).await?;
        rows.retain(|(at, _)| !torn.contains(at));
        let quarters: Vec<i64> = torn
            .iter()
            .flat_map(|hour| (0..4).map(move |n| hour + n * QUARTER))
            .filter(|at| (first..last).contains(at))
            .collect();
        let head = format!(
            "SELECT bucket_at, {COUNTS} FROM tally WHERE workspace_id = $1 AND workflow_id = $2 AND width = $3 AND bucket_at IN "
        );
        let own = [self.workspace, self.workflow, QUARTER].map(Into::into);
        for row in sql::all_in_with(self.tx, &head, "", &own, &quarters).await? {
            rows.push((sql::get(&row, 0)?, cell(&row, 1)?));
        }
        Ok(rows)
    }

    /// Everything from `since` to before `until` in one cell, without steps and connections.
    pub async fn sum(&self, since: i64, until: i64) -> Result<Cell, Error> {
        self.total(COUNTS, since, until).await
    }

    /// With steps and connections.
    pub async fn parts(&self, since: i64, until: i64) -> Result<Cell, Error> {
        self.total(CELL, since, until).await
    }

    async fn total(&self, columns: &str, since: i64, until: i64) -> Result<Cell, Error> {
        let mut sum = Cell::default();
        for piece in pieces(since, until, self.now, self.now - MINUTES) {
            for (_, cell) in self.rows(columns, piece.width, piece.since, piece.until).await? {
                sum.merge(&cell);
            }
        }
        self.fresh(minute_of(since), until).for_each(|(_, cell)| sum.merge(cell));
        Ok(sum)
    }

    async fn rows(&self, columns: &str, width: i64, since: i64, until: i64) -> Result<Vec<(i64, Cell)>, Error> {
        let sql = format!(
            "SELECT bucket_at, {columns} FROM tally
             WHERE workspace_id = $1 AND workflow_id = $2 AND width = $3 AND bucket_at >= $4 AND bucket_at < $5"
        );
        let values = [self.workspace, self.workflow, width, since, until].map(Into::into).to_vec();
        let rows = sql::all(self.tx, sql, values).await?;
        rows.iter().map(|row| Ok((sql::get(row, 0)?, cell(row, 1)?))).collect()
    }

    /// What ended in each workflow, of those that are there.
    pub async fn by_workflow(&self, since: i64, until: i64) -> Result<BTreeMap<i64, RunCounts>, Error> {
        let sql = "SELECT workflow_id, CAST(SUM(succeeded) AS BIGINT), CAST(SUM(failed) AS BIGINT), CAST(SUM(filtered) AS BIGINT),
                   CAST(SUM(cancelled) AS BIGINT), CAST(SUM(recovered) AS BIGINT) FROM tally
                   WHERE workspace_id = $1 AND workflow_id IN (SELECT w.id FROM workflow w WHERE w.workspace_id = $1 AND w.deleted_at IS NULL)
                   AND width = $2 AND bucket_at >= $3 AND bucket_at < $4 GROUP BY workflow_id";
        let mut counts: BTreeMap<i64, RunCounts> = BTreeMap::new();
        for piece in pieces(since, until, self.now, self.now - MINUTES) {
            let values = [self.workspace, piece.width, piece.since, piece.until].map(Into::into).to_vec();
            for row in sql::all(self.tx, sql, values).await? {
                let number = |at| -> Result<u64, Error> { Ok(sql::get::<i64>(&row, at)?.max(0).unsigned_abs()) };
                let more = RunCounts {
                    succeeded: number(1)?,
                    failed: number(2)?,
                    filtered: number(3)?,
                    cancelled: number(4)?,
                    recovered: number(5)?,
                };
                add(counts.entry(sql::get(&row, 0)?).or_default(), &more);
            }
        }
        for (workflow, minute, cell) in &self.new {
            if (minute_of(since)..until).contains(minute) {
                add(counts.entry(*workflow).or_default(), &cell.counts);
            }
        }
        Ok(counts)
    }

    /// Calls of each account in the last full minute.
    pub async fn last_minute(&self) -> Result<Cell, Error> {
        let minute = minute_of(self.now);
        self.parts(minute - super::MINUTE, minute).await
    }
}

fn add(counts: &mut RunCounts, more: &RunCounts) {
    let mut sum = Cell { counts: *counts, ..Cell::default() };
    sum.merge(&Cell { counts: *more, ..Cell::default() });
    *counts = sum.counts;
}

//! Dropping the data of ended runs while what happened to them stays.

use std::time::Instant;

use sea_orm::Value;

use super::ended_status;
use crate::{
    Error, Store,
    payload::{self, FORMAT},
    sql,
    store::transaction,
    writer::{Ended, subtract},
};

/// Journal rows rewritten in one transaction.
const ROWS: i64 = 100;

impl Store {
    pub(super) async fn erase_in_slices(&self, runs: &[i64]) -> Result<u64, Error> {
        for run in runs {
            self.erase(*run).await?;
        }
        Ok(runs.len() as u64)
    }

    /// Long values, the event's data, and every value in the journal go; a page at a time, and marked as done only at the end, so that
    /// it is begun anew after a crash.
    async fn erase(&self, run: i64) -> Result<(), Error> {
        let shared = &self.shared;
        let mut after = -1_i64;
        loop {
            let since = Instant::now();
            let sql = "SELECT seq, format, events FROM journal WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
            let rows = sql::all(&shared.read, sql, vec![run.into(), after.into(), ROWS.into()]).await?;
            let Some(last) = rows.last() else { break };
            after = sql::get(last, 0)?;
            let mut rewritten: Vec<(i64, Vec<u8>)> = Vec::with_capacity(rows.len());
            for row in &rows {
                let bytes: Vec<u8> = sql::get(row, 2)?;
                let mut events = payload::decode(sql::get(row, 1)?, &bytes)?;
                payload::erase(&mut events);
                rewritten.push((sql::get(row, 0)?, payload::row(&events)?));
            }
            transaction!(shared, |tx| {
                for (seq, events) in &rewritten {
                    let values: Vec<Value> = vec![run.into(), (*seq).into(), events.clone().into(), FORMAT.into()];
                    sql::exec(tx, "UPDATE journal SET events = $3, format = $4 WHERE run_id = $1 AND seq = $2", values).await?;
                }
                Ok(())
            })?;
            self.let_others_write(since).await;
        }
        transaction!(shared, |tx| {
            let own = || vec![Value::from(run)];
            sql::exec(tx, "DELETE FROM payload WHERE owner = $1", own()).await?;
            let events = "SELECT r.event_id FROM run r WHERE r.id = $1 AND r.event_id IS NOT NULL";
            sql::exec(tx, format!("DELETE FROM payload WHERE owner IN ({events})"), own()).await?;
            sql::exec(tx, format!("UPDATE event SET payload = NULL WHERE id IN ({events})"), own()).await?;
            let sql = "SELECT workspace_id, workflow_id, status, created_at, finished_at, bytes,
                       (SELECT CAST(COALESCE(SUM(LENGTH(j.events)), 0) AS BIGINT) FROM journal j WHERE j.run_id = run.id)
                       FROM run WHERE id = $1 AND erased_at IS NULL";
            let Some(row) = sql::one(tx, sql, own()).await? else { return Ok(()) };
            let (bytes, left): (i64, i64) = (sql::get(&row, 5)?, sql::get(&row, 6)?);
            let freed = Ended {
                workspace: sql::get(&row, 0)?,
                workflow: sql::get(&row, 1)?,
                // The run itself is still kept.
                counts: false,
                status: ended_status(&sql::get::<String>(&row, 2)?),
                created_at: sql::get(&row, 3)?,
                started_at: None,
                retries: 0,
                finished_at: sql::get::<Option<i64>>(&row, 4)?.unwrap_or_default(),
                bytes: bytes - left,
            };
            subtract(tx, shared, &[freed]).await?;
            let values: Vec<Value> = vec![run.into(), left.into(), shared.now().ms().into()];
            sql::exec(tx, "UPDATE run SET bytes = $2, erased_at = $3 WHERE id = $1", values).await?;
            Ok(())
        })
    }
}

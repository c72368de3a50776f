//! Forgetting, a slice at a time, so that nobody waits long for the writer.

use std::collections::HashSet;

use crate::store::transaction;
use model::{Timestamp, ids::WorkspaceId};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::{Error, Store, ids, sql};

/// Unpinned samples are forgotten this long after their last use, in milliseconds.
const SAMPLE_MS: i64 = 30 * 24 * 3_600_000;
/// Roll-ups by the minute serve the charts of the last two days.
const MINUTES_MS: i64 = 48 * 3_600_000;

impl Store {
    /// Deletes up to `most` runs, with their journals, long values and events, that were created and ended before `before`
    /// (failed ones: before `failed_before`), and as many events that never ran; how many went. Repeat until 0.
    pub async fn delete_ended_runs(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        failed_before: Timestamp,
        most: u32,
    ) -> Result<u64, Error> {
        let shared = &self.shared;
        let sql = "SELECT id, event_id FROM run WHERE workspace_id = $1 AND id < $2 AND
                   (status IN ('succeeded', 'filtered', 'cancelled') AND finished_at < $3 OR status = 'failed' AND finished_at < $4)
                   ORDER BY id LIMIT $5";
        let newest = before.max(failed_before);
        let values = vec![
            workspace.0.into(),
            ids::first_at(newest).into(),
            before.ms().into(),
            failed_before.ms().into(),
            i64::from(most).into(),
        ];
        let rows = sql::all(&shared.read, sql, values).await?;
        let runs = rows.iter().map(|row| sql::get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
        let mut events = Vec::new();
        for row in &rows {
            events.extend(sql::get::<Option<i64>>(row, 1)?);
        }
        let sql = "SELECT id FROM event WHERE workspace_id = $1 AND id < $2 AND state <> 'accepted' AND state <> 'held'
                   ORDER BY id LIMIT $3";
        let values = vec![workspace.0.into(), ids::first_at(before).into(), i64::from(most).into()];
        let idle = sql::all(&shared.read, sql, values).await?;
        for row in &idle {
            events.push(sql::get(row, 0)?);
        }
        if runs.is_empty() && events.is_empty() {
            return Ok(0);
        }
        transaction!(shared, |tx| {
            sql::exec_in(tx, "DELETE FROM journal WHERE run_id IN ", "", &runs).await?;
            sql::exec_in(tx, "DELETE FROM payload WHERE owner IN ", "", &runs).await?;
            sql::exec_in(tx, "DELETE FROM run WHERE id IN ", "", &runs).await?;
            // An event goes with the last run that needs it: its own, or a replay.
            let own = "SELECT e.id FROM event e JOIN run r ON r.id = e.run_id WHERE e.state = 'accepted' AND e.id IN ";
            let mut kept = sql::all_in(tx, own, "", &events).await?;
            kept.append(
                &mut sql::all_in(tx, "SELECT event_id FROM run WHERE kind = 'replay' AND event_id IN ", "", &events).await?,
            );
            let kept = kept.iter().map(|row| sql::get(row, 0)).collect::<Result<HashSet<i64>, _>>()?;
            let gone: Vec<i64> = events.iter().copied().filter(|event| !kept.contains(event)).collect();
            sql::exec_in(tx, "DELETE FROM payload WHERE owner IN ", "", &gone).await?;
            sql::exec_in(tx, "DELETE FROM event WHERE id IN ", "", &gone).await
        })?;
        Ok((runs.len() + idle.len()) as u64)
    }

    /// Forgets expired duplicate keys, sessions and unused samples and gives free pages back, up to `most` of each; how many
    /// rows went. Repeat until 0.
    pub async fn sweep(&self, most: u32) -> Result<u64, Error> {
        let (shared, now) = (&self.shared, self.now());
        let dedupe = match shared.backend {
            DbBackend::Postgres => {
                "DELETE FROM dedupe WHERE ctid IN (SELECT d.ctid FROM dedupe d WHERE d.expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)"
            }
            _ => {
                "DELETE FROM dedupe WHERE (workspace_id, trigger_scope, hash) IN
                 (SELECT d.workspace_id, d.trigger_scope, d.hash FROM dedupe d WHERE d.expires_at < $1 LIMIT $2)"
            }
        };
        let slices = [
            (dedupe, now),
            ("DELETE FROM session WHERE id IN (SELECT s.id FROM session s WHERE s.expires_at < $1 LIMIT $2)", now),
            ("DELETE FROM secret WHERE id IN (SELECT f.secret_id FROM oauth_flow f WHERE f.expires_at < $1 LIMIT $2)", now),
            (
                "DELETE FROM oauth_flow WHERE state_hash IN (SELECT f.state_hash FROM oauth_flow f WHERE f.expires_at < $1
                 AND NOT EXISTS (SELECT 1 FROM secret s WHERE s.id = f.secret_id) LIMIT $2)",
                now,
            ),
            (
                "DELETE FROM sample WHERE id IN (SELECT s.id FROM sample s WHERE s.pinned = 0 AND s.used_at < $1 LIMIT $2)",
                now.plus_ms(-SAMPLE_MS),
            ),
            (
                "DELETE FROM rollup WHERE width = 60000 AND bucket_at < $1 AND workflow_id IN
                 (SELECT r.workflow_id FROM rollup r WHERE r.width = 60000 AND r.bucket_at < $1 LIMIT $2)",
                now.plus_ms(-MINUTES_MS),
            ),
        ];
        let mut gone = 0;
        for (sql, before) in slices {
            let values = vec![before.ms().into(), i64::from(most).into()];
            gone += sql::exec(&shared.write, sql, values).await?.rows_affected();
        }
        if shared.backend != DbBackend::Postgres {
            shared.write.execute_unprepared(&format!("PRAGMA incremental_vacuum({most})")).await?;
        }
        Ok(gone)
    }
}

//! Forgetting what nobody asks for any more, and giving the space back.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::{Error, Store, sql};

/// Unpinned samples are forgotten this long after their last use, in milliseconds.
const SAMPLE_MS: i64 = 30 * 24 * 3_600_000;
/// Alerts that are over, and who was told of them.
const ALERT_MS: i64 = 90 * 24 * 3_600_000;
/// Roll-ups by the minute serve the charts of the last two days.
const MINUTES_MS: i64 = 48 * 3_600_000;

impl Store {
    /// Forgets expired duplicate keys, sessions, invitations that are used or over, and unused samples and gives free pages back, up to `most` of each; how many
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
            (
                "DELETE FROM invite WHERE id IN (SELECT i.id FROM invite i WHERE i.accepted_at < $1 OR i.expires_at < $1 LIMIT $2)",
                now,
            ),
            ("DELETE FROM secret WHERE id IN (SELECT f.secret_id FROM oauth_flow f WHERE f.expires_at < $1 LIMIT $2)", now),
            (
                "DELETE FROM oauth_flow WHERE state_hash IN (SELECT f.state_hash FROM oauth_flow f WHERE f.expires_at < $1
                 AND NOT EXISTS (SELECT 1 FROM secret s WHERE s.id = f.secret_id) LIMIT $2)",
                now,
            ),
            (
                "DELETE FROM hook_signature WHERE (workspace_id, hook, hash) IN
                 (SELECT h.workspace_id, h.hook, h.hash FROM hook_signature h WHERE h.expires_at < $1 LIMIT $2)",
                now,
            ),
            (
                "DELETE FROM delivery WHERE id IN (SELECT d.id FROM delivery d WHERE d.state = 'failed' AND d.received_at < $1 LIMIT $2)",
                now.plus_ms(-SAMPLE_MS),
            ),
            (
                "DELETE FROM sample WHERE id IN (SELECT s.id FROM sample s WHERE s.pinned = 0 AND s.used_at < $1 LIMIT $2)",
                now.plus_ms(-SAMPLE_MS),
            ),
            (
                "DELETE FROM telling WHERE alert_id IN (SELECT a.id FROM alert a WHERE a.resolved_at < $1 ORDER BY a.id LIMIT $2)",
                now.plus_ms(-ALERT_MS),
            ),
            (
                "DELETE FROM alert WHERE id IN (SELECT a.id FROM alert a WHERE a.resolved_at < $1
                 AND NOT EXISTS (SELECT 1 FROM telling t WHERE t.alert_id = a.id) LIMIT $2)",
                now.plus_ms(-ALERT_MS),
            ),
            (
                // Of versions before dashboards had figures of their own.
                "DELETE FROM rollup WHERE width <> 0 AND bucket_at < $1 AND workflow_id IN
                 (SELECT r.workflow_id FROM rollup r WHERE r.width <> 0 AND r.bucket_at < $1 LIMIT $2)",
                now.plus_ms(-MINUTES_MS),
            ),
        ];
        let mut gone = 0;
        for (sql, before) in slices {
            let values = vec![before.ms().into(), i64::from(most).into()];
            gone += sql::exec(&shared.write, sql, values).await?.rows_affected();
        }
        gone += shared.forget_figures(most).await?;
        if shared.backend != DbBackend::Postgres {
            shared.write.execute_unprepared(&format!("PRAGMA incremental_vacuum({most})")).await?;
        }
        Ok(gone)
    }
}

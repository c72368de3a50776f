use std::collections::BTreeMap;

use sea_orm::DbBackend;

use crate::{Error, Store, sql};

/// Counts for `/metrics` and `patchbay doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// `sqlite` or `postgres`.
    pub backend: &'static str,
    pub schema: String,
    pub workflows: u64,
    /// Runs that have not ended, by status.
    pub live_runs: BTreeMap<String, u64>,
    /// Jobs that could be claimed now.
    pub jobs_ready: u64,
    /// Jobs that wait for a time, a signal or a lease's end.
    pub jobs_waiting: u64,
    /// Milliseconds the oldest available job has waited.
    pub oldest_job_ms: i64,
    pub held_events: u64,
    /// Triggers whose last look at their list failed.
    pub failing_polls: u64,
    /// Triggers that found so much at once that a person should look first.
    pub held_polls: u64,
    /// Alerts that are open.
    pub open_alerts: u64,
    /// Messages about open alerts that did not go through the last time, or were given up.
    pub undelivered_alerts: u64,
    /// Channels that people are told through outside of the pages: on, and known to work.
    pub channels: u64,
    /// Of the database, in bytes.
    pub bytes: u64,
}

impl Store {
    pub async fn stats(&self) -> Result<Stats, Error> {
        let db = &self.shared.read;
        let now = self.now();
        let postgres = self.shared.backend == DbBackend::Postgres;
        let number = async |sql: &str| -> Result<u64, Error> {
            let row = sql::one(db, sql, Vec::new()).await?;
            Ok(row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or(0).unsigned_abs())
        };
        let jobs = "SELECT COUNT(CASE WHEN available_at <= $1 AND blocked = 0 THEN 1 END), COUNT(*),
                    MIN(CASE WHEN blocked = 0 THEN available_at END) FROM job";
        let jobs = sql::one(db, jobs, vec![now.ms().into()]).await?.ok_or(Error::NotFound("the job count"))?;
        let (ready, all): (i64, i64) = (sql::get(&jobs, 0)?, sql::get(&jobs, 1)?);
        let oldest = sql::get::<Option<i64>>(&jobs, 2)?.unwrap_or(i64::MAX);
        // Live runs are those with a job; ended ones may be millions and are not counted here.
        let live = "SELECT r.status, COUNT(*) FROM job j JOIN run r ON r.id = j.run_id GROUP BY r.status";
        let mut live_runs = BTreeMap::new();
        for row in sql::all(db, live, Vec::new()).await? {
            live_runs.insert(sql::get(&row, 0)?, sql::get::<i64>(&row, 1)?.unsigned_abs());
        }
        let bytes = if postgres {
            "SELECT pg_database_size(current_database())"
        } else {
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        };
        Ok(Stats {
            backend: if postgres { "postgres" } else { "sqlite" },
            schema: self.shared.schema.get().cloned().unwrap_or_default(),
            workflows: number("SELECT COUNT(*) FROM workflow WHERE deleted_at IS NULL").await?,
            live_runs,
            jobs_ready: ready.unsigned_abs(),
            jobs_waiting: (all - ready).unsigned_abs(),
            oldest_job_ms: (now.ms().saturating_sub(oldest)).max(0),
            held_events: number("SELECT COUNT(*) FROM event WHERE state = 'held' AND state <> 'accepted'").await?,
            failing_polls: number("SELECT COUNT(*) FROM poll WHERE failures > 0").await?,
            held_polls: number("SELECT COUNT(*) FROM poll WHERE phase = 'held'").await?,
            open_alerts: number("SELECT COUNT(*) FROM alert WHERE resolved_at IS NULL").await?,
            undelivered_alerts: number(
                "SELECT COUNT(*) FROM telling t JOIN alert a ON a.id = t.alert_id WHERE a.resolved_at IS NULL
                 AND (t.state = 'failed' OR t.state = 'waiting' AND t.attempts > 0)",
            )
            .await?,
            channels: number(
                "SELECT COUNT(*) FROM channel c WHERE c.enabled = 1 AND c.proven_at IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM telling t WHERE t.channel_id = c.id AND t.state = 'failed' AND t.at >= c.proven_at)",
            )
            .await?,
            bytes: number(bytes).await?,
        })
    }
}

use std::collections::BTreeMap;

use crate::{Error, Store};

/// Counts for `/metrics` and `patchbay doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// `sqlite` or `postgres`.
    pub backend: &'static str,
    pub schema: String,
    pub workflows: u64,
    pub runs_by_status: BTreeMap<String, u64>,
    /// Jobs that could be claimed now.
    pub jobs_ready: u64,
    /// Jobs that wait for a time, a signal or a lease's end.
    pub jobs_waiting: u64,
    /// Milliseconds the oldest available job has waited.
    pub oldest_job_ms: i64,
    pub held_events: u64,
    /// Of the database, in bytes.
    pub bytes: u64,
}

impl Store {
    pub async fn stats(&self) -> Result<Stats, Error> {
        todo!()
    }
}

//! Work other than runs: a table of handlers that the application fills.

use std::sync::Arc;

use async_trait::async_trait;
use model::Timestamp;
use serde_json::Value;
use store::ClaimedJob;

use crate::worker::Inner;

/// Jobs are short; one that is not done by then, in milliseconds, is another worker's.
pub(crate) const JOB_LEASE_MS: i64 = 60_000;

/// What becomes of a job that was done.
#[derive(Debug, Clone, PartialEq)]
pub enum After {
    Done,
    /// Due again then, with this body.
    Again {
        at: Timestamp,
        body: Value,
    },
}

/// Carries out one kind of job. It may be called twice for the same one: whatever it does must bear that.
#[async_trait]
pub trait JobHandler: Send + Sync {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String>;

    /// How many of its kind one process does at the same time; absent: as many as there are.
    fn at_once(&self) -> Option<usize> {
        None
    }
}

/// Does one claimed job and settles it.
pub(crate) async fn perform(inner: Arc<Inner>, job: ClaimedJob) {
    let Some(handler) = inner.handlers.get(job.kind.as_str()) else { return };
    let (next_at, body) = match handler.run(&job).await {
        Ok(After::Done) => (None, None),
        Ok(After::Again { at, body }) => (Some(at), Some(body)),
        Err(error) => {
            let wait_ms = 1_000i64 << job.attempts.min(8);
            tracing::warn!(job.kind = %job.kind, job.key = %job.key, error = %error, wait_ms, "a job failed and will be tried again");
            (Some(inner.store.now().plus_ms(wait_ms)), None)
        }
    };
    match inner.store.finish_job(job.id, job.epoch, next_at, body).await {
        Ok(()) | Err(store::Error::Fenced | store::Error::NotFound(_)) => {}
        Err(error) => {
            tracing::warn!(job.kind = %job.kind, job.key = %job.key, error = %error, "a finished job could not be settled")
        }
    }
}

use std::time::Duration;

/// For how long a claim holds unless it is renewed, in milliseconds.
const LEASE_MS: i64 = 30_000;

/// How much the job runner takes on, and how it holds it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Runs driven at the same time.
    pub slots: usize,
    /// For how long a claim holds, in milliseconds, unless it is renewed.
    pub lease_ms: i64,
    /// How often leases are renewed.
    pub renew_every: Duration,
    /// How often runs are checked for a cancel or another owner.
    pub check_every: Duration,
    /// The longest time between two looks at the queue when no hint comes.
    pub poll_every: Duration,
    /// How long a stop waits for calls under way.
    pub stop_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let lease_ms = store::failpoint::lease_ms().unwrap_or(LEASE_MS);
        Options {
            slots: 128,
            lease_ms,
            renew_every: Duration::from_millis(lease_ms.unsigned_abs() / 3),
            check_every: Duration::from_millis(500),
            poll_every: Duration::from_secs(1),
            stop_within: Duration::from_secs(8),
        }
    }
}

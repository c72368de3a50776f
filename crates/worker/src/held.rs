//! The runs this process holds, until when, and how to stop working on one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use model::ids::RunId;
use store::Lease;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::boot_clock;

/// With less of its lease left, in milliseconds, nothing is sent any more: the run may be somebody else's by the time it arrives.
const SEND_MARGIN_MS: i64 = 5_000;
/// Of a lease shorter than usual, at most this part is margin.
const SEND_MARGIN_PART: i64 = 6;

/// One run's lease, as this process knows it.
pub(crate) struct Hold {
    pub lease: Lease,
    /// On the boot clock.
    until: AtomicI64,
    /// Of the lease, in milliseconds: see [`SEND_MARGIN_MS`].
    margin: i64,
    /// Cancelled when the run is lost.
    pub lost: CancellationToken,
    /// A signal waits for the run.
    pub signalled: Notify,
}

impl Hold {
    pub fn may_send(&self) -> bool {
        !self.lost.is_cancelled() && self.until.load(Ordering::Acquire) - boot_clock::now_ms() >= self.margin
    }

    pub fn extend(&self, until: i64) {
        self.until.store(until, Ordering::Release);
    }
}

#[derive(Default)]
pub(crate) struct HeldRuns(Mutex<HashMap<RunId, Arc<Hold>>>);

impl HeldRuns {
    /// `since`: the boot clock's time before the claim was asked for, so that the lease is never over-estimated.
    pub fn add(&self, lease: Lease, since: i64, lease_ms: i64) -> Arc<Hold> {
        let until = AtomicI64::new(since + lease_ms);
        let margin = SEND_MARGIN_MS.min(lease_ms / SEND_MARGIN_PART);
        let hold = Arc::new(Hold { lease, until, margin, lost: CancellationToken::new(), signalled: Notify::new() });
        self.lock().insert(lease.run, Arc::clone(&hold));
        hold
    }

    /// Forgets a run, unless it has been claimed anew since.
    pub fn remove(&self, hold: &Hold) {
        let mut held = self.lock();
        if held.get(&hold.lease.run).is_some_and(|h| h.lease.epoch == hold.lease.epoch) {
            held.remove(&hold.lease.run);
        }
    }

    /// Whether work on it still goes on.
    pub fn holds(&self, hold: &Hold) -> bool {
        self.lock().get(&hold.lease.run).is_some_and(|h| h.lease.epoch == hold.lease.epoch)
    }

    pub fn all(&self) -> Vec<Arc<Hold>> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Arc<Hold>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Keeping what is held: leases are renewed, and lost runs are noticed.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{boot_clock, held::Hold, worker::Inner};

/// After a renewal that failed, the next one is tried this soon.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Renews every lease from time to time, until stopped.
pub(crate) async fn renew(inner: Arc<Inner>, stop: CancellationToken) {
    let mut pause = inner.options.renew_every;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let held = inner.held.all();
        if held.is_empty() {
            continue;
        }
        let since = boot_clock::now_ms();
        let leases: Vec<_> = held.iter().map(|hold| hold.lease).collect();
        pause = match inner.store.renew(&leases, inner.options.lease_ms).await {
            Ok(lost) => {
                for hold in &held {
                    if lost.contains(&hold.lease.run) {
                        lose(hold, "its lease was not renewed");
                    } else {
                        hold.extend(since + inner.options.lease_ms);
                    }
                }
                inner.options.renew_every
            }
            Err(error) => {
                tracing::warn!(error = %error, runs = held.len(), "leases could not be renewed");
                for hold in held.iter().filter(|hold| !hold.may_send()) {
                    lose(hold, "its lease could not be renewed in time");
                }
                RETRY_AFTER.min(inner.options.renew_every)
            }
        };
    }
}

/// Notices cancels and other owners by comparing epochs, and signals that came during a call, until stopped.
pub(crate) async fn check(inner: Arc<Inner>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(inner.options.check_every) => {}
        }
        let held = inner.held.all();
        if held.is_empty() {
            continue;
        }
        let runs: Vec<_> = held.iter().map(|hold| hold.lease.run).collect();
        match inner.store.epochs(&runs).await {
            Ok(epochs) => {
                // One that has ended by itself meanwhile is not lost.
                let lost = |hold: &&Arc<Hold>| epochs.get(&hold.lease.run) != Some(&hold.lease.epoch) && inner.held.holds(hold);
                for hold in held.iter().filter(lost) {
                    lose(hold, "it was cancelled or taken over");
                }
            }
            Err(error) => tracing::warn!(error = %error, "held runs could not be checked"),
        }
        match inner.store.signalled(&runs).await {
            Ok(signalled) => {
                for hold in held.iter().filter(|hold| signalled.contains(&hold.lease.run)) {
                    hold.signalled.notify_one();
                }
            }
            Err(error) => tracing::warn!(error = %error, "held runs could not be asked for signals"),
        }
    }
}

fn lose(hold: &Hold, why: &str) {
    if !hold.lost.is_cancelled() {
        tracing::info!(run.id = %hold.lease.run, "stopped working on a run: {why}");
        hold.lost.cancel();
    }
}

//! Taking from the queue what is due.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    boot_clock,
    jobs::{self, JOB_LEASE_MS},
    worker::{Inner, Slot},
};

/// Runs taken with one query.
const BATCH: usize = 32;
/// Jobs done at the same time.
const JOBS: usize = 8;
/// After a look that found due work it could not take.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

pub(crate) async fn run(inner: Arc<Inner>, stop: CancellationToken) {
    let work = inner.store.work();
    let kinds: Vec<&str> = inner.handlers.keys().copied().filter(|kind| !inner.places.contains_key(kind)).collect();
    loop {
        let (mut busy, mut failed) = (false, false);
        match take_runs(&inner).await {
            Ok(more) => busy |= more,
            Err(error) => {
                failed = true;
                tracing::warn!(error = %error, "runs could not be claimed");
            }
        }
        if !kinds.is_empty() {
            match inner.store.claim_jobs(&kinds, JOBS, JOB_LEASE_MS).await {
                Ok(claimed) => {
                    busy |= claimed.len() == JOBS;
                    for job in claimed {
                        inner.tasks.spawn(jobs::perform(Arc::clone(&inner), job));
                    }
                }
                Err(error) => {
                    failed = true;
                    tracing::warn!(error = %error, "jobs could not be claimed");
                }
            }
        }
        for (kind, places) in &inner.places {
            if let Err(error) = take_limited(&inner, kind, places).await {
                tracing::warn!(job.kind = kind, error = %error, "jobs could not be claimed");
            }
        }
        if !failed {
            inner.looked();
        }
        if stop.is_cancelled() {
            return;
        }
        if busy {
            continue;
        }
        if inner.slots.available_permits() == 0 {
            // Runs wait for a place; jobs, which need none, are looked at from time to time.
            tokio::select! {
                () = stop.cancelled() => return,
                _ = inner.slots.acquire() => {}
                () = tokio::time::sleep(inner.options.poll_every) => {}
            }
            continue;
        }
        let pause = match inner.store.next_available().await {
            Ok(Some(at)) => {
                let ms = at.since(inner.store.now());
                Duration::from_millis(ms.unsigned_abs()).clamp(SHORTEST_PAUSE, inner.options.poll_every.max(SHORTEST_PAUSE))
            }
            Ok(None) | Err(_) => inner.options.poll_every,
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = work.wait() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Takes as many jobs of a kind as have a place: what waits in the queue is anybody's, what waits in memory has a lease that runs out.
async fn take_limited(inner: &Arc<Inner>, kind: &'static str, places: &Arc<Semaphore>) -> Result<(), store::Error> {
    let mut free = Vec::new();
    while let Ok(place) = Arc::clone(places).try_acquire_owned() {
        free.push(place);
    }
    if free.is_empty() {
        return Ok(());
    }
    let claimed = inner.store.claim_jobs(&[kind], free.len(), JOB_LEASE_MS).await?;
    for (job, place) in claimed.into_iter().zip(free) {
        let inner = Arc::clone(inner);
        inner.tasks.clone().spawn(async move {
            let work = inner.store.work();
            jobs::perform(inner, job).await;
            drop(place);
            // The next one may have waited for this place.
            work.wake();
        });
    }
    Ok(())
}

/// Fills free places. True: there may be more to take at once.
async fn take_runs(inner: &Arc<Inner>) -> Result<bool, store::Error> {
    let mut permits = Vec::new();
    while permits.len() < BATCH
        && let Ok(permit) = Arc::clone(&inner.slots).try_acquire_owned()
    {
        permits.push(permit);
    }
    if permits.is_empty() {
        return Ok(false);
    }
    let since = boot_clock::now_ms();
    let asked = permits.len();
    let claimed = inner.store.claim_runs(asked, inner.options.lease_ms).await?;
    let full = claimed.len() == asked;
    inner.backlog.store(full, Ordering::Release);
    for (run, permit) in claimed.into_iter().zip(permits) {
        Slot { inner: Arc::clone(inner), permit, since }.start(Box::new(run));
    }
    Ok(full)
}

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use connect::Connect;
use engine::Links;
use serde_json::{Map, Value};
use store::{Claimed, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::Tokens;

use crate::{
    Catalog, JobHandler, Options, Permits, Traces, boot_clock, claiming, drive,
    held::{HeldRuns, Hold},
    keeping,
    overlays::Overlays,
    turns::Turns,
};

/// The job runner. Cheap to clone; clones are the same runner.
#[derive(Clone)]
pub struct Worker {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub store: Store,
    pub tokens: Tokens,
    pub connect: Connect,
    pub catalog: Catalog,
    pub options: Options,
    pub handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
    /// Of kinds of which only so many are done at once.
    pub places: HashMap<&'static str, Arc<Semaphore>>,
    pub slots: Arc<Semaphore>,
    pub held: HeldRuns,
    /// Older work waits in the queue: fresh runs must line up behind it.
    pub backlog: AtomicBool,
    pub tasks: TaskTracker,
    /// Nothing new is started.
    pub stopping: CancellationToken,
    pub vars: Arc<Value>,
    pub links: Arc<dyn Links + Send + Sync>,
    pub traces: Arc<dyn Traces>,
    pub permits: Permits,
    /// Scripts at the same time.
    pub scripts: Semaphore,
    pub turns: Turns,
    pub overlays: Overlays,
    /// When the queue was last looked at without an error, in milliseconds since `made`.
    pub looked_at: AtomicU64,
    pub made: Instant,
}

/// What the job runner works with.
pub struct Parts {
    pub store: Store,
    /// Opens connections and keeps their tokens alive.
    pub tokens: Tokens,
    pub connect: Connect,
    pub catalog: Catalog,
    pub permits: Permits,
    /// By job kind, for everything that is not a run.
    pub handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
    /// Under which waits are answered.
    pub links: Arc<dyn Links + Send + Sync>,
    pub traces: Arc<dyn Traces>,
}

impl Worker {
    pub fn new(parts: Parts, options: Options) -> Self {
        let Parts { store, tokens, connect, catalog, permits, handlers, links, traces } = parts;
        let place =
            |(kind, handler): (&&'static str, &Arc<dyn JobHandler>)| Some((*kind, Arc::new(Semaphore::new(handler.at_once()?))));
        let places = handlers.iter().filter_map(place).collect();
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Worker {
            inner: Arc::new(Inner {
                store,
                tokens,
                connect,
                catalog,
                handlers,
                places,
                links,
                traces,
                permits,
                scripts: Semaphore::new(processors),
                turns: Turns::default(),
                overlays: Overlays::default(),
                looked_at: AtomicU64::new(0),
                made: Instant::now(),
                slots: Arc::new(Semaphore::new(options.slots)),
                options,
                held: HeldRuns::default(),
                // Until the first look at the queue shows otherwise.
                backlog: AtomicBool::new(true),
                tasks: TaskTracker::new(),
                stopping: CancellationToken::new(),
                vars: Arc::new(Value::Object(Map::new())),
            }),
        }
    }

    /// Works until `stop`; then lets calls under way finish for a while and hands everything else back.
    pub async fn run(&self, stop: CancellationToken) {
        let inner = &self.inner;
        let keeping = CancellationToken::new();
        let renewing = tokio::spawn(keeping::renew(Arc::clone(inner), keeping.clone()));
        let checking = tokio::spawn(keeping::check(Arc::clone(inner), keeping.clone()));
        claiming::run(Arc::clone(inner), stop).await;

        inner.stopping.cancel();
        inner.slots.close();
        inner.tasks.close();
        if tokio::time::timeout(inner.options.stop_within, inner.tasks.wait()).await.is_err() {
            let held = inner.held.all();
            tracing::warn!(runs = held.len(), "stopping with calls under way; their outcomes are settled at the next start");
            for hold in &held {
                hold.lost.cancel();
            }
            let leases: Vec<_> = held.iter().map(|hold| hold.lease).collect();
            if let Err(error) = inner.store.release(&leases).await {
                tracing::warn!(error = %error, "held runs could not be handed back; they go on when their leases end");
            }
        }
        keeping.cancel();
        let _ = tokio::join!(renewing, checking);
    }

    /// Reserves a place for a fresh run, if one is free and no older run waits.
    pub fn reserve(&self) -> Option<Slot> {
        if self.inner.backlog.load(Ordering::Acquire) || self.inner.stopping.is_cancelled() {
            return None;
        }
        let permit = Arc::clone(&self.inner.slots).try_acquire_owned().ok()?;
        Some(Slot { inner: Arc::clone(&self.inner), permit, since: boot_clock::now_ms() })
    }

    /// For how long the queue has not been looked at, or could not be.
    pub fn idle_for(&self) -> Duration {
        let looked_at = Duration::from_millis(self.inner.looked_at.load(Ordering::Relaxed));
        self.inner.made.elapsed().saturating_sub(looked_at)
    }

    /// For how long a run is leased, in milliseconds.
    pub fn lease_ms(&self) -> i64 {
        self.inner.options.lease_ms
    }
}

impl Inner {
    /// The queue was looked at.
    pub(crate) fn looked(&self) {
        let ms = u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.looked_at.store(ms, Ordering::Relaxed);
    }
}

/// A reserved place; dropping it frees it.
pub struct Slot {
    pub(crate) inner: Arc<Inner>,
    pub(crate) permit: OwnedSemaphorePermit,
    /// The boot clock when the lease was asked for, at the latest.
    pub(crate) since: i64,
}

impl Slot {
    /// Drives a run that was claimed into this place.
    pub fn start(self, run: Box<Claimed>) {
        let Slot { inner, permit, since } = self;
        let hold = inner.held.add(run.lease, since, inner.options.lease_ms);
        let tasks = inner.tasks.clone();
        tasks.spawn(async move {
            // Also when driving panics: a run that stays held would be renewed for ever and never tried again.
            let _held = Held(&inner, &hold);
            drive::run(&inner, *run, &hold).await;
            drop(permit);
        });
    }
}

struct Held<'a>(&'a Inner, &'a Hold);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.held.remove(self.1);
    }
}

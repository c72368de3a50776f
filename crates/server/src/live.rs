//! What changes, told to open pages: one reader of the store's changes for the whole process. Each message is written once, however
//! many streams of its workspace are open.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{
    api::StreamEvent,
    ids::{RunId, WorkspaceId},
};
use store::Store;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

/// At most eight messages about runs a second.
const SPACING: Duration = Duration::from_millis(125);
/// Runs in one message; when more have changed, the oldest are left out and the reader is told to read its lists again.
const MOST_RUNS: usize = 200;
/// A reader is told so at most this often.
const LAGGED_SPACING: Duration = Duration::from_secs(2);
/// Messages a slow stream may be behind before some are left out for it.
const BACKLOG: usize = 64;
/// How often the reader looks whether anybody still listens.
const IDLE: Duration = Duration::from_secs(5);

/// Tells the open streams of a workspace what happens. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    store: Store,
    rooms: Mutex<Rooms>,
}

#[derive(Default)]
struct Rooms {
    senders: HashMap<WorkspaceId, broadcast::Sender<Arc<str>>>,
    /// A task reads the store's changes.
    reading: bool,
}

impl Live {
    pub fn new(store: Store) -> Self {
        Live(Arc::new(Inner { store, rooms: Mutex::default() }))
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells one workspace. Of use for what is not a change of a run: a captured sample, a saved workflow.
    pub fn publish(&self, workspace: WorkspaceId, event: &StreamEvent) {
        let sender = self.rooms().senders.get(&workspace).cloned();
        if let Some(sender) = sender {
            send(&sender, event);
        }
    }

    /// Messages from now on, each a `StreamEvent` as JSON.
    pub(crate) fn subscribe(&self, workspace: WorkspaceId) -> broadcast::Receiver<Arc<str>> {
        let mut rooms = self.rooms();
        let receiver = rooms.senders.entry(workspace).or_insert_with(|| broadcast::Sender::new(BACKLOG)).subscribe();
        if !rooms.reading {
            rooms.reading = true;
            let changes = self.0.store.watch();
            tokio::spawn(self.clone().read(changes));
        }
        receiver
    }

    /// Gathers changed runs and tells each workspace about its own, until nobody listens.
    async fn read(self, mut changes: broadcast::Receiver<store::RunChange>) {
        let mut changed: HashMap<WorkspaceId, BTreeSet<RunId>> = HashMap::new();
        let mut told_lagged: HashMap<WorkspaceId, Instant> = HashMap::new();
        let mut last_sent = Instant::now();
        loop {
            let wake = if changed.is_empty() { Instant::now() + IDLE } else { last_sent + SPACING };
            match tokio::time::timeout_at(wake, changes.recv()).await {
                Ok(Ok(change)) => {
                    changed.entry(change.workspace).or_default().insert(change.run);
                    // Under a steady stream of changes the timer alone would never be reached.
                    if Instant::now() < last_sent + SPACING {
                        continue;
                    }
                }
                Ok(Err(RecvError::Lagged(_))) => {
                    let senders: Vec<_> = self.rooms().senders.values().cloned().collect();
                    for sender in senders {
                        send(&sender, &StreamEvent::Lagged);
                    }
                    changed.clear();
                    continue;
                }
                Ok(Err(RecvError::Closed)) => return self.rooms().reading = false,
                Err(_) => {}
            }
            for (workspace, runs) in changed.drain() {
                self.tell(workspace, runs, &mut told_lagged).await;
            }
            last_sent = Instant::now();
            let mut rooms = self.rooms();
            rooms.senders.retain(|_, sender| sender.receiver_count() > 0);
            if rooms.senders.is_empty() {
                rooms.reading = false;
                return;
            }
        }
    }

    async fn tell(&self, workspace: WorkspaceId, runs: BTreeSet<RunId>, told_lagged: &mut HashMap<WorkspaceId, Instant>) {
        let sender = self.rooms().senders.get(&workspace).cloned();
        let Some(sender) = sender.filter(|sender| sender.receiver_count() > 0) else { return };
        let newest: Vec<RunId> = runs.iter().rev().take(MOST_RUNS).copied().collect();
        match self.0.store.runs_by_id(workspace, &newest).await {
            Ok(found) if found.is_empty() => {}
            Ok(found) => send(&sender, &StreamEvent::Runs { runs: found }),
            Err(error) => {
                tracing::warn!(error = %error, "changed runs could not be read for the live view");
                send(&sender, &StreamEvent::Lagged);
            }
        }
        let told = told_lagged.get(&workspace).is_some_and(|at| at.elapsed() < LAGGED_SPACING);
        if runs.len() > MOST_RUNS && !told {
            told_lagged.insert(workspace, Instant::now());
            send(&sender, &StreamEvent::Lagged);
        }
    }
}

fn send(sender: &broadcast::Sender<Arc<str>>, event: &StreamEvent) {
    match serde_json::to_string(event) {
        // Nobody listens: nothing to do.
        Ok(text) => drop(sender.send(text.into())),
        Err(error) => tracing::error!(error = %error, "a message of the live view could not be written"),
    }
}

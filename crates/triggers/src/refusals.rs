//! What was refused at the door: a tally in memory, told to the store once a minute, so that a flood costs no write for each request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{
    Timestamp,
    ids::{TriggerId, WorkflowId, WorkspaceId},
};
use store::{LiveHook, Refused};

use crate::{Error, Ingest};

/// Signatures that do not fit, before a webhook is suspected: anybody may send one request to an address.
const SUSPECT: u64 = 5;
/// Of so many deliveries at most one fits where nearly none does.
const NEARLY_NONE: u64 = 10;
/// A tally that has come to nothing after so long, in milliseconds, begins anew.
const FORGET_MS: i64 = 24 * 3_600_000;
/// Tallies that are kept; of more, nothing is known.
const MOST: usize = 10_000;

/// Whose tally it is: with a trigger its signatures did not fit, without one too many runs of the workflow wait.
type Key = (WorkspaceId, WorkflowId, Option<TriggerId>);

#[derive(Debug, Clone, Copy)]
struct Tally {
    events: u64,
    first_at: Timestamp,
}

#[derive(Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<HashMap<Key, Tally>>>);

impl Refusals {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Key, Tally>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, key: Key, tally: Tally) {
        self.with(|tallies| {
            if tallies.len() < MOST || tallies.contains_key(&key) {
                let sum = tallies.entry(key).or_insert(Tally { events: 0, ..tally });
                sum.events += tally.events;
                sum.first_at = sum.first_at.min(tally.first_at);
            }
        });
    }
}

impl Ingest {
    /// A sender was told to come again because too many runs wait; every other error is somebody else's.
    pub(crate) fn count_backlog(&self, hook: &LiveHook, error: &Error, events: usize) {
        if matches!(error, Error::Store(store::Error::Backlog { .. })) {
            let tally = Tally { events: events as u64, first_at: self.store.now() };
            self.refusals.add((hook.workspace, hook.workflow, None), tally);
        }
    }

    /// A delivery to a trigger's own address whose signature or secret does not fit.
    pub(crate) fn count_signature(&self, hook: &LiveHook) {
        let tally = Tally { events: 1, first_at: self.store.now() };
        self.refusals.add((hook.workspace, hook.workflow, Some(hook.trigger.clone())), tally);
    }

    /// Tells the store what was refused since the last time: to be called about once a minute, and at the end.
    pub async fn tell_refusals(&self) -> Result<(), Error> {
        let mut tallies: Vec<(Key, Tally)> = self.refusals.with(|tallies| tallies.drain().collect());
        while let Some((key, tally)) = tallies.pop() {
            match self.tell_tally(&key, tally).await {
                Ok(true) => {}
                Ok(false) => self.refusals.add(key, tally),
                // Nothing is lost: it is told with the next ones.
                Err(error) => {
                    tallies.push((key, tally));
                    tallies.into_iter().for_each(|(key, tally)| self.refusals.add(key, tally));
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Whether that was the end of it; else it is counted on.
    async fn tell_tally(&self, (workspace, workflow, trigger): &Key, tally: Tally) -> Result<bool, store::Error> {
        if let Some(trigger) = trigger {
            let fit = self.store.events_of_trigger(*workflow, trigger, tally.first_at, tally.events).await?;
            if fit.saturating_mul(NEARLY_NONE) > tally.events {
                return Ok(true);
            }
            if tally.events < SUSPECT {
                return Ok(self.store.now().since(tally.first_at) > FORGET_MS);
            }
        }
        let (workspace, workflow, trigger) = (*workspace, *workflow, trigger.clone());
        self.store.count_refused(&Refused { workspace, workflow, trigger, events: tally.events, at: tally.first_at }).await?;
        Ok(true)
    }
}

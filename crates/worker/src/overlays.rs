//! What tests would have changed: kept in memory, by run, and seen by that run alone.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use model::{ids::RunId, step::StoreScope};
use serde_json::Value;

/// Tests whose changes are remembered; a test that is older than all of these sees the kept values as they are.
const MOST_RUNS: usize = 256;

/// A value that was taken away is `None`.
type Changes = HashMap<(StoreScope, String), Option<Value>>;

#[derive(Default)]
pub(crate) struct Overlays(Mutex<HashMap<RunId, Changes>>);

impl Overlays {
    /// What the test has made of a key; nothing where it has not touched it.
    pub fn get(&self, run: RunId, scope: StoreScope, key: &str) -> Option<Option<Value>> {
        self.with(|runs| runs.get(&run)?.get(&(scope, key.to_owned())).cloned())
    }

    pub fn set(&self, run: RunId, scope: StoreScope, key: String, value: Option<Value>) {
        self.with(|runs| {
            if runs.len() >= MOST_RUNS
                && !runs.contains_key(&run)
                // Ids grow with time.
                && let Some(oldest) = runs.keys().min().copied()
            {
                runs.remove(&oldest);
            }
            runs.entry(run).or_default().insert((scope, key), value);
        });
    }

    pub fn forget(&self, run: RunId) {
        self.with(|runs| runs.remove(&run));
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<RunId, Changes>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

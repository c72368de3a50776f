//! Where accounts are kept.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use model::Timestamp;
use model::ids::ConnectionId;

/// Keeps one document for each account. Its form is the sandbox's.
pub trait Shelf: fmt::Debug + Send + Sync {
    /// The document and its revision; nothing before anything was put.
    fn get(&self, account: ConnectionId) -> Shelving<'_, Option<(i64, Vec<u8>)>>;

    /// Puts the document that was made from the revision `seen` (0: none); `false` when somebody else was faster.
    fn put(&self, account: ConnectionId, seen: i64, document: Vec<u8>) -> Shelving<'_, bool>;

    /// What time the simulated systems have.
    fn now(&self) -> Timestamp;
}

/// The error says, for the operator, why it did not work.
pub type Shelving<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// Accounts that end with the process.
#[derive(Debug, Default)]
pub struct Memory {
    documents: Mutex<HashMap<ConnectionId, (i64, Vec<u8>)>>,
    /// Rises by a second with every call.
    clock: Mutex<i64>,
}

impl Shelf for Memory {
    fn get(&self, account: ConnectionId) -> Shelving<'_, Option<(i64, Vec<u8>)>> {
        let found = self.documents.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn put(&self, account: ConnectionId, seen: i64, document: Vec<u8>) -> Shelving<'_, bool> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = documents.get(&account).map_or(0, |(revision, _)| *revision);
        let is_first = stands == seen;
        if is_first {
            documents.insert(account, (seen + 1, document));
        }
        Box::pin(std::future::ready(Ok(is_first)))
    }

    fn now(&self) -> Timestamp {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        *clock += 1_000;
        // 2026-03-01T12:00:00Z
        Timestamp(1_772_366_400_000 + *clock)
    }
}

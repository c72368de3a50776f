use std::sync::Arc;

use model::Timestamp;

use crate::{Clock, Error, Options};

/// The database, shared by everything in the process.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens, locks and migrates the database.
    pub async fn open(options: Options, clock: Arc<dyn Clock>) -> Result<Store, Error> {
        todo!()
    }

    /// Waits for writes under way and closes every connection; later calls answer `Unavailable`.
    pub async fn close(&self) {
        todo!()
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// The database's time: what leases and schedules are measured by.
    pub fn now(&self) -> Timestamp {
        todo!()
    }

    /// A fresh row id: time-ordered, unique over all nodes.
    pub fn next_id(&self) -> i64 {
        todo!()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        todo!()
    }
}

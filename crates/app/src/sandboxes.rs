//! The simulated accounts of sandbox connections, kept in the database.

use std::fmt;

use model::{Timestamp, ids::ConnectionId};
use sandbox::{Shelf, Shelving};
use store::Store;

pub struct Accounts(pub Store);

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Accounts").finish_non_exhaustive()
    }
}

impl Shelf for Accounts {
    fn get(&self, account: ConnectionId) -> Shelving<'_, Option<(i64, Vec<u8>)>> {
        Box::pin(async move { self.0.sandbox_account(account).await.map_err(|error| error.to_string()) })
    }

    fn put(&self, account: ConnectionId, seen: i64, document: Vec<u8>) -> Shelving<'_, bool> {
        Box::pin(async move { self.0.put_sandbox_account(account, seen, document).await.map_err(|error| error.to_string()) })
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

//! Permits for calls: limits of other systems are kept rather than hit.

use connect::{
    Budget, CallError, CallResult,
    budget::{Account, Permit, Told, Window},
};
use model::{Timestamp, ids::ConnectionId, run::ErrorClass};
use serde_json::Value;
use store::Store;

use crate::Catalog;

/// A refusal that does not say for how long keeps the connection silent for so many milliseconds.
const BLOCK_MS: u64 = 1_000;

/// The permits of all connections, for runs and for everybody else who calls in this process. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Permits {
    store: Store,
    catalog: Catalog,
    budget: Budget,
}

impl Permits {
    /// `shared`: other processes make calls with the same connections, so budgets are shared through the database.
    pub fn new(store: Store, catalog: Catalog, shared: bool) -> Self {
        Permits { store, catalog, budget: Budget::new(shared) }
    }

    /// When a call may go, if it may not go now. Otherwise a permit is taken.
    pub async fn refused_until(&self, connector: &str, connection: ConnectionId) -> Option<Timestamp> {
        let windows = self.catalog.limits(connector);
        let now = self.store.now();
        match self.budget.take(connection, windows, now) {
            Permit::Granted => None,
            Permit::At(at) => Some(at),
            Permit::Empty { wanted } => {
                let granted = self.slice(connection, windows, wanted, now).await;
                self.budget.fill(connection, windows, granted, now);
                match self.budget.take(connection, windows, now) {
                    Permit::Granted => None,
                    Permit::At(at) => Some(at),
                    Permit::Empty { .. } => Some(now.plus_ms(1)),
                }
            }
        }
    }

    /// A slice of the account all processes share.
    async fn slice(&self, connection: ConnectionId, windows: &[Window], wanted: u32, now: Timestamp) -> Result<u32, Timestamp> {
        let take = |kept: Option<&[u8]>| {
            let mut account = read(kept);
            let granted = account.take(windows, wanted, now);
            (write(&account), granted)
        };
        match self.store.with_budget(connection, take).await {
            Ok(granted) => granted,
            Err(error) => {
                // The other side still says no when it is too much.
                tracing::warn!(connection.id = %connection, error = %error, "the shared rate budget cannot be read; this process goes by itself");
                Ok(1)
            }
        }
    }

    /// Learns from an error: whoever asked for silence gets it.
    pub async fn heed_error(&self, connection: ConnectionId, error: &CallError) {
        if error.class != ErrorClass::RateLimited {
            return;
        }
        let now = self.store.now();
        let wait = error.retry_after_ms.unwrap_or(BLOCK_MS);
        let until = now.plus_ms(i64::try_from(wait).unwrap_or(i64::MAX));
        self.budget.block(connection, until, now);
        self.tell_all(connection, |account| account.block(until, now)).await;
    }

    /// Learns from an answer.
    pub(crate) async fn heed(&self, connection: ConnectionId, result: &CallResult) {
        let now = self.store.now();
        if let Err(error) = &result.outcome {
            self.heed_error(connection, error).await;
        }
        if let Some(told) = told(result, now) {
            self.budget.heed(connection, told, now);
            if told.left == 0 {
                self.tell_all(connection, |account| account.heed(told, now)).await;
            }
        }
    }

    /// What one process was told holds for all of them.
    async fn tell_all(&self, connection: ConnectionId, tell: impl Fn(&mut Account)) {
        if !self.budget.is_shared() {
            return;
        }
        let work = |kept: Option<&[u8]>| {
            let mut account = read(kept);
            tell(&mut account);
            (write(&account), ())
        };
        if let Err(error) = self.store.with_budget(connection, work).await {
            tracing::warn!(connection.id = %connection, error = %error, "a limit could not be passed on to the other processes");
        }
    }
}

/// A row nobody can read begins anew: at worst a limit is hit once.
fn read(kept: Option<&[u8]>) -> Account {
    kept.and_then(|kept| serde_json::from_slice(kept).ok()).unwrap_or_default()
}

fn write(account: &Account) -> Vec<u8> {
    serde_json::to_vec(account).unwrap_or_default()
}

/// What the headers of an answer say.
fn told(result: &CallResult, now: Timestamp) -> Option<Told> {
    let recorded = result.response.as_ref().map(|response| response.headers.as_slice()).unwrap_or_default();
    // Of a success they stand in the output.
    let shown = result.outcome.as_ref().ok().and_then(|output| output.get("headers"));
    let header = |name: &str| {
        let recorded = recorded.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        recorded.or_else(|| shown?.get(name).and_then(Value::as_str))
    };
    Told::of(header, now)
}

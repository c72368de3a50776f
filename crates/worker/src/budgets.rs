//! Permits for calls: limits of other systems are kept rather than hit.

use connect::{
    Budget, CallError, CallResult,
    budget::{Account, Limits, Permit, Told},
};
use model::{Timestamp, ids::ConnectionId, run::ErrorClass};
use store::Store;

use crate::{
    Catalog,
    limits::{Counted, Use, counted, windows},
};

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

    /// When a call may go, if it may not go now. Otherwise a permit is taken, of the connection and of each lane it is counted in.
    pub async fn refused_until<'a>(&self, call: impl Into<Use<'a>>, connection: ConnectionId) -> Option<Timestamp> {
        let limits = windows(&counted(&self.catalog, call.into()));
        let now = self.store.now();
        match self.budget.take(connection, &limits, now) {
            Permit::Granted => None,
            Permit::At(at) => Some(at),
            Permit::Empty { wanted } => {
                let granted = self.slice(connection, &limits, wanted, now).await;
                self.budget.fill(connection, &limits, granted, now);
                match self.budget.take(connection, &limits, now) {
                    Permit::Granted => None,
                    Permit::At(at) => Some(at),
                    Permit::Empty { .. } => Some(now.plus_ms(1)),
                }
            }
        }
    }

    /// A slice of the account all processes share.
    async fn slice(&self, connection: ConnectionId, limits: &Limits, wanted: u32, now: Timestamp) -> Result<u32, Timestamp> {
        let take = |kept: Option<&[u8]>| {
            let mut account = read(kept);
            let granted = account.take(limits, wanted, now);
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

    /// Learns from an error of a call of which no more is known: whoever asked for silence gets it, from the whole connection.
    pub async fn heed_error(&self, connection: ConnectionId, error: &CallError) {
        if error.class == ErrorClass::RateLimited {
            self.silence(connection, None, error).await;
        }
    }

    /// Learns from how a call ended. What is said of a limit holds for the calls that it counts.
    pub(crate) async fn heed<'a>(&self, call: impl Into<Use<'a>>, connection: ConnectionId, result: &CallResult) {
        let now = self.store.now();
        let call = call.into();
        let counted = counted(&self.catalog, call);
        let named = |limit: &manifest::RateLimit| limit.remaining_header.is_some();
        let told: Vec<(Option<&str>, Told)> = if self.catalog.limits(call.connector).iter().any(named) {
            let by = |one: &Counted<'_>| Told::by(one.limit, |name| header(result, name), now);
            counted.iter().filter_map(|one| Some((one.lane.as_deref(), by(one)?))).collect()
        } else {
            Told::of(|name| header(result, name), now).map(|told| (None, told)).into_iter().collect()
        };
        for (lane, told) in &told {
            self.budget.heed(connection, *lane, *told, now);
            if told.left == 0 {
                self.tell_all(connection, |account| account.lane(*lane).heed(*told, now)).await;
            }
        }
        if let Err(error) = &result.outcome
            && error.class == ErrorClass::RateLimited
        {
            for lane in refused(&counted, &told) {
                self.silence(connection, lane, error).await;
            }
        }
    }

    async fn silence(&self, connection: ConnectionId, lane: Option<&str>, error: &CallError) {
        let now = self.store.now();
        let wait = error.retry_after_ms.unwrap_or(BLOCK_MS);
        let until = now.plus_ms(i64::try_from(wait).unwrap_or(i64::MAX));
        self.budget.block(connection, lane, until, now);
        self.tell_all(connection, |account| account.lane(lane).block(until, now)).await;
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

/// Which lanes a refusal is about. A limit whose header says that nothing is left says so itself; else it is the connection's own limit,
/// or where only parts of it are limited, those that count the call.
fn refused<'a>(counted: &'a [Counted<'_>], told: &[(Option<&'a str>, Told)]) -> Vec<Option<&'a str>> {
    let used_up: Vec<_> = told.iter().filter(|(_, told)| told.left == 0).map(|(lane, _)| *lane).collect();
    if !used_up.is_empty() {
        return used_up;
    }
    if counted.is_empty() || counted.iter().any(|one| one.lane.is_none()) {
        return vec![None];
    }
    counted.iter().map(|one| one.lane.as_deref()).collect()
}

/// A header of the answer, by its name in lower case.
fn header<'a>(result: &'a CallResult, name: &str) -> Option<&'a str> {
    let recorded = result.response.as_ref().map(|response| response.headers.as_slice()).unwrap_or_default();
    let recorded = recorded.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    // Of a success of the HTTP connector they stand in the output.
    let shown = || result.outcome.as_ref().ok()?.get("headers")?.get(name)?.as_str();
    recorded.or_else(shown)
}

#[cfg(test)]
mod tests {
    use manifest::{LimitKey, RateLimit};

    use super::*;

    #[test]
    fn a_refusal_is_about_what_is_limited() {
        let limit = RateLimit {
            requests: 1,
            per_s: 1,
            by: LimitKey::Account,
            field: None,
            operations: Vec::new(),
            remaining_header: None,
            reset_header: None,
        };
        let one = |lane: Option<&str>| Counted { limit: &limit, lane: lane.map(str::to_owned) };
        let told = |lane, left| (lane, Told { left, reset: Timestamp(1) });
        let (whole, channel, method) = (one(None), one(Some("channel")), one(Some("method")));
        assert_eq!(refused(&[], &[]), [None], "nothing is stated");
        let all = [whole, channel];
        assert_eq!(refused(&all, &[]), [None], "not said of which");
        assert_eq!(refused(&all, &[told(None, 3), told(Some("channel"), 0)]), [Some("channel")]);
        assert_eq!(refused(&all, &[told(None, 0), told(Some("channel"), 4)]), [None]);
        let parts = [method, one(Some("channel"))];
        assert_eq!(refused(&parts, &[]), [Some("method"), Some("channel")], "nothing limits the whole connection");
        assert_eq!(refused(&parts, &[told(Some("channel"), 2)]), [Some("method"), Some("channel")]);
    }
}

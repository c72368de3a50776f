//! How many calls a connection may make, and when the next one may go: the other side's limits are kept rather than hit.
//!
//! An [`Account`] is what is known of one connection. One process keeps them in memory; where several share the work, the
//! account stands in a row and each process takes slices from it. [`Budget`] serves both.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use model::{Timestamp, ids::ConnectionId};
use serde::{Deserialize, Serialize};

mod limits;
mod slices;
mod told;

use slices::Slices;

pub use limits::{Lane, Limits, Window};
pub use told::Told;

/// Counts are kept by parts of a window: the last part that leaves it counts whole, so a limit is never exceeded, at the cost of
/// at most a twentieth of it.
const PARTS: i64 = 20;
/// Answers tell one moment within so many milliseconds of each other.
const SAME_MS: i64 = 1_000;
/// No connection is held up for longer than a day by what an answer says, in milliseconds.
const LONGEST_BLOCK_MS: i64 = 86_400_000;

/// What is known of one connection's limits and use.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Calls by the length of the window, and in it by part: the number of the part since 1970, and the calls in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    used: BTreeMap<u64, Vec<(i64, u32)>>,
    /// The other side asked for silence until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blocked_until: Option<Timestamp>,
    /// The other side said how many calls are left until a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<(u32, Timestamp)>,
    /// What is known of single lanes, by their keys. Forgotten when it says nothing any more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lanes: BTreeMap<String, Account>,
}

/// What may be taken at once, and when to come again where that is nothing.
struct Free {
    permits: u32,
    again: Option<Timestamp>,
}

impl Account {
    /// Takes up to `wanted` permits, at least one: of the connection and of each lane. The error says when to come again.
    pub fn take(&mut self, limits: &Limits, wanted: u32, now: Timestamp) -> Result<u32, Timestamp> {
        self.lanes.retain(|_, lane| lane.says_something(now));
        let mut free = self.free(&limits.whole, now);
        for lane in &limits.lanes {
            let of_lane = self.lane(Some(&lane.key)).free(&lane.windows, now);
            free = Free { permits: free.permits.min(of_lane.permits), again: free.again.max(of_lane.again) };
        }
        if let Some(again) = free.again {
            return Err(again);
        }
        let granted = wanted.max(1).min(free.permits);
        self.spend(granted, now);
        for lane in &limits.lanes {
            self.lane(Some(&lane.key)).spend(granted, now);
        }
        Ok(granted)
    }

    /// What is known of a lane; without a key, of the whole connection.
    pub fn lane(&mut self, key: Option<&str>) -> &mut Account {
        match key {
            Some(key) => self.lanes.entry(key.to_owned()).or_default(),
            None => self,
        }
    }

    fn free(&mut self, windows: &[Window], now: Timestamp) -> Free {
        self.blocked_until = self.blocked_until.filter(|until| *until > now);
        self.left = self.left.filter(|(_, reset)| *reset > now);
        let mut free = Free { permits: u32::MAX, again: self.blocked_until };
        if let Some((left, reset)) = self.left {
            free.permits = left;
            free.again = free.again.max((left == 0).then_some(reset));
        }
        for window in windows {
            let used = self.used.entry(window.per_ms).or_default();
            used.retain(|(part, _)| leaves(*part, window.per_ms) > now);
            let taken: u64 = used.iter().map(|(_, calls)| u64::from(*calls)).sum();
            let of_window = u64::from(window.permits.max(1)).saturating_sub(taken);
            free.permits = free.permits.min(u32::try_from(of_window).unwrap_or(u32::MAX));
            if of_window == 0 {
                let soonest = used.first().map_or(now, |(part, _)| leaves(*part, window.per_ms));
                free.again = free.again.max(Some(soonest));
            }
        }
        self.used.retain(|per_ms, _| windows.iter().any(|window| window.per_ms == *per_ms));
        free
    }

    fn spend(&mut self, granted: u32, now: Timestamp) {
        for (per_ms, used) in &mut self.used {
            let part = now.ms().div_euclid(part_ms(*per_ms));
            match used.last_mut() {
                Some((last, calls)) if *last >= part => *calls = calls.saturating_add(granted),
                _ => used.push((part, granted)),
            }
        }
        if let Some((left, _)) = &mut self.left {
            *left = left.saturating_sub(granted);
        }
    }

    fn says_something(&self, now: Timestamp) -> bool {
        let is_used = |(per_ms, parts): (&u64, &Vec<(i64, u32)>)| parts.iter().any(|(part, _)| leaves(*part, *per_ms) > now);
        self.blocked_until.is_some_and(|until| until > now)
            || self.left.is_some_and(|(_, reset)| reset > now)
            || self.used.iter().any(is_used)
    }

    /// The other side refused for now: nothing goes to it before `until`.
    pub fn block(&mut self, until: Timestamp, now: Timestamp) {
        let until = until.min(now.plus_ms(LONGEST_BLOCK_MS));
        self.blocked_until = Some(self.blocked_until.map_or(until, |before| before.max(until)));
    }

    /// Takes to heart what an answer said. Answers overtake each other: of one period the lowest count holds.
    pub fn heed(&mut self, told: Told, now: Timestamp) {
        let reset = told.reset.min(now.plus_ms(LONGEST_BLOCK_MS));
        if reset <= now {
            return;
        }
        self.left = match self.left.filter(|(_, before)| *before > now) {
            Some((left, before)) if reset.since(before) <= SAME_MS && before.since(reset) <= SAME_MS => {
                Some((left.min(told.left), before.max(reset)))
            }
            // Of an earlier period, or of another of several limits: the tighter one counts.
            Some((left, before)) if before > reset && left <= told.left => Some((left, before)),
            _ => Some((told.left, reset)),
        };
    }
}

fn part_ms(per_ms: u64) -> i64 {
    i64::try_from(per_ms).unwrap_or(i64::MAX).div_euclid(PARTS).max(1)
}

/// When a part no longer counts.
fn leaves(part: i64, per_ms: u64) -> Timestamp {
    let length = part_ms(per_ms);
    Timestamp(part.saturating_add(1).saturating_mul(length)).plus_ms(i64::try_from(per_ms).unwrap_or(i64::MAX))
}

/// Whether a call may go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    Granted,
    /// Not before then.
    At(Timestamp),
    /// So many permits are to be taken from the shared account and handed to [`Budget::fill`] first.
    Empty {
        wanted: u32,
    },
}

/// The accounts of all connections. Cheap to clone; clones are the same budget.
#[derive(Debug, Clone)]
pub struct Budget {
    shared: bool,
    known: Arc<Mutex<HashMap<ConnectionId, Known>>>,
}

#[derive(Debug, Default)]
struct Known {
    account: Account,
    /// Of a shared account.
    slices: Slices,
}

impl Budget {
    /// `shared`: other processes make calls with the same connections.
    pub fn new(shared: bool) -> Self {
        Budget { shared, known: Arc::default() }
    }

    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Takes one permit.
    pub fn take(&self, connection: ConnectionId, limits: &Limits, now: Timestamp) -> Permit {
        self.with(connection, |known| {
            if !self.shared {
                return match known.account.take(limits, 1, now) {
                    Ok(_) => Permit::Granted,
                    Err(at) => Permit::At(at),
                };
            }
            // What this process was told itself holds before the others know of it.
            match known.account.take(&limits.without_windows(), 1, now) {
                Ok(_) => known.slices.take(limits, now),
                Err(at) => Permit::At(at),
            }
        })
    }

    /// What the shared account gave: permits to be used within a second, or when to ask again. Without windows it gives as many as
    /// anybody wants, and is asked only whether the connection is blocked.
    pub fn fill(&self, connection: ConnectionId, limits: &Limits, granted: Result<u32, Timestamp>, now: Timestamp) {
        self.with(connection, |known| known.slices.fill(limits, granted, now));
    }

    /// Silence for a lane; without a key, for the whole connection.
    pub fn block(&self, connection: ConnectionId, lane: Option<&str>, until: Timestamp, now: Timestamp) {
        self.with(connection, |known| {
            known.slices.clear();
            known.account.lane(lane).block(until, now);
        });
    }

    pub fn heed(&self, connection: ConnectionId, lane: Option<&str>, told: Told, now: Timestamp) {
        self.with(connection, |known| known.account.lane(lane).heed(told, now));
    }

    fn with<T>(&self, connection: ConnectionId, work: impl FnOnce(&mut Known) -> T) -> T {
        // A panic elsewhere leaves at worst a permit too few.
        work(self.known.lock().unwrap_or_else(PoisonError::into_inner).entry(connection).or_default())
    }
}

#[cfg(test)]
mod tests;

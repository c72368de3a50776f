//! Permits taken from a shared account in advance, so that not every call asks the database.

use std::collections::HashMap;

use model::Timestamp;

use super::{Limits, Permit, Window};

/// For how long a slice may be used, in milliseconds.
const SLICE_MS: i64 = 1_000;
/// No slice holds more.
const MOST_IN_SLICE: u32 = 1_000;

/// What one process has in hand of one connection, by the lanes it was taken for.
#[derive(Debug, Default)]
pub(super) struct Slices(HashMap<Vec<String>, Slice>);

#[derive(Debug)]
enum Slice {
    Permits {
        left: u32,
        until: Timestamp,
    },
    /// The account has none before.
    Nothing {
        until: Timestamp,
    },
}

impl Slice {
    fn until(&self) -> Timestamp {
        match self {
            Slice::Permits { until, .. } | Slice::Nothing { until } => *until,
        }
    }
}

impl Slices {
    pub fn take(&mut self, limits: &Limits, now: Timestamp) -> Permit {
        self.0.retain(|_, slice| slice.until() > now);
        match self.0.get_mut(&lanes(limits)) {
            Some(Slice::Nothing { until }) => Permit::At(*until),
            Some(Slice::Permits { left, .. }) if *left > 0 => {
                *left = left.saturating_sub(1);
                Permit::Granted
            }
            _ => Permit::Empty { wanted: size(limits) },
        }
    }

    pub fn fill(&mut self, limits: &Limits, granted: Result<u32, Timestamp>, now: Timestamp) {
        let slice = match granted {
            Ok(_) if limits.windows().next().is_none() => Slice::Permits { left: u32::MAX, until: now.plus_ms(SLICE_MS) },
            Ok(left) => Slice::Permits { left, until: now.plus_ms(SLICE_MS) },
            Err(until) => Slice::Nothing { until },
        };
        self.0.insert(lanes(limits), slice);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn lanes(limits: &Limits) -> Vec<String> {
    limits.lanes.iter().map(|lane| lane.key.clone()).collect()
}

/// About a second of the tightest window.
fn size(limits: &Limits) -> u32 {
    let second = |window: &Window| u64::from(window.permits) * SLICE_MS.unsigned_abs() / window.per_ms.max(1);
    let size = limits.windows().map(second).min().unwrap_or(1);
    u32::try_from(size).unwrap_or(MOST_IN_SLICE).clamp(1, MOST_IN_SLICE)
}

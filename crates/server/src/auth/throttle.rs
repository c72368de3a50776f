//! Limits on attempts to sign in.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::error::ApiError;

/// Keys remembered at once; when full, unknown ones are refused until others have recovered.
const KEYS: usize = 20_000;

/// What each kind of attempt is limited to: one address guessing at one account, one account, one address.
pub(crate) struct Throttles {
    pub pair: Throttle,
    pub account: Throttle,
    pub address: Throttle,
}

impl Default for Throttles {
    fn default() -> Self {
        Throttles { pair: Throttle::new(5, 30_000), account: Throttle::new(30, 30_000), address: Throttle::new(60, 2_000) }
    }
}

/// One permit per key every `every_ms`, up to `burst` of them at once.
pub(crate) struct Throttle {
    burst: i64,
    every_ms: i64,
    /// By key: when it has fully recovered, in milliseconds.
    full_at: Mutex<HashMap<String, i64>>,
}

impl Throttle {
    fn new(burst: i64, every_ms: i64) -> Self {
        Throttle { burst, every_ms, full_at: Mutex::default() }
    }

    /// Takes a permit at once, before the attempt, so that attempts made at the same time are counted too.
    pub fn take(&self, key: &str, now_ms: i64) -> Result<(), ApiError> {
        let mut keys = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEYS && !keys.contains_key(key) {
            keys.retain(|_, full_at| *full_at > now_ms);
            if keys.len() >= KEYS {
                return Err(ApiError::too_many((self.every_ms / 1000).max(1).cast_unsigned()));
            }
        }
        let full_at = keys.entry(key.to_owned()).or_insert(now_ms);
        let next = (*full_at).max(now_ms) + self.every_ms;
        let wait_ms = next - now_ms - self.burst * self.every_ms;
        if wait_ms > 0 {
            return Err(ApiError::too_many((wait_ms.cast_unsigned()).div_ceil(1000)));
        }
        *full_at = next;
        Ok(())
    }

    /// An attempt that succeeded does not count.
    pub fn give_back(&self, key: &str) {
        if let Some(full_at) = self.full_at.lock().unwrap_or_else(PoisonError::into_inner).get_mut(key) {
            *full_at -= self.every_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_after_a_burst_and_recovers() {
        let throttle = Throttle::new(3, 1_000);
        for _ in 0..3 {
            throttle.take("a", 0).expect("within the burst");
        }
        let refused = throttle.take("a", 0).expect_err("over it");
        assert!(format!("{refused:?}").contains("retry_after: Some(1)"), "{refused:?}");
        throttle.take("b", 0).expect("another key");
        throttle.take("a", 1_000).expect("one has come back");
        throttle.take("a", 1_000).expect_err("only one");
        throttle.give_back("a");
        throttle.take("a", 1_000).expect("a success did not count");
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new(1, 1_000);
        for n in 0..KEYS {
            throttle.take(&n.to_string(), 0).expect("room");
        }
        throttle.take("one more", 0).expect_err("full");
        throttle.take("one more", 1_000).expect("others have recovered");
    }
}

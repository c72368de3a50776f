//! When the next attempt is, and whether there is one.

use model::{
    Timestamp,
    run::{ErrorClass, StepState},
    step::{Policy, Retry},
};

use crate::key::jitter;

/// A call refused for its credentials is tried again after so many milliseconds, unless its connection is repaired before.
const CONNECTION_WAIT_MS: i64 = 10 * 60 * 1000;

/// After so many attempts in one round a call whose process keeps dying is not sent again by itself.
const MOST_LOST: u32 = 20;

/// Calls of the current round that count against the policy. Those refused for their credentials do not: they waited for a person.
pub(crate) fn used(step: &StepState, round: u32) -> u32 {
    let counts = |class: Option<ErrorClass>| class != Some(ErrorClass::Auth);
    step.calls().filter(|a| a.round == round && counts(a.error.as_ref().map(|e| e.class))).count() as u32
}

pub(crate) fn attempts_left(policy: &Policy, used: u32) -> bool {
    used < policy.retry.max_attempts
}

/// Whether a call that was lost with its process may be sent again once more.
pub(crate) fn may_resend(used: u32) -> bool {
    used < MOST_LOST
}

/// When the attempt after the `used`-th starts. What the other side asked for counts, even beyond the policy's longest wait.
pub(crate) fn retry_at(now: Timestamp, retry: &Retry, key: &str, used: u32, retry_after_ms: Option<u64>) -> Timestamp {
    let wait = retry_after_ms.unwrap_or_else(|| wait_ms(retry, key, used));
    now.plus_ms(i64::try_from(wait).unwrap_or(i64::MAX))
}

pub(crate) fn connection_retry_at(now: Timestamp) -> Timestamp {
    now.plus_ms(CONNECTION_WAIT_MS)
}

fn wait_ms(retry: &Retry, key: &str, used: u32) -> u64 {
    let doubled = 1_u64.checked_shl(used.saturating_sub(1)).and_then(|factor| retry.first_delay_ms.checked_mul(factor));
    let wait = doubled.unwrap_or(u64::MAX).min(retry.max_delay_ms);
    let spread = wait / 4 / 1023 * jitter(key, used) + wait / 4 % 1023 * jitter(key, used) / 1023;
    // At the longest wait the jitter goes the other way, so that calls that failed together still do not return together.
    match wait.checked_add(spread) {
        Some(later) if later <= retry.max_delay_ms => later,
        _ => wait - spread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_longest() {
        let retry = Retry { max_attempts: 20, first_delay_ms: 1000, max_delay_ms: 60_000 };
        for key in ["a", "b", "00ff"] {
            for (used, least, most) in [
                (1, 1000, 1250),
                (2, 2000, 2500),
                (3, 4000, 5000),
                (6, 32_000, 40_000),
                (7, 45_000, 60_000),
                (200, 45_000, 60_000),
            ] {
                let wait = wait_ms(&retry, key, used);
                assert!((least..=most).contains(&wait), "attempt {used}: {wait}");
                assert_eq!(wait, wait_ms(&retry, key, used), "no randomness");
            }
        }
        assert_ne!(wait_ms(&retry, "a", 3), wait_ms(&retry, "b", 3));
    }

    #[test]
    fn extremes_do_not_overflow() {
        let retry = Retry { max_attempts: 20, first_delay_ms: u64::MAX, max_delay_ms: u64::MAX };
        assert!(wait_ms(&retry, "k", 64) > 0);
        assert_eq!(retry_at(Timestamp(5), &retry, "k", 1, Some(u64::MAX)), Timestamp(i64::MAX));
        assert_eq!(wait_ms(&Retry { max_attempts: 2, first_delay_ms: 0, max_delay_ms: 0 }, "k", 1), 0);
    }

    #[test]
    fn the_other_side_decides_how_long() {
        let retry = Retry::default();
        assert_eq!(retry_at(Timestamp(1000), &retry, "k", 1, Some(3_600_000)), Timestamp(3_601_000));
        assert_eq!(retry_at(Timestamp(1000), &retry, "k", 3, Some(5)), Timestamp(1005));
    }
}

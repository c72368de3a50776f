//! When a trigger looks next.

use model::{Timestamp, run::ErrorClass};
use sha2::{Digest, Sha256};

/// No trigger looks less often than once a day, in seconds.
const LONGEST_S: u64 = 86_400;
/// The longest pause after failures, in milliseconds, unless the trigger looks less often anyway.
const LONGEST_BACKOFF_MS: i64 = 3_600_000;
/// Between two looks at whether a connection works again, in milliseconds; whoever mends it wakes the trigger.
const REPAIR_MS: i64 = 300_000;

/// The times of one trigger.
pub(super) struct Rhythm {
    every_ms: i64,
    /// Of the trigger's name: as good as random, and always the same.
    spread: u64,
}

impl Rhythm {
    /// `wanted_s`: what the maker chose; never more often than `least_s`. `key`: the name of the trigger's job.
    pub fn new(wanted_s: Option<u64>, least_s: u64, key: &str) -> Self {
        let every_s = wanted_s.unwrap_or(least_s).max(least_s).clamp(1, LONGEST_S);
        let mut first = [0; 8];
        first.copy_from_slice(&Sha256::digest(key.as_bytes())[..8]);
        Rhythm { every_ms: i64::try_from(every_s * 1_000).unwrap_or(i64::MAX), spread: u64::from_be_bytes(first) }
    }

    /// After a look that was due at `due` and is done at `now`. Those that fell due together, after a restart, part.
    pub fn next(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        let late = now.since(due);
        if (0..=self.every_ms / 10).contains(&late) {
            return due.plus_ms(self.every_ms);
        }
        now.plus_ms(self.every_ms + self.part_of(self.every_ms / 4))
    }

    /// After the `failures`-th failure in a row. `asked_ms`: for how long the other side asked to wait.
    pub fn after_failure(&self, class: ErrorClass, asked_ms: Option<u64>, failures: u32, now: Timestamp) -> Timestamp {
        let asked = asked_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX).min(LONGEST_S as i64 * 1_000));
        let wait = match (class, asked) {
            (ErrorClass::RateLimited | ErrorClass::Transient, Some(ms)) => ms.max(1_000),
            (ErrorClass::Auth, _) => REPAIR_MS.max(self.every_ms),
            _ => {
                let doubled = self.every_ms.saturating_mul(1_i64 << failures.saturating_sub(1).min(20));
                doubled.min(LONGEST_BACKOFF_MS).max(self.every_ms)
            }
        };
        now.plus_ms(wait.saturating_add(self.part_of(wait / 10)))
    }

    fn part_of(&self, ms: i64) -> i64 {
        let whole = ms.max(0).unsigned_abs() + 1;
        i64::try_from(self.spread % whole).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    #[test]
    fn looks_keep_their_distance_and_their_second() {
        let rhythm = Rhythm::new(None, 60, "wf_1:start");
        assert_eq!(rhythm.next(NOW, NOW.plus_ms(900)), NOW.plus_ms(60_000), "not later with every look");
        for late in [6_001, 60_000, 3_600_000] {
            let pause = rhythm.next(NOW, NOW.plus_ms(late)).since(NOW.plus_ms(late));
            assert!((60_000..=75_000).contains(&pause), "{late}: {pause}");
        }
        let spread: std::collections::BTreeSet<i64> = (0..50)
            .map(|n| Rhythm::new(None, 60, &format!("wf_{n}:start")).next(NOW, NOW.plus_ms(3_600_000)).ms() / 1_000)
            .collect();
        assert!(spread.len() > 8, "those that were due together part: {spread:?}");
    }

    #[test]
    fn nobody_looks_more_often_than_allowed_or_less_than_daily() {
        let pause = |wanted, least| Rhythm::new(wanted, least, "k").next(NOW, NOW.plus_ms(1)).since(NOW);
        assert_eq!(pause(Some(10), 300), 300_000);
        assert_eq!(pause(Some(900), 300), 900_000);
        assert_eq!(pause(Some(u64::MAX), 300), 86_400_000);
        assert_eq!(pause(Some(0), 0), 1_000);
    }

    #[test]
    fn failures_wait_longer_and_longer() {
        let rhythm = Rhythm::new(None, 60, "wf_1:start");
        let wait = |class, asked, failures| rhythm.after_failure(class, asked, failures, NOW).since(NOW);
        let pauses: Vec<i64> = (1..=9).map(|n| wait(ErrorClass::Transient, None, n) / 60_000).collect();
        assert!(pauses.is_sorted() && pauses[0] == 1 && pauses[3] == 8, "{pauses:?}");
        assert!((60..=66).contains(&pauses[8]), "{pauses:?}");
        assert!((90_000..=99_000).contains(&wait(ErrorClass::RateLimited, Some(90_000), 1)), "as long as was asked");
        assert!((300_000..=330_000).contains(&wait(ErrorClass::Auth, None, 9)), "it costs no call");
        assert!(wait(ErrorClass::RateLimited, Some(u64::MAX), 1) <= 95_040_000);
        let daily = Rhythm::new(Some(86_400), 60, "k");
        assert!(daily.after_failure(ErrorClass::Permanent, None, 1, NOW).since(NOW) >= 86_400_000, "never more often");
    }
}

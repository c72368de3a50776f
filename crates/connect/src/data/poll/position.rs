//! Cursors: where the next look begins.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

/// Larger numbers are milliseconds since 1970, not seconds.
const SECONDS_END: i64 = 100_000_000_000;

/// A time so many seconds earlier, written as it was; anything else as it is.
pub(super) fn earlier(cursor: &str, seconds: u64) -> String {
    let Ok(seconds) = i64::try_from(seconds) else { return cursor.to_owned() };
    if seconds == 0 {
        return cursor.to_owned();
    }
    if let Ok(number) = cursor.parse::<i64>() {
        let unit = if number >= SECONDS_END { 1000 } else { 1 };
        return number.saturating_sub(seconds.saturating_mul(unit)).to_string();
    }
    let time = cursor.parse::<Timestamp>().ok().and_then(|time| time.checked_sub(SignedDuration::from_secs(seconds)).ok());
    time.map_or_else(|| cursor.to_owned(), |time| time.to_string())
}

/// How two positions stand to each other, where that can be told: of times and of whole numbers.
pub(super) fn compare(one: &str, other: &str) -> Option<Ordering> {
    if let (Ok(one), Ok(other)) = (one.parse::<u128>(), other.parse::<u128>()) {
        return Some(one.cmp(&other));
    }
    let (one, other) = (one.parse::<Timestamp>().ok()?, other.parse::<Timestamp>().ok()?);
    Some(one.cmp(&other))
}

/// Surely before the other; what cannot be compared is not.
pub(super) fn is_before(one: &str, other: &str) -> bool {
    compare(one, other) == Some(Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_were() {
        let cases = [
            ("2026-03-01T12:00:30Z", "2026-03-01T12:00:00Z"),
            ("2026-03-01T12:00:30.250Z", "2026-03-01T12:00:00.25Z"),
            ("1772366430", "1772366400"),
            ("1772366430000", "1772366400000"),
            ("cursor-abc", "cursor-abc"),
            ("", ""),
        ];
        for (cursor, wanted) in cases {
            assert_eq!(earlier(cursor, 30), wanted, "{cursor}");
        }
        assert_eq!(earlier("2026-03-01T12:00:30Z", 0), "2026-03-01T12:00:30Z");
    }

    #[test]
    fn only_times_and_numbers_are_compared() {
        assert!(is_before("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.001Z"));
        assert!(is_before("2026-03-01T13:00:00+02:00", "2026-03-01T12:00:00Z"));
        assert!(is_before("9", "10"), "as numbers, not as text");
        assert!(!is_before("10", "10"));
        assert!(is_before("1234567890123456789", "12345678901234567890"), "ids outgrow 64 bits");
        for pair in [("a", "b"), ("1", "2026-03-01T12:00:00Z"), ("", "1")] {
            assert_eq!(compare(pair.0, pair.1), None, "{pair:?}");
        }
    }
}

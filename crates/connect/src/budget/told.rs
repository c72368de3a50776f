//! What answers say about limits: in the headers a limit names, or in those most servers use.

use manifest::{RateLimit, ResetHeader, TimeUnit};
use model::Timestamp;

/// So many calls are left until the count begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub left: u32,
    pub reset: Timestamp,
}

/// Names of the two headers: the IETF's drafts, and what was common before them.
const HEADERS: [(&str, &str); 4] = [
    ("ratelimit-remaining", "ratelimit-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("rate-limit-remaining", "rate-limit-reset"),
];

/// Larger numbers are moments, smaller ones seconds from now: 1e9 seconds are 31 years.
const SMALLEST_EPOCH_S: u64 = 1_000_000_000;
const SMALLEST_EPOCH_MS: u64 = 1_000_000_000_000;

impl Told {
    /// Reads the headers of an answer; names in lower case. Anything that is not understood says nothing.
    pub fn of<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Option<Told> {
        HEADERS.iter().find_map(|(left, reset)| {
            let left = header(left)?.trim().parse::<u64>().ok()?;
            let reset = header(reset)?.trim().parse::<f64>().ok().filter(|reset| reset.is_finite() && *reset >= 0.0)?;
            Some(Told { left: u32::try_from(left).unwrap_or(u32::MAX), reset: moment(reset, now) })
        })
    }

    /// Reads the headers a limit names, looked for in lower case. Where none says when the count begins anew, it does after the length of
    /// the limit's window at the latest.
    pub fn by<'a>(limit: &RateLimit, header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Option<Told> {
        let left = header(&limit.remaining_header.as_ref()?.to_ascii_lowercase())?.trim().parse::<u64>().ok()?;
        let reset = match &limit.reset_header {
            Some(reset) => reset_at(reset, header(&reset.name.to_ascii_lowercase())?.trim(), now)?,
            None => now.plus_ms(i64::try_from(limit.per_s.saturating_mul(1_000)).unwrap_or(i64::MAX)),
        };
        Some(Told { left: u32::try_from(left).unwrap_or(u32::MAX), reset })
    }
}

fn reset_at(reset: &ResetHeader, text: &str, now: Timestamp) -> Option<Timestamp> {
    let number = || text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    Some(match reset.unit {
        TimeUnit::Seconds => now.plus_ms((number()? * 1000.0) as i64),
        TimeUnit::Ms => now.plus_ms(number()? as i64),
        TimeUnit::EpochS => Timestamp((number()? * 1000.0) as i64),
        TimeUnit::EpochMs => Timestamp(number()? as i64),
        TimeUnit::HttpDate => {
            let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
            Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        }
    })
}

fn moment(reset: f64, now: Timestamp) -> Timestamp {
    // Some send fractions of seconds; beyond 2^53 nothing sensible can be meant.
    let whole = reset as u64;
    if whole >= SMALLEST_EPOCH_MS {
        Timestamp(i64::try_from(whole).unwrap_or(i64::MAX))
    } else if whole >= SMALLEST_EPOCH_S {
        Timestamp(i64::try_from(whole.saturating_mul(1000)).unwrap_or(i64::MAX))
    } else {
        now.plus_ms((reset * 1000.0) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    fn told(pairs: &[(&'static str, &'static str)]) -> Option<(u32, i64)> {
        let header = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Told::of(header, NOW).map(|told| (told.left, told.reset.ms() - NOW.ms()))
    }

    #[test]
    fn reads_what_servers_send() {
        assert_eq!(told(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767225630")]), Some((0, 30_000)), "GitHub");
        assert_eq!(told(&[("ratelimit-remaining", "12"), ("ratelimit-reset", "5")]), Some((12, 5_000)), "seconds");
        assert_eq!(told(&[("x-rate-limit-remaining", "3"), ("x-rate-limit-reset", "0.25")]), Some((3, 250)));
        assert_eq!(told(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "1767225601000")]), Some((1, 1_000)));
    }

    #[test]
    fn a_limit_names_its_headers() {
        let limit = |reset: Option<(&str, TimeUnit)>| RateLimit {
            requests: 5,
            per_s: 2,
            by: manifest::LimitKey::Account,
            field: None,
            operations: Vec::new(),
            remaining_header: Some("X-Left".into()),
            reset_header: reset.map(|(name, unit)| ResetHeader { name: name.into(), unit }),
        };
        let read = |limit: &RateLimit, pairs: &[(&'static str, &'static str)]| {
            let header = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            Told::by(limit, header, NOW).map(|told| (told.left, told.reset.ms() - NOW.ms()))
        };
        let told = |unit, reset| read(&limit(Some(("X-Reset", unit))), &[("x-left", "0"), ("x-reset", reset)]);
        assert_eq!(told(TimeUnit::Seconds, "0.25"), Some((0, 250)));
        assert_eq!(told(TimeUnit::Ms, "40"), Some((0, 40)));
        assert_eq!(told(TimeUnit::EpochS, "1767225630"), Some((0, 30_000)));
        assert_eq!(told(TimeUnit::EpochMs, "1767225600500"), Some((0, 500)));
        assert_eq!(told(TimeUnit::HttpDate, "Thu, 01 Jan 2026 00:00:10 GMT"), Some((0, 10_000)));
        for nonsense in ["", "soon", "-1", "NaN", "inf"] {
            assert_eq!(told(TimeUnit::EpochS, nonsense), None, "{nonsense}");
        }
        assert_eq!(read(&limit(None), &[("x-left", "3")]), Some((3, 2_000)), "the window's length");
        assert_eq!(read(&limit(None), &[("x-left", "-3")]), None);
        assert_eq!(read(&limit(Some(("X-Reset", TimeUnit::Seconds))), &[("x-left", "3")]), None, "half of it says nothing");
        assert_eq!(read(&limit(None), &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9")]), None, "another's headers");
    }

    #[test]
    fn nonsense_says_nothing() {
        for pairs in [
            &[("x-ratelimit-remaining", "10")][..],
            &[("x-ratelimit-remaining", "many"), ("x-ratelimit-reset", "5")],
            &[("x-ratelimit-remaining", "-1"), ("x-ratelimit-reset", "5")],
            &[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "NaN")],
            &[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "-inf")],
            &[],
        ] {
            assert_eq!(told(pairs), None, "{pairs:?}");
        }
        assert!(told(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "1e300")]).is_some(), "far away, but no panic");
    }
}

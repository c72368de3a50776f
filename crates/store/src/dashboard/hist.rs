//! How long things took, in bins that grow by a tenth each: small, additive, and never more than 5 % off.

use std::collections::BTreeMap;

use super::codec::{Reader, put};

/// Each bin ends where it began times this. The middle of a bin is at most (1.1 - 1) / (1.1 + 1) = 4.8 % from anything in it.
const GROWTH: f64 = 1.1;
/// Of the last bin; it begins beyond three thousand years.
const LAST: u16 = 340;

/// Counts per bin. Bin 0: nothing at all; bin n: from `GROWTH^(n-1)` milliseconds to before `GROWTH^n`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Histogram(BTreeMap<u16, u64>);

fn bin(ms: i64) -> u16 {
    if ms < 1 {
        return 0;
    }
    let n = (ms as f64).ln() / GROWTH.ln();
    // Whole and below `LAST`: nothing is cut off.
    1 + (n.floor() as u16).min(LAST - 1)
}

/// What stands for everything in a bin, in milliseconds.
fn middle(bin: u16) -> f64 {
    match bin {
        0 => 0.0,
        n => GROWTH.powi(i32::from(n) - 1) * 2.0 * GROWTH / (1.0 + GROWTH),
    }
}

impl Histogram {
    pub fn add(&mut self, ms: i64) {
        *self.0.entry(bin(ms)).or_default() += 1;
    }

    pub fn merge(&mut self, other: &Histogram) {
        for (bin, count) in &other.0 {
            *self.0.entry(*bin).or_default() += count;
        }
    }

    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The value that `share` (0 to 1) of all are at or below, in milliseconds; nothing where there are none.
    pub fn percentile(&self, share: f64) -> Option<u64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = ((count as f64 * share).ceil() as u64).clamp(1, count);
        let mut seen = 0;
        for (bin, count) in &self.0 {
            seen += count;
            if seen >= rank {
                return Some(middle(*bin).round() as u64);
            }
        }
        None
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        put(out, self.0.len() as u64);
        let mut last = 0;
        for (bin, count) in &self.0 {
            put(out, u64::from(bin - last));
            put(out, *count);
            last = *bin;
        }
    }

    pub fn read(from: &mut Reader<'_>) -> Option<Histogram> {
        let mut bins = BTreeMap::new();
        let mut last: u16 = 0;
        for _ in 0..from.number()? {
            last = last.checked_add(u16::try_from(from.number()?).ok()?)?;
            bins.insert(last, from.number()?);
        }
        Some(Histogram(bins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exact one, by the same rule.
    fn exact(sorted: &[i64], share: f64) -> i64 {
        let rank = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len());
        sorted[rank - 1]
    }

    #[test]
    fn is_never_more_than_five_per_cent_off() {
        // A cheap generator with a fixed start: the same values on every machine.
        let mut state: u64 = 42;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for longest in [10, 1_000, 100_000, 10_000_000, 3_000_000_000_u64] {
            let mut values: Vec<i64> = (0..5_000).map(|_| (next() % longest) as i64).collect();
            let mut histogram = Histogram::default();
            values.iter().for_each(|ms| histogram.add(*ms));
            values.sort_unstable();
            for share in [0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0] {
                let (exact, found) = (exact(&values, share) as f64, histogram.percentile(share).unwrap_or(0) as f64);
                // Half a millisecond is what rounding to whole ones takes.
                assert!((exact - found).abs() <= exact * 0.05 + 0.5, "{share} of {longest}: {found}, exactly {exact}");
            }
        }
    }

    #[test]
    fn extremes_have_their_place() {
        let mut histogram = Histogram::default();
        for ms in [i64::MIN, -5, 0, 1, i64::MAX] {
            histogram.add(ms);
        }
        assert_eq!(histogram.count(), 5);
        assert_eq!(histogram.percentile(0.5), Some(0));
        assert_eq!(histogram.percentile(0.7), Some(1));
        assert!(histogram.percentile(1.0) > Some(1_000_000_000_000));
        assert_eq!(Histogram::default().percentile(0.5), None);
    }

    #[test]
    fn is_read_as_it_was_written() {
        let (mut one, mut other) = (Histogram::default(), Histogram::default());
        (0..2_000).for_each(|ms| one.add(ms * ms));
        (0..10).for_each(|ms| other.add(ms));
        one.merge(&other);
        assert_eq!(one.count(), 2_010);
        let mut out = Vec::new();
        one.write(&mut out);
        assert_eq!(Histogram::read(&mut Reader::new(&out)), Some(one));
        assert_eq!(Histogram::read(&mut Reader::new(&out[..out.len() - 1])), None, "cut off");
        assert_eq!(Histogram::read(&mut Reader::new(&[0xff; 40])), None, "rubbish");
    }
}

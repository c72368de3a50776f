//! What happened in one stretch of time: what a commit adds, what rows hold, and what a dashboard adds up, are all of this form.

use std::collections::BTreeMap;

use model::{api::RunCounts, ids::ConnectionId, run::RunStatus};

use super::{
    codec::{Reader, put, put_text},
    hist::Histogram,
};

/// Steps kept apart in one stretch; what is beyond them counts in the runs, not in the lists of steps.
const MOST_STEPS: usize = 500;
const MOST_CONNECTIONS: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cell {
    pub counts: RunCounts,
    pub retries: u64,
    /// The sum of all durations, in milliseconds.
    pub duration_ms: u64,
    pub durations: Histogram,
    pub waits: Histogram,
    pub steps: BTreeMap<StepKey, StepCount>,
    pub connections: BTreeMap<ConnectionId, CallCount>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StepKey {
    pub workflow: i64,
    pub step: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct StepCount {
    /// Attempts that came to an end.
    pub calls: u64,
    pub failures: u64,
    /// Attempts of which both ends were seen: those `ms` is the sum of.
    pub timed: u64,
    pub ms: u64,
    pub longest_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CallCount {
    pub calls: u64,
    pub limited: u64,
}

impl Cell {
    /// A run that has ended.
    pub fn ended(&mut self, status: RunStatus, duration_ms: i64, wait_ms: Option<i64>, retries: u64) {
        let count = match status {
            RunStatus::Succeeded => &mut self.counts.succeeded,
            RunStatus::Failed => &mut self.counts.failed,
            RunStatus::Filtered => &mut self.counts.filtered,
            _ => &mut self.counts.cancelled,
        };
        *count += 1;
        self.retries += retries;
        self.duration_ms += duration_ms.max(0).unsigned_abs();
        self.durations.add(duration_ms);
        if let Some(ms) = wait_ms {
            self.waits.add(ms);
        }
    }

    pub fn step(&mut self, workflow: i64, step: &str) -> &mut StepCount {
        self.steps.entry(StepKey { workflow, step: step.to_owned() }).or_default()
    }

    pub fn connection(&mut self, id: ConnectionId) -> &mut CallCount {
        self.connections.entry(id).or_default()
    }

    pub fn merge(&mut self, other: &Cell) {
        let (mine, more) = (&mut self.counts, &other.counts);
        mine.succeeded += more.succeeded;
        mine.failed += more.failed;
        mine.filtered += more.filtered;
        mine.cancelled += more.cancelled;
        mine.recovered += more.recovered;
        self.retries += other.retries;
        self.duration_ms += other.duration_ms;
        self.durations.merge(&other.durations);
        self.waits.merge(&other.waits);
        for (key, more) in &other.steps {
            if self.steps.len() >= MOST_STEPS && !self.steps.contains_key(key) {
                continue;
            }
            let mine = self.steps.entry(key.clone()).or_default();
            mine.calls += more.calls;
            mine.failures += more.failures;
            mine.timed += more.timed;
            mine.ms += more.ms;
            mine.longest_ms = mine.longest_ms.max(more.longest_ms);
        }
        for (id, more) in &other.connections {
            if self.connections.len() >= MOST_CONNECTIONS && !self.connections.contains_key(id) {
                continue;
            }
            let mine = self.connections.entry(*id).or_default();
            mine.calls += more.calls;
            mine.limited += more.limited;
        }
    }

    /// The distributions, for the column `spread`.
    pub fn spread(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        self.durations.write(&mut out);
        self.waits.write(&mut out);
        out
    }

    /// The steps and connections, for the column `parts`.
    pub fn parts(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        put(&mut out, self.steps.len() as u64);
        for (key, count) in &self.steps {
            put(&mut out, key.workflow.unsigned_abs());
            put_text(&mut out, &key.step);
            for number in [count.calls, count.failures, count.timed, count.ms, count.longest_ms] {
                put(&mut out, number);
            }
        }
        put(&mut out, self.connections.len() as u64);
        for (id, count) in &self.connections {
            put(&mut out, id.0.unsigned_abs());
            put(&mut out, count.calls);
            put(&mut out, count.limited);
        }
        out
    }

    /// Takes a column `spread` in; false where it is not one.
    pub fn read_spread(&mut self, bytes: &[u8]) -> bool {
        let mut from = Reader::new(bytes);
        let (Some(durations), Some(waits)) = (Histogram::read(&mut from), Histogram::read(&mut from)) else { return false };
        self.durations = durations;
        self.waits = waits;
        true
    }

    /// Takes a column `parts` in; false where it is not one.
    pub fn read_parts(&mut self, bytes: &[u8]) -> bool {
        let from = &mut Reader::new(bytes);
        let mut read = || {
            let (mut steps, mut connections) = (BTreeMap::new(), BTreeMap::new());
            for _ in 0..from.number()? {
                let key = StepKey { workflow: i64::try_from(from.number()?).ok()?, step: from.text()? };
                let count = StepCount {
                    calls: from.number()?,
                    failures: from.number()?,
                    timed: from.number()?,
                    ms: from.number()?,
                    longest_ms: from.number()?,
                };
                steps.insert(key, count);
            }
            for _ in 0..from.number()? {
                let id = ConnectionId(i64::try_from(from.number()?).ok()?);
                connections.insert(id, CallCount { calls: from.number()?, limited: from.number()? });
            }
            Some((steps, connections))
        };
        match read() {
            Some((steps, connections)) => {
                (self.steps, self.connections) = (steps, connections);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> Cell {
        let mut cell = Cell::default();
        cell.ended(RunStatus::Succeeded, 1_200, Some(3), 2);
        cell.ended(RunStatus::Failed, -1, None, 0);
        cell.ended(RunStatus::Filtered, 7, Some(0), 0);
        cell.ended(RunStatus::Cancelled, i64::from(u32::MAX), Some(10), 1);
        *cell.step(7, "send") = StepCount { calls: 5, failures: 1, timed: 4, ms: 900, longest_ms: 700 };
        *cell.connection(ConnectionId(i64::MAX)) = CallCount { calls: 5, limited: 2 };
        cell
    }

    #[test]
    fn columns_are_read_as_they_were_written() {
        let cell = cell();
        let mut read = Cell { counts: cell.counts, retries: cell.retries, duration_ms: cell.duration_ms, ..Cell::default() };
        assert!(read.read_spread(&cell.spread()) && read.read_parts(&cell.parts()));
        assert_eq!(read, cell);
        assert_eq!(read.counts, RunCounts { succeeded: 1, failed: 1, filtered: 1, cancelled: 1, recovered: 0 });
        for broken in [&cell.parts()[..5], &[9], &[]] {
            assert!(!read.clone().read_parts(broken));
        }
        assert!(!read.read_spread(&[1]));
    }

    #[test]
    fn adding_adds_everything_and_stays_bounded() {
        let mut sum = cell();
        sum.merge(&cell());
        assert_eq!(sum.retries, 6);
        assert_eq!(sum.step(7, "send"), &StepCount { calls: 10, failures: 2, timed: 8, ms: 1_800, longest_ms: 700 });
        assert_eq!(sum.durations.count(), 8);
        assert_eq!(sum.waits.count(), 6);
        for n in 0..2_000 {
            let mut other = Cell::default();
            other.step(n, "x").calls = 1;
            other.connection(ConnectionId(n)).calls = 1;
            sum.merge(&other);
        }
        assert_eq!((sum.steps.len(), sum.connections.len()), (MOST_STEPS, MOST_CONNECTIONS));
        assert_eq!(sum.step(7, "send").calls, 10, "what was there goes on being counted");
    }
}

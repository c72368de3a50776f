//! Whether what writes gets on, for whoever asks from outside. Kept in memory: asking costs nothing.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::{Error, Store};

/// A transaction that takes longer is stuck: whoever waits for the database's lock gives up before.
const STUCK: Duration = Duration::from_secs(45);
/// Without commits, the sign of life is written every ten seconds.
const SILENT: Duration = Duration::from_secs(60);
/// A write that failed is news for so long, unless one succeeds before.
const NEWS: Duration = Duration::from_secs(60);

/// Why nothing may be handed to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwell {
    /// The last commit, or the last sign of life, could not be written: the disk may be full, or the database gone.
    Failing,
    /// A transaction does not come to its end.
    Stuck,
    /// Nothing has been written for a minute, not even the sign of life.
    Silent,
}

/// One thing that writes. Milliseconds since the store was opened, and one more; 0: not yet.
#[derive(Default)]
struct Marks {
    ok: AtomicU64,
    failed: AtomicU64,
}

/// When what was written, and what was not.
pub(crate) struct Health {
    opened: Instant,
    commits: Marks,
    beats: Marks,
    /// When the transaction under way began; 0: none is.
    flushing: AtomicU64,
}

impl Default for Health {
    fn default() -> Self {
        Health { opened: Instant::now(), commits: Marks::default(), beats: Marks::default(), flushing: AtomicU64::new(0) }
    }
}

impl Health {
    fn at(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    fn mark(&self, marks: &Marks, error: Option<&Error>) {
        match error {
            None => marks.ok.store(self.at(), Ordering::Relaxed),
            Some(Error::Unavailable(_)) => marks.failed.store(self.at(), Ordering::Relaxed),
            // Says something of the commit, not of the database.
            Some(_) => {}
        }
    }

    pub(crate) fn flush_begins(&self) {
        self.flushing.store(self.at(), Ordering::Relaxed);
    }

    pub(crate) fn flushed(&self, error: Option<&Error>) {
        self.flushing.store(0, Ordering::Relaxed);
        self.mark(&self.commits, error);
    }

    pub(crate) fn beaten(&self, error: Option<&Error>) {
        self.mark(&self.beats, error);
    }

    fn judge(&self) -> Option<Unwell> {
        self.judge_at(self.at())
    }

    fn judge_at(&self, now: u64) -> Option<Unwell> {
        let longer = |since: u64, than: Duration| u128::from(now.saturating_sub(since)) > than.as_millis();
        let (mut last, mut fails) = (0, false);
        for marks in [&self.commits, &self.beats] {
            let (ok, failed) = (marks.ok.load(Ordering::Relaxed), marks.failed.load(Ordering::Relaxed));
            fails |= failed > ok && !longer(failed, NEWS);
            last = last.max(ok);
        }
        let flushing = self.flushing.load(Ordering::Relaxed);
        if fails {
            Some(Unwell::Failing)
        } else if flushing > 0 && longer(flushing, STUCK) {
            Some(Unwell::Stuck)
        } else {
            longer(last, SILENT).then_some(Unwell::Silent)
        }
    }
}

impl Store {
    /// Whether commits are written; nothing: they are, as far as is known.
    pub fn unwell(&self) -> Option<Unwell> {
        self.shared.health.judge()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(commits: (u64, u64), beats: (u64, u64), flushing: u64) -> Health {
        let marks = |(ok, failed)| Marks { ok: AtomicU64::new(ok), failed: AtomicU64::new(failed) };
        Health { commits: marks(commits), beats: marks(beats), flushing: AtomicU64::new(flushing), ..Health::default() }
    }

    #[test]
    fn a_failure_is_news_until_something_is_written_or_it_is_old() {
        let failing = marked((1_000, 2_000), (2_500, 0), 0);
        assert_eq!(failing.judge_at(3_000), Some(Unwell::Failing), "a sign of life says nothing of commits");
        assert_eq!(marked((2_001, 2_000), (2_500, 0), 0).judge_at(3_000), None);
        assert_eq!(marked((1_000, 2_000), (62_000, 0), 0).judge_at(62_001), None);
        assert_eq!(marked((9_000, 0), (1_000, 8_000), 0).judge_at(9_001), Some(Unwell::Failing));
    }

    #[test]
    fn what_does_not_end_is_stuck_and_what_does_not_begin_is_silent() {
        assert_eq!(marked((1_000, 0), (40_000, 0), 2_000).judge_at(46_000), None);
        assert_eq!(marked((1_000, 0), (40_000, 0), 2_000).judge_at(47_001), Some(Unwell::Stuck));
        assert_eq!(marked((0, 0), (1_000, 0), 0).judge_at(61_000), None);
        assert_eq!(marked((0, 0), (1_000, 0), 0).judge_at(61_001), Some(Unwell::Silent));
        assert_eq!(Health::default().judge(), None, "just opened");
    }

    #[test]
    fn what_is_wrong_with_one_commit_is_not_wrong_with_the_database() {
        let health = Health::default();
        health.flush_begins();
        health.flushed(Some(&Error::Fenced));
        assert_eq!(health.judge(), None);
        health.flushed(Some(&Error::Unavailable("disk full".into())));
        assert_eq!(health.judge(), Some(Unwell::Failing));
        std::thread::sleep(Duration::from_millis(3));
        health.flushed(None);
        assert_eq!(health.judge(), None);
    }
}

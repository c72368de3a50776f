//! Leases on a machine whose clock is set.

use model::Timestamp;
use sea_orm::DbBackend;
use tokio::{sync::Mutex, time::Instant};

use crate::{Error, sql, store::Shared};

/// A wall clock that moves this much against the steady one, in milliseconds, was set by somebody.
const STEP_MS: i64 = 5_000;

/// What both clocks said when they were last compared.
pub(crate) struct Clocks(Mutex<(Instant, Timestamp)>);

impl Clocks {
    pub(crate) fn new(wall: Timestamp) -> Self {
        Clocks(Mutex::new((Instant::now(), wall)))
    }
}

/// By how much the wall clock was set, in milliseconds; 0 where it has only run.
fn step(steady_ms: i64, wall_before: Timestamp, wall: Timestamp) -> i64 {
    let step = wall.ms() - wall_before.ms() - steady_ms;
    if step.abs() > STEP_MS { step } else { 0 }
}

impl Shared {
    /// Moves the leases along with a clock that was set. Before anything is claimed: set forward, the process would take its own runs
    /// away from itself. PostgreSQL has a clock of its own, which all processes follow.
    pub(crate) async fn move_leases(&self) -> Result<(), Error> {
        if !self.clock.is_real() || self.backend == DbBackend::Postgres {
            return Ok(());
        }
        let mut last = self.clocks.0.lock().await;
        let (steady, wall) = (Instant::now(), self.clock.now());
        let step = step(i64::try_from(steady.duration_since(last.0).as_millis()).unwrap_or(i64::MAX), last.1, wall);
        if step != 0 {
            tracing::warn!(step_ms = step, "the clock was set; leases are moved with it");
            let sql = "UPDATE job SET available_at = available_at + $1 WHERE lease_by IS NOT NULL";
            sql::exec(&self.write, sql, vec![step.into()]).await?;
        }
        *last = (steady, wall);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_or_drifts_was_not_set() {
        let at = |ms: i64| Timestamp(1_767_225_600_000 + ms);
        assert_eq!(step(10_000, at(0), at(10_000)), 0);
        assert_eq!(step(10_000, at(0), at(12_000)), 0, "adjusted little by little");
        assert_eq!(step(1_000, at(0), at(3_601_000)), 3_600_000);
        assert_eq!(step(1_000, at(0), at(-3_599_000)), -3_600_000);
    }
}

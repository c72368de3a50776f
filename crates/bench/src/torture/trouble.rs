//! What is done to the processes, their disk, their database and their upstream.

use super::rng::Rng;
use super::site::{LEASE_MS, Site};
use super::upstream::Upstream;
use anyhow::Result;
use std::time::Duration;

/// The names of the product's fail points (`store::failpoint::NAMES`); a test compares the two lists.
pub const FAIL_POINTS: &[&str] = &[
    "accept.before_commit",
    "accept.after_commit",
    "append.before_commit",
    "append.after_commit",
    "end.before_commit",
    "end.after_commit",
    "claim.before_commit",
    "claim.after_commit",
    "call.after_intent",
    "call.after_send",
    "run.before_park",
    "run.before_end",
];

/// A fail point fires at one of its first arrivals.
const LATEST_ARRIVAL: u64 = 8;
/// A frozen process wakes up so long after its leases have ended.
const PAST_THE_LEASE_MS: u64 = 700;
/// The database lets nobody in for so long.
const OUTAGE: Duration = Duration::from_millis(1_200);
const FULL: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// `kill -9` of one process at a random moment.
    Kill,
    /// Of all of them at once.
    KillAll,
    /// A process ends itself at a named place.
    FailPoint(&'static str),
    /// SIGSTOP in the middle of calls, SIGCONT when the leases have ended.
    Freeze,
    /// No room for another commit, then a kill or room again.
    DiskFull,
    /// 500, 429, silence, cut connections and half answers; and a kill.
    Upstream,
    /// Every connection to the database is cut, several times.
    Cut,
    /// The database lets nobody in for a moment.
    Outage,
}

impl Trouble {
    pub fn name(self) -> String {
        match self {
            Self::Kill => "kill -9".to_owned(),
            Self::KillAll => "kill -9 all".to_owned(),
            Self::FailPoint(name) => name.to_owned(),
            Self::Freeze => "freeze past the lease".to_owned(),
            Self::DiskFull => "disk full".to_owned(),
            Self::Upstream => "bad upstream + kill".to_owned(),
            Self::Cut => "database cut".to_owned(),
            Self::Outage => "database closed".to_owned(),
        }
    }

    /// Everything that can befall a site, the commonest troubles more than once.
    fn deck(site: &Site) -> Vec<Self> {
        let mut deck = vec![Self::Kill, Self::Kill, Self::Kill, Self::Freeze, Self::Upstream, Self::Upstream];
        deck.extend(FAIL_POINTS.iter().map(|name| Self::FailPoint(name)));
        if site.disk.is_some() {
            deck.extend([Self::DiskFull, Self::DiskFull]);
        }
        if site.database.is_some() {
            deck.extend([Self::Cut, Self::Cut, Self::Outage]);
        }
        if site.count() > 1 {
            deck.extend([Self::KillAll, Self::Freeze]);
        }
        deck
    }
}

/// Deals troubles: each one of the deck in a random order, and again.
pub struct Dealer {
    left: Vec<Trouble>,
    /// Only those whose names contain this.
    only: Option<String>,
}

impl Dealer {
    pub fn new(only: Option<String>) -> Self {
        Self { left: Vec::new(), only }
    }

    pub fn deal(&mut self, site: &Site, rng: &mut Rng) -> Trouble {
        if self.left.is_empty() {
            self.left = Trouble::deck(site);
            if let Some(only) = &self.only {
                self.left.retain(|trouble| trouble.name().contains(only));
            }
            rng.shuffle(&mut self.left);
        }
        self.left.pop().unwrap_or(Trouble::Kill)
    }
}

/// What has to be in place before the load begins.
pub async fn prepare(trouble: Trouble, site: &mut Site, upstream: &Upstream, rng: &mut Rng) -> Result<()> {
    match trouble {
        Trouble::FailPoint(point) => {
            // Only who takes events in gets to these.
            let at = if point.starts_with("accept.") { 0 } else { site.worker() };
            site.arm(at, point, rng.between(1, LATEST_ARRIVAL)).await
        }
        Trouble::Upstream => {
            upstream.misbehave(true);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Strikes once, at a random moment of the load that lasts `window`.
pub async fn strike(trouble: Trouble, site: &mut Site, rng: &mut Rng, window: Duration) -> Result<()> {
    let whole = window.as_millis() as u64;
    tokio::time::sleep(Duration::from_millis(rng.between(whole / 4, whole * 3 / 4))).await;
    match trouble {
        Trouble::Kill | Trouble::Upstream => {
            let at = rng.between(0, site.count() as u64 - 1) as usize;
            site.kill(at).await
        }
        Trouble::KillAll => {
            for at in 0..site.count() {
                site.kill(at).await?;
            }
            Ok(())
        }
        // It strikes by itself; one that nobody came to is killed when the load is over.
        Trouble::FailPoint(_) => Ok(()),
        Trouble::Freeze => {
            let at = site.worker();
            site.freeze(at, Duration::from_millis(LEASE_MS + PAST_THE_LEASE_MS)).await
        }
        Trouble::DiskFull => {
            let Some(disk) = &site.disk else { return Ok(()) };
            disk.fill()?;
            tokio::time::sleep(FULL).await;
            if rng.percent(50) {
                site.kill(0).await?;
            }
            site.disk.as_ref().map_or(Ok(()), super::disk::Disk::make_room)
        }
        Trouble::Cut => {
            let Some(database) = site.database.clone() else { return Ok(()) };
            for _ in 0..rng.between(1, 4) {
                database.cut().await?;
                tokio::time::sleep(Duration::from_millis(rng.between(0, 120))).await;
            }
            Ok(())
        }
        Trouble::Outage => match site.database.clone() {
            Some(database) => database.close_for(OUTAGE).await,
            None => Ok(()),
        },
    }
}

/// Everything in order again. Returns how many processes had ended by themselves.
pub async fn repair(trouble: Trouble, site: &mut Site, upstream: &Upstream) -> Result<usize> {
    upstream.misbehave(false);
    if let Trouble::FailPoint(point) = trouble {
        let at = if point.starts_with("accept.") { 0 } else { site.worker() };
        let fired = usize::from(site.has_ended(at)?);
        site.kill(at).await?;
        return Ok(site.start().await? + fired);
    }
    site.start().await
}

#[cfg(test)]
mod tests {
    use super::FAIL_POINTS;

    #[test]
    fn they_are_the_products_fail_points() {
        assert_eq!(FAIL_POINTS, store::failpoint::NAMES);
    }
}

//! Proves the crash promises: real processes are killed, frozen and cut off in the middle of work, started again, and afterwards every
//! acknowledged event must have ended or be parked, and no call may have been made twice in silence.

mod disk;
mod judge;
mod load;
mod readback;
mod rng;
mod rolling;
mod site;
mod trouble;
mod upstream;
mod workflows;

use crate::database::Database;
pub use judge::Count;
use load::{Hooks, Receipt};
pub use rng::Rng;
pub use rolling::Rolling;
pub use site::{Plan as SitePlan, Site};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use trouble::{Dealer, Trouble};
use upstream::Upstream;
use workflows::Flow;

use anyhow::Result;

/// Load of one cycle.
const WINDOW: Duration = Duration::from_millis(1_100);
/// After which a round stops starting new cycles' waits: what has not ended by then counts as lost at the end.
const SETTLE: Duration = Duration::from_secs(45);
/// Findings shown; there may be thousands of one kind.
const SHOWN: usize = 40;

pub struct Plan {
    pub site: SitePlan,
    pub cycles: usize,
    pub seed: u64,
    /// Only troubles whose names contain this.
    pub only: Option<String>,
    /// No cycle begins after so much time; absent: all of them do.
    pub budget: Option<Duration>,
}

/// What a round came to.
#[derive(Debug)]
pub struct Outcome {
    pub cycles: usize,
    pub seed: u64,
    pub count: Count,
}

/// Runs the whole round and prints a line per cycle. An error means that the round itself could not go on.
pub async fn run(plan: &Plan) -> Result<Outcome> {
    println!("seed {}", plan.seed);
    let mut rng = Rng::new(plan.seed);
    let upstream = Upstream::start(Rng::new(rng.draw())).await?;
    let site = Site::build(&plan.site).await?;
    let database = site.database.clone();
    let result = torture(plan, site, &upstream, &mut rng).await;
    if let (Err(_), Some(database)) = (&result, database) {
        // The processes ended with the site; their database must not stay behind.
        let _ = Database::remove(&database).await;
    }
    result
}

async fn torture(plan: &Plan, mut site: Site, upstream: &Upstream, rng: &mut Rng) -> Result<Outcome> {
    site.start().await?;
    let mut hooks = Vec::new();
    for flow in Flow::ALL {
        hooks.push((flow, site.publish(flow.name(), &flow.definition(upstream.address)).await?.hook));
    }
    let mut round =
        Round { hooks: Arc::new(hooks), numbers: Arc::default(), receipts: Vec::new(), dealer: Dealer::new(plan.only.clone()) };
    let started = Instant::now();
    let mut cycles = 0;
    println!(
        "{:>5}  {:<22} {:>5} {:>7} {:>10} {:>7} {:>7}",
        "cycle", "trouble", "acked", "refused", "unanswered", "settled", "open"
    );
    while cycles < plan.cycles && plan.budget.is_none_or(|budget| started.elapsed() < budget) {
        round.cycle(cycles, &mut site, upstream, rng).await?;
        cycles += 1;
    }
    let book = upstream.book();
    let told = readback::all(&site.instance, &book).await?;
    let count = judge::count(&round.receipts, &told, &book, &upstream.strange());
    if !count.holds() {
        let kept = site.instance.folder().join("journals.json");
        readback::keep_journals(&site.instance, &told, &kept).await?;
        println!("\nThe journals of runs that are not as they should be: {}", kept.display());
        println!("\nThe processes said last:\n{}\n", site.last_words(30));
    }
    site.tear_down().await?;
    Ok(Outcome { cycles, seed: plan.seed, count })
}

struct Round {
    hooks: Hooks,
    numbers: Arc<AtomicU64>,
    receipts: Vec<Receipt>,
    dealer: Dealer,
}

impl Round {
    async fn cycle(&mut self, cycle: usize, site: &mut Site, upstream: &Upstream, rng: &mut Rng) -> Result<()> {
        let trouble = self.dealer.deal(site, rng);
        trouble::prepare(trouble, site, upstream, rng).await?;
        let address = site.instance.address();
        let load = tokio::spawn(load::send(address, Arc::clone(&self.hooks), Arc::clone(&self.numbers), WINDOW));
        trouble::strike(trouble, site, rng, WINDOW).await?;
        let load = load.await?;
        let ended = trouble::repair(trouble, site, upstream).await?;
        if ended > 0 && !matches!(trouble, Trouble::FailPoint(_)) {
            println!("       {ended} processes ended by themselves:\n{}", site.last_words(5));
        }
        let (took, open) = readback::settle(&site.instance, SETTLE).await?;
        let fired = if matches!(trouble, Trouble::FailPoint(_)) && ended == 0 { " (not reached)" } else { "" };
        println!(
            "{:>5}  {:<22} {:>5} {:>7} {:>10} {:>6.1}s {:>7}",
            cycle + 1,
            trouble.name() + fired,
            load.receipts.len(),
            load.refused,
            load.unanswered,
            took.as_secs_f64(),
            open
        );
        self.receipts.extend(load.receipts);
        Ok(())
    }
}

impl Outcome {
    /// The totals, what is wrong, and how to do it again.
    pub fn print(&self) {
        let Count { acknowledged, runs, succeeded, failed, parked, held, lost, doubled, repeated, disagreeing, findings } =
            &self.count;
        println!("\ncycles  acknowledged  runs  succeeded  failed  parked  held  repeated  lost  doubled  disagreeing  seed");
        println!(
            "{:>6}  {acknowledged:>12}  {runs:>4}  {succeeded:>9}  {failed:>6}  {parked:>6}  {held:>4}  {repeated:>8}  {lost:>4}  {doubled:>7}  {disagreeing:>11}  {}",
            self.cycles, self.seed
        );
        for finding in findings.iter().take(SHOWN) {
            println!("  {finding}");
        }
        if findings.len() > SHOWN {
            println!("  ... and {} more", findings.len() - SHOWN);
        }
    }
}

/// A seed nobody chose.
pub fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish() % 1_000_000_000
}

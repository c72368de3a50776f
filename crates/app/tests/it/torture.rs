//! A short round of what `cargo xtask torture` does at length: real processes, killed and cut off in the middle of work.

use std::time::Duration;

use bench::torture::{self, Plan, SitePlan};

/// No trouble begins after so much time, however slow the machine is.
const BUDGET: Duration = Duration::from_secs(20);
/// Repeats a round that failed.
const SEED: &str = "TORTURE_SEED";

#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment")]
fn seed() -> u64 {
    std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(torture::fresh_seed)
}

async fn round(postgres: Option<String>, workers: usize, cycles: usize) {
    let folder = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_patchbay").into();
    let site = SitePlan { binary, folder: folder.path().join("torture"), postgres, workers };
    let plan = Plan { site, cycles, seed: seed(), only: None, budget: Some(BUDGET) };
    let outcome = torture::run(&plan).await.unwrap();
    outcome.print();
    assert!(outcome.count.acknowledged > 0, "the senders got nothing through");
    assert!(outcome.count.holds(), "repeat it with {SEED}={}: {:#?}", outcome.seed, outcome.count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_sqlite_keeps_its_promises() {
    round(None, 0, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_on_postgres_keep_their_promises() {
    let Some(server) = testkit::postgres_url() else {
        eprintln!("skipped: TEST_POSTGRES_URL names no PostgreSQL");
        return;
    };
    round(Some(server), 2, 3).await;
}

//! Believable history: a company's workflows over ninety days, with working hours, bad afternoons, retries and replays.

mod dice;
mod history;
mod journal;
mod measure;
mod site;
pub mod write;

use anyhow::{Context, Result, bail};
use model::{Timestamp, ids::RunId, run::RunStatus};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;
use store::seed::{SeedRun, Seeder};
use store::{DatabaseUrl, Options, Scope, Store, SystemClock};

use dice::Dice;
use site::Site;

/// Runs written by one transaction.
const BATCH: usize = 1_000;

/// Fills a database that has an owner with `runs` ended runs, and a few that wait. The same `seed` gives the same history.
pub async fn fill(url: DatabaseUrl, runs: u64, seed: u64) -> Result<()> {
    let store = Store::open(Options::new(url), Arc::new(SystemClock)).await.context("cannot open the database")?;
    let Some(workspace) = store.workspaces().await?.into_iter().next() else {
        bail!("the database has no owner yet: run `patchbay owner create` with the same settings first");
    };
    let scope = Scope::system(workspace.id);
    let mut dice = Dice::new(seed);
    let site = Site::create(&store, &scope).await.context("cannot create the workflows")?;
    let mut seeder = Seeder::new(store.clone(), workspace.id);
    let now = store.now();
    let started = Instant::now();
    let mut written = 0;
    let mut batch: Vec<(RunId, SeedRun)> = Vec::with_capacity(BATCH);
    for at in history::moments(&mut dice, now, runs) {
        history::event(&mut dice, &site, &seeder, at, now, &mut batch);
        if batch.len() >= BATCH {
            seeder.write(&batch).await?;
            let before = written;
            written += batch.len() as u64;
            batch.clear();
            if written / 50_000 > before / 50_000 {
                print!("\r    {written} runs, {:.0} a second ", written as f64 / started.elapsed().as_secs_f64());
                std::io::stdout().flush()?;
            }
        }
    }
    history::waiting(&mut dice, &site, &seeder, now, &mut batch);
    written += batch.len() as u64;
    seeder.write(&batch).await?;
    let rows = seeder.finish().await.context("cannot write the figures")?;
    println!("\r    {written} runs and {rows} rows of figures in {:.0} s", started.elapsed().as_secs_f64());
    check(&store, &scope, now).await?;
    store.close().await;
    Ok(())
}

/// Reads what is there, and prints how long that took.
pub async fn read(url: DatabaseUrl) -> Result<()> {
    let store = Store::open(Options::new(url), Arc::new(SystemClock)).await.context("cannot open the database")?;
    let workspace = store.workspaces().await?.into_iter().next().context("the database has no owner yet")?;
    measure::measure(&store, &Scope::system(workspace.id)).await?;
    store.close().await;
    Ok(())
}

/// The figures of the last day against the rows themselves.
async fn check(store: &Store, scope: &Scope, now: Timestamp) -> Result<()> {
    const HOUR: i64 = 3_600_000;
    let since = now.ms() - now.ms().rem_euclid(HOUR) - 23 * HOUR;
    let edges: Vec<Timestamp> = (0..=24).map(|n| Timestamp(since + n * HOUR)).collect();
    let span = store::DashboardSpan { edges, until: now, zone: "UTC".into(), step_ms: HOUR, workflow: None };
    let seen = store.dashboard(scope, span).await?.totals.counts;
    let mut counted = model::api::RunCounts::default();
    let mut query = model::api::RunsQuery {
        finished_since: Some(since),
        finished_until: Some(since + 24 * HOUR),
        limit: Some(200),
        ..Default::default()
    };
    loop {
        let page = store.find_runs(scope, &query).await?;
        for run in &page.items {
            match run.status {
                RunStatus::Succeeded => counted.succeeded += 1,
                RunStatus::Failed => counted.failed += 1,
                RunStatus::Filtered => counted.filtered += 1,
                _ => counted.cancelled += 1,
            }
        }
        // Nothing that ended since then began a day before it.
        let past = page.items.last().is_some_and(|run| run.created_at.ms() < since - 24 * HOUR);
        match page.next {
            Some(next) if !past && !page.items.is_empty() => query.cursor = Some(next),
            _ => break,
        }
    }
    counted.recovered = seen.recovered;
    if counted != seen {
        bail!("the figures of the last day are {seen:?}, the runs {counted:?}");
    }
    println!("    the figures of the last day equal a recount: {} runs", seen.all());
    Ok(())
}

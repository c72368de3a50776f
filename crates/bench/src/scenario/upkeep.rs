//! Upkeep beside live work: a backup of a large database, its restore, and retention that deletes most of it.

use super::{Setting, history};
use crate::instance::Instance;
use crate::load::{self, Outcome};
use crate::report::{Limit, Report};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Events a second meanwhile.
const RATE: u32 = 200;
const DAY_MS: i64 = 24 * 3_600_000;
/// Every workflow of the made-up history keeps its runs so long.
const KEPT_DAYS: i64 = 30;
/// Runs whose journals are compared between the server and its restored backup.
const COMPARED: usize = 400;
/// Retention begins a minute after the start and may take so long.
const LONGEST: Duration = Duration::from_secs(900);
const MEGABYTE: f64 = 1e6;

pub async fn measure(setting: &Setting, runs: u64, report: &mut Report) -> Result<()> {
    println!("==> Backup and retention of {runs} runs beside {RATE} events/s");
    let instance = Instance::create(&setting.binary, &setting.output.join("upkeep")).await?;
    history::seed(runs, &instance, None).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow("w1.json")?).await?;
    setting.upstream.reset(Duration::ZERO);

    let file = setting.output.join("upkeep.backup");
    let _ = std::fs::remove_file(&file);
    let under = begin(&instance, &workflow.hook);
    let started = Instant::now();
    instance.tell(&["backup", path(&file)?], None).await.context("the backup failed")?;
    let took = started.elapsed();
    let outcome = under.end().await?;
    report.add("backup: size", std::fs::metadata(&file)?.len() as f64 / MEGABYTE, "MB", Limit::None);
    report.add("backup: time", took.as_secs_f64(), "s", Limit::None);
    report.add("backup: requests that failed meanwhile", (outcome.refused + outcome.broken) as f64, "", Limit::AtMost(0.0));
    report.add("backup: acknowledgement p99 meanwhile", millis(&outcome), "ms", Limit::AtMost(50.0));
    let differing = restored(setting, &instance, &file).await?;
    report.add(&format!("restore: journals that differ, of {COMPARED}"), differing as f64, "", Limit::AtMost(0.0));

    let (old, before) = (old_runs(), used(instance.folder())?);
    let under = begin(&instance, &workflow.hook);
    let started = Instant::now();
    while !instance.get(&old).await?["items"].as_array().is_some_and(Vec::is_empty) {
        if started.elapsed() > LONGEST {
            bail!("runs older than {KEPT_DAYS} days are still there");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let took = started.elapsed();
    let outcome = under.end().await?;
    // Pages are given back at the next round's end, and the journal of the database is folded in when it stops.
    running.stop().await?;
    report.add(
        "retention: until everything over 30 days is gone, from the start's first minute on",
        took.as_secs_f64(),
        "s",
        Limit::None,
    );
    report.add("retention: acknowledgement p99 meanwhile", millis(&outcome), "ms", Limit::AtMost(50.0));
    report.add("retention: requests that failed meanwhile", (outcome.refused + outcome.broken) as f64, "", Limit::AtMost(0.0));
    report.add("retention: database before", before as f64 / MEGABYTE, "MB", Limit::None);
    report.add(
        "retention: database after",
        used(instance.folder())? as f64 / MEGABYTE,
        "MB",
        Limit::AtMost(before as f64 / MEGABYTE),
    );
    Ok(())
}

/// Events that come in until somebody has seen enough.
struct Under {
    over: Arc<AtomicBool>,
    sending: tokio::task::JoinHandle<Outcome>,
}

fn begin(instance: &Instance, hook: &str) -> Under {
    let over = Arc::new(AtomicBool::new(false));
    let (address, hook, ended) = (instance.address(), hook.to_owned(), over.clone());
    let is_over = move || ended.load(Ordering::Relaxed);
    let sending = tokio::spawn(async move { load::paced(address, &hook, RATE, is_over, |_| {}).await });
    Under { over, sending }
}

impl Under {
    async fn end(self) -> Result<Outcome> {
        self.over.store(true, Ordering::Relaxed);
        self.sending.await.context("the load generator panicked")
    }
}

/// Journals of runs all over the history that are other in the restored copy.
async fn restored(setting: &Setting, instance: &Instance, file: &Path) -> Result<usize> {
    let copy = Instance::create(&setting.binary, &setting.output.join("upkeep-restored")).await?;
    // A backup never holds the key that its secrets are sealed with.
    let key = |instance: &Instance| instance.folder().join("data/patchbay.key");
    std::fs::remove_dir_all(copy.folder().join("data"))?;
    std::fs::create_dir_all(copy.folder().join("data"))?;
    std::fs::copy(key(instance), key(&copy))?;
    copy.tell(&["restore", path(file)?], None).await.context("the restore failed")?;
    let copy = copy.with_token_of(instance);
    let (running, _) = copy.start().await?;
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    while ids.len() < COMPARED {
        let page = copy.get(&format!("/api/v1/runs?limit=200{cursor}")).await?;
        let items = page["items"].as_array().context("the list of runs has no items")?;
        ids.extend(
            items.iter().filter(|run| run["finished_at"].is_i64()).filter_map(|run| run["id"].as_str()).map(str::to_owned),
        );
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    if ids.len() < COMPARED {
        bail!("the restored copy has {} runs that ended", ids.len());
    }
    let mut differing = 0;
    for id in &ids[..COMPARED] {
        let journal = format!("/api/v1/runs/{id}/journal");
        if instance.get(&journal).await? != copy.get(&journal).await? {
            differing += 1;
        }
    }
    running.stop().await?;
    Ok(differing)
}

/// The list of runs that retention deletes.
fn old_runs() -> String {
    #[expect(clippy::disallowed_methods, reason = "the server that is measured goes by the machine's clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as i64);
    format!("/api/v1/runs?status=succeeded&limit=1&until={}", now - (KEPT_DAYS + 1) * DAY_MS)
}

fn millis(outcome: &Outcome) -> f64 {
    outcome.percentile(0.99).as_secs_f64() * 1_000.0
}

/// Bytes of the database's files.
fn used(folder: &Path) -> Result<u64> {
    std::fs::read_dir(folder.join("data"))?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

fn path(file: &Path) -> Result<&str> {
    file.to_str().context("the file's name is not text")
}

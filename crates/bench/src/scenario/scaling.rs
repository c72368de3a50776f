//! One, two and four worker processes of sixteen places on PostgreSQL, with an upstream that takes 50 ms: what another process adds.

use super::{Setting, runs};
use crate::database::Database;
use crate::instance::Instance;
use crate::load::{self, Load, Until};
use crate::report::{Limit, Report};
use anyhow::{Result, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WORKERS: [usize; 3] = [1, 2, 4];
/// Runs that one worker drives at the same time.
const SLOTS: &str = "16";
const UPSTREAM_DELAY: Duration = Duration::from_millis(50);
/// For one worker; more workers get more, so that each measurement takes as long.
const EVENTS: u64 = 1_500;
const DRAIN: Duration = Duration::from_secs(180);
const START: Duration = Duration::from_secs(30);

pub async fn measure(setting: &Setting, server: &str, report: &mut Report) -> Result<()> {
    let mut alone = 0.0;
    for workers in WORKERS {
        println!("==> Scaling: {workers} workers of {SLOTS} places, upstream takes {} ms", UPSTREAM_DELAY.as_millis());
        let database = Database::create(server, &format!("patchbay_scaling_{}", std::process::id())).await?;
        let completed = one(setting, &database, workers).await;
        database.remove().await?;
        let completed = completed?;
        report.add(&format!("scaling: {workers} workers"), completed, "runs/s", Limit::None);
        if workers == WORKERS[0] {
            alone = completed;
        } else {
            report.add(&format!("scaling: {workers} workers against one"), completed / alone, "times", Limit::None);
        }
    }
    Ok(())
}

/// Runs per second from the first event to the end of the last run.
async fn one(setting: &Setting, database: &Database, workers: usize) -> Result<f64> {
    let environment =
        vec![("PATCHBAY_DATABASE_URL".to_owned(), database.url()?), ("PATCHBAY_SLOTS".to_owned(), SLOTS.to_owned())];
    let folder = setting.output.join(format!("scaling-{workers}"));
    let instance = Instance::create_with(&setting.binary, &folder, environment).await?;
    let server = instance.spawn("server", &[])?;
    let waiting = Instant::now();
    while !instance.is_healthy().await {
        if waiting.elapsed() > START {
            bail!("the server did not start: see {}", instance.log().display());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let processes = (0..workers).map(|_| instance.spawn("worker", &[])).collect::<Result<Vec<_>>>()?;
    let workflow = instance.import(&setting.workflow("w1.json")?).await?;
    setting.upstream.reset(UPSTREAM_DELAY);
    let events = EVENTS * workers as u64;
    let started = Instant::now();
    let sent = load::send(Load {
        address: server.address,
        hook: workflow.hook.clone(),
        connections: setting.connections,
        until: Until::Acknowledged(events),
        first: 0,
        acknowledged: Arc::default(),
    })
    .await;
    runs::wait_until_settled(&instance, &workflow, DRAIN).await?;
    let took = started.elapsed().as_secs_f64();
    let (distinct, repeated) = setting.upstream.distinct_and_repeated();
    for process in processes {
        process.stop().await?;
    }
    server.stop().await?;
    if distinct as u64 != sent.acknowledged || repeated > 0 {
        bail!("{} events led to {distinct} calls, {repeated} of them more than once", sent.acknowledged);
    }
    Ok(sent.acknowledged as f64 / took)
}

//! A million runs: how long lists, filters, the dashboard and a run's page take to read them.

use super::Setting;
use crate::database::Database;
use crate::http::{self, Connection};
use crate::instance::Instance;
use crate::report::{Limit, Report};
use anyhow::{Context, Result, bail};
use std::process::Stdio;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::process::Command;

/// Readings of one address; the 95th of a hundred is reported.
const READINGS: usize = 100;
const WARM_UP: usize = 5;
const TARGET_MS: f64 = 50.0;
const RUN_TARGET_MS: f64 = 100.0;
const HOUR_MS: i64 = 3_600_000;

pub async fn measure(setting: &Setting, runs: u64, postgres: Option<&str>, report: &mut Report) -> Result<()> {
    on(setting, runs, None, report).await?;
    if let Some(server) = postgres {
        let database = Database::create(server, "patchbay_bench_history").await?;
        on(setting, runs, Some(&database), report).await?;
        database.remove().await?;
    }
    Ok(())
}

async fn on(setting: &Setting, runs: u64, database: Option<&Database>, report: &mut Report) -> Result<()> {
    let kind = if database.is_some() { "PostgreSQL" } else { "SQLite" };
    println!("==> History of {runs} runs on {kind}");
    let folder = setting.output.join(format!("history-{}", kind.to_lowercase()));
    let url = database.map(Database::url).transpose()?;
    let environment = url.iter().map(|url| ("PATCHBAY_DATABASE_URL".to_owned(), url.clone())).collect();
    let instance = Instance::create_with(&setting.binary, &folder, environment).await?;
    seed(runs, &instance, url.as_deref()).await?;
    let (running, _) = instance.start().await?;
    let addresses = addresses(&instance).await?;
    for (name, path, target) in addresses {
        let took = p95(&instance, &path).await.with_context(|| format!("cannot read {path}"))?;
        report.add(&format!("{kind}, {runs} runs: {name}, p95"), took, "ms", Limit::AtMost(target));
    }
    running.stop().await
}

/// Lets the program beside this one fill the instance's database.
pub async fn seed(runs: u64, instance: &Instance, url: Option<&str>) -> Result<()> {
    let program = std::env::current_exe()?.with_file_name("seed");
    if !program.exists() {
        bail!("{} is not built: cargo build --release --package bench --features seed", program.display());
    }
    let mut command = Command::new(program);
    command.args(["--runs", &runs.to_string()]).stdin(Stdio::null());
    match url {
        Some(url) => command.args(["--database-url", url]),
        None => command.arg("--data-dir").arg(instance.folder().join("data")),
    };
    let status = command.status().await?;
    if !status.success() {
        bail!("the history could not be written: {status}");
    }
    Ok(())
}

/// What people read, with how long that may take.
async fn addresses(instance: &Instance) -> Result<Vec<(&'static str, String, f64)>> {
    let first = async |list: &str, what: &str| -> Result<String> {
        let page = instance.get(list).await?;
        let items = page["items"].as_array().with_context(|| format!("{list} gave no list"))?;
        let wanted = items.iter().find(|item| what.is_empty() || item["name"] == what || item["label"] == what);
        wanted.and_then(|item| item["id"].as_str()).map(str::to_owned).with_context(|| format!("{list} has no {what}"))
    };
    let workflow = first("/api/v1/workflows", "Order to CRM").await?;
    let rare = first("/api/v1/workflows", "Year-end archive").await?;
    let connection = first("/api/v1/connections", "Team wiki").await?;
    let failed = first("/api/v1/runs?status=failed", "").await?;
    #[expect(clippy::disallowed_methods, reason = "the server that is measured goes by the machine's clock")]
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let day = 24 * HOUR_MS;
    let runs = |query: &str| format!("/api/v1/runs{query}");
    let (week_ago, month_ago) = (now - 7 * day, now - 30 * day);
    let list = [
        ("runs list, first page", runs("")),
        ("status failed", runs("?status=failed")),
        ("status cancelled", runs("?status=cancelled")),
        ("outcome unknown", runs("?hold=unknown")),
        ("workflow", runs(&format!("?workflow={workflow}"))),
        ("rare workflow", runs(&format!("?workflow={rare}"))),
        ("time range a month ago", runs(&format!("?since={}&until={month_ago}", month_ago - day))),
        ("first version", runs(&format!("?workflow={workflow}&version=1"))),
        ("trigger", runs(&format!("?workflow={workflow}&trigger=hook"))),
        ("error class", runs("?error_class=permission")),
        ("workflow and error class", runs(&format!("?workflow={rare}&error_class=timed_out"))),
        ("took over 60 s", runs("?longer_than_ms=60000")),
        ("connection", runs(&format!("?connection={connection}"))),
        ("a bar of the dashboard", runs(&format!("?finished_since={}&finished_until={week_ago}", week_ago - 6 * HOUR_MS))),
        (
            "failures of a bar",
            runs(&format!("?status=failed&finished_since={}&finished_until={week_ago}", week_ago - 6 * HOUR_MS)),
        ),
        ("workflows list", "/api/v1/workflows".to_owned()),
        ("dashboard, 24 hours", "/api/v1/dashboard?window=24h&zone=Europe/Berlin".to_owned()),
        ("dashboard, 30 days", "/api/v1/dashboard?window=30d&zone=Europe/Berlin".to_owned()),
        ("dashboard, 90 days", "/api/v1/dashboard?window=90d&zone=Asia/Kathmandu".to_owned()),
        ("dashboard of a workflow, 30 days", format!("/api/v1/dashboard?window=30d&workflow={workflow}")),
    ];
    let mut list: Vec<_> = list.into_iter().map(|(name, path)| (name, path, TARGET_MS)).collect();
    list.push(("page of a run", format!("/api/v1/runs/{failed}"), RUN_TARGET_MS));
    Ok(list)
}

/// Milliseconds.
async fn p95(instance: &Instance, path: &str) -> Result<f64> {
    let request = http::get(path, instance.token());
    let mut connection = Connection::open(instance.address()).await?;
    let mut times = Vec::with_capacity(READINGS);
    for n in 0..WARM_UP + READINGS {
        let started = Instant::now();
        let answer = connection.send(&request).await?;
        if answer.status != 200 {
            bail!("the answer was {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        if n >= WARM_UP {
            times.push(started.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[READINGS * 95 / 100 - 1])
}

//! What the API says about runs.

use crate::instance::{Instance, Published};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The most that the API gives at once.
const PAGE: u32 = 200;
const POLL: Duration = Duration::from_millis(200);

/// Live runs of a workflow whose end is durable: one number, so that asking costs the server next to nothing.
pub async fn finished(instance: &Instance, workflow: &Published) -> Result<u64> {
    let page = instance.get("/api/v1/workflows?limit=200").await?;
    let items = page["items"].as_array().context("the list of workflows has no items")?;
    let summary = items.iter().find(|item| item["id"] == workflow.id.as_str()).context("the workflow is not in the list")?;
    summary["runs_24h"].as_u64().context("the workflow has no runs_24h")
}

/// One run of a list.
#[derive(Debug)]
pub struct Run {
    pub id: String,
    pub status: String,
    /// Why it waits for somebody, `unknown` for a call whose outcome nobody knows.
    pub hold: Option<String>,
}

/// Every run of a workflow with one of these statuses (comma separated; empty: any).
pub async fn list(instance: &Instance, workflow: &Published, status: &str) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut path = format!("/api/v1/runs?workflow={}&limit={PAGE}", workflow.id);
        if !status.is_empty() {
            path.push_str(&format!("&status={status}"));
        }
        if let Some(cursor) = &cursor {
            path.push_str(&format!("&cursor={cursor}"));
        }
        let page = instance.get(&path).await?;
        for item in page["items"].as_array().context("the list of runs has no items")? {
            runs.push(read(item)?);
        }
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(runs),
        }
    }
}

fn read(item: &Value) -> Result<Run> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    Ok(Run {
        id: text("id").context("a run has no id")?,
        status: text("status").context("a run has no status")?,
        hold: text("hold"),
    })
}

/// Waits until no run is queued or running, and none waits for anything but a person. Returns how long that took.
pub async fn wait_until_settled(instance: &Instance, workflow: &Published, limit: Duration) -> Result<Duration> {
    let started = Instant::now();
    loop {
        // A page is enough to see that there still are some.
        let open = format!("/api/v1/runs?workflow={}&status=queued,running&limit=1", workflow.id);
        let page = instance.get(&open).await?;
        let is_idle = page["items"].as_array().is_some_and(Vec::is_empty);
        if is_idle {
            let waiting = list(instance, workflow, "waiting").await?;
            if waiting.iter().all(|run| run.hold.as_deref() == Some("unknown")) {
                return Ok(started.elapsed());
            }
        }
        if started.elapsed() > limit {
            let open = list(instance, workflow, "queued,running,waiting").await?;
            bail!("{} runs had not ended after {} s, for example {:?}", open.len(), limit.as_secs(), open.first());
        }
        tokio::time::sleep(POLL).await;
    }
}

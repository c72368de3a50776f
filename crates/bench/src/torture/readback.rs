//! What the API says of all runs: whether they have come to rest, and each one's journal.

use super::judge::{self, End, Told};
use super::upstream::Book;
use crate::http::{self, Connection};
use crate::instance::Instance;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const POLL: Duration = Duration::from_millis(100);
const READERS: usize = 4;

/// Waits until every run has ended or is parked, at most for `limit`. Returns how long it took and how many are still open.
pub async fn settle(instance: &Instance, limit: Duration) -> Result<(Duration, usize)> {
    let started = Instant::now();
    loop {
        let open = match open(instance).await {
            Ok(open) => open,
            // The database may just have been cut off.
            Err(_) if started.elapsed() < limit => usize::MAX,
            Err(error) => return Err(error),
        };
        if open == 0 || started.elapsed() > limit {
            return Ok((started.elapsed(), open));
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn open(instance: &Instance) -> Result<usize> {
    let busy = list(instance, "queued,running").await?;
    let waiting = list(instance, "waiting").await?;
    let is_open = |run: &&Value| End::of(run["status"].as_str().unwrap_or_default(), run["hold"].as_str()) == End::Open;
    Ok(busy.len() + waiting.iter().filter(is_open).count())
}

/// The summaries of all runs with one of these statuses; empty: any.
async fn list(instance: &Instance, status: &str) -> Result<Vec<Value>> {
    let mut connection = Connection::open(instance.address()).await?;
    let (mut runs, mut cursor) = (Vec::new(), String::new());
    loop {
        let status = if status.is_empty() { String::new() } else { format!("&status={status}") };
        let request = http::get(&format!("/api/v1/runs?limit=200{status}{cursor}"), instance.token());
        let page = connection.send(&request).await?.json()?;
        runs.extend(page["items"].as_array().context("the list of runs has no items")?.iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(runs),
        }
    }
}

/// Writes the journals of runs with problems, for whoever looks for the cause; at most a hundred.
pub async fn keep_journals(instance: &Instance, told: &[Told], file: &Path) -> Result<()> {
    let strange = |run: &&Told| !run.problems.is_empty() || matches!(run.end, End::Held | End::Open);
    let mut kept = serde_json::Map::new();
    for run in told.iter().filter(strange).take(100) {
        kept.insert(run.id.clone(), instance.get(&format!("/api/v1/runs/{}/journal", run.id)).await?);
    }
    Ok(std::fs::write(file, serde_json::to_vec_pretty(&kept)?)?)
}

/// Reads every run and its journal.
pub async fn all(instance: &Instance, book: &Book) -> Result<Vec<Told>> {
    let ids: Vec<String> = list(instance, "").await?.iter().filter_map(|run| run["id"].as_str().map(str::to_owned)).collect();
    let book = Arc::new(book.clone());
    let mut readers = JoinSet::new();
    for part in ids.chunks(ids.len().div_ceil(READERS).max(1)) {
        let (part, book, token, address) = (part.to_vec(), Arc::clone(&book), instance.token().to_owned(), instance.address());
        readers.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut told = Vec::with_capacity(part.len());
            for id in part {
                let detail = connection.send(&http::get(&format!("/api/v1/runs/{id}"), &token)).await?.json()?;
                let journal = connection.send(&http::get(&format!("/api/v1/runs/{id}/journal"), &token)).await?.json()?;
                told.push(judge::read(&detail, &journal, &book));
            }
            anyhow::Ok(told)
        });
    }
    let mut told = Vec::with_capacity(ids.len());
    while let Some(part) = readers.join_next().await {
        told.extend(part??);
    }
    Ok(told)
}

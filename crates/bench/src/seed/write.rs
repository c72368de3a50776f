//! What the store's group commit costs beside a bare loop that writes the same rows in as many commits.

use crate::{load, process};
use anyhow::{Context, Result, bail};
use model::{
    WorkflowDefinition,
    api::ImportedWorkflow,
    ids::{TriggerId, WorkflowId, WorkspaceId},
    run::RunKind,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::{Accepted, DatabaseUrl, Disposition, NewEvent, NewOwner, Options, Scope, Store, SystemClock, bare::Rows};

const EVENTS: u64 = 40_000;
/// Events under way at once.
const SENDERS: usize = 64;
const ROUNDS: usize = 5;

/// Time on the clock and on the processor.
struct Took {
    time: Duration,
    cpu: Duration,
}

/// Prints one line per round, and the medians. Needs a folder on a disk; it is emptied.
pub async fn measure(folder: &Path, workflow: &Path) -> Result<()> {
    let text = std::fs::read_to_string(workflow).with_context(|| format!("cannot read {}", workflow.display()))?;
    let definition = serde_json::from_str::<ImportedWorkflow>(&text)?.definition;
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let (ours, bare) = (folder.join("ours"), folder.join("bare"));
        for folder in [&ours, &bare] {
            if folder.exists() {
                std::fs::remove_dir_all(folder)?;
            }
            std::fs::create_dir_all(folder)?;
        }
        let ours = open(&ours).await?;
        let took = accept(&ours, &definition).await?;
        let rows = Rows::of(&ours).await?;
        ours.close().await;
        let (count, commits) = (rows.count(), rows.commits);
        let bare = open(&bare).await?;
        let alone = timed(async { Ok(rows.write(&bare).await?) }).await?;
        bare.close().await;
        let ratio = alone.time.as_secs_f64() / took.time.as_secs_f64();
        println!(
            "    round {round}: {count} rows in {commits} commits; group commit {:.2} s ({:.2} s CPU), bare loop {:.2} s ({:.2} s CPU): {ratio:.2} x",
            took.time.as_secs_f64(),
            took.cpu.as_secs_f64(),
            alone.time.as_secs_f64(),
            alone.cpu.as_secs_f64(),
        );
        ratios.push(ratio);
    }
    println!("    median: {:.2} x the bare loop's speed", crate::scenario::median(ratios));
    Ok(())
}

async fn open(folder: &Path) -> Result<Store> {
    let url = DatabaseUrl::Sqlite { dir: folder.into() };
    Store::open(Options::new(url), Arc::new(SystemClock)).await.context("cannot open the database")
}

async fn accept(store: &Store, definition: &WorkflowDefinition) -> Result<Took> {
    let text = |text: &str| text.to_owned();
    let owner = NewOwner {
        email: text("bench@example.com"),
        name: text("Bench"),
        password_hash: text("none"),
        workspace: text("Bench"),
        time_zone: text("UTC"),
    };
    let workspace = store.create_owner(owner).await?.1.id;
    let scope = Scope::system(workspace);
    let workflow = store.create_workflow(&scope, "W1", definition).await?;
    store.publish(&scope, workflow.id, workflow.draft_rev, "", true, &[]).await?;
    let next = Arc::new(AtomicU64::new(0));
    timed(async {
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(send(store.clone(), workspace, workflow.id, Arc::clone(&next)));
        }
        while let Some(sender) = senders.join_next().await {
            sender??;
        }
        Ok(())
    })
    .await
}

async fn send(store: Store, workspace: WorkspaceId, workflow: WorkflowId, next: Arc<AtomicU64>) -> Result<()> {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= EVENTS {
            return Ok(());
        }
        let body: serde_json::Value = serde_json::from_str(&load::event(n))?;
        let event = NewEvent {
            workspace,
            workflow,
            trigger: TriggerId::from("hook"),
            version: 1,
            kind: RunKind::Live,
            dedupe: None,
            payload: Arc::new(serde_json::json!({ "body": body })),
            files: Vec::new(),
            received_at: store.now(),
            order_key: None,
            disposition: Disposition::Run,
            definition: None,
            given: Vec::new(),
            lease_ms: None,
            reply: false,
        };
        match store.accept(event).await? {
            Accepted::Run { .. } => {}
            other => bail!("an event was not accepted: {other:?}"),
        }
    }
}

async fn timed(work: impl Future<Output = Result<()>>) -> Result<Took> {
    let (own, started) = (std::process::id(), Instant::now());
    let before = process::cpu_time(own)?;
    work.await?;
    Ok(Took { time: started.elapsed(), cpu: process::cpu_time(own)? - before })
}

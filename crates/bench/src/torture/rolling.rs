//! Load that goes on while processes are restarted in turn, as an upgrade does it.

use super::load::{self, Hooks, Receipt};
use super::rng::Rng;
use super::site::{Plan, Site};
use super::upstream::Upstream;
use super::workflows::Flow;
use super::{SETTLE, judge, readback};
use crate::torture::Count;
use anyhow::{Context, Result};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// Load around each disturbance.
const WINDOW: Duration = Duration::from_secs(3);
/// Between the begin of the load and the disturbance.
const WARM_UP: Duration = Duration::from_millis(700);

pub struct Rolling {
    site: Site,
    upstream: Upstream,
    hooks: Hooks,
    numbers: Arc<AtomicU64>,
    receipts: Vec<Receipt>,
}

impl Rolling {
    /// A running site with the workflows of the torture.
    pub async fn begin(plan: &Plan) -> Result<Self> {
        let upstream = Upstream::start(Rng::new(1)).await?;
        let mut site = Site::build(plan).await?;
        site.start().await?;
        let mut hooks = Vec::new();
        for flow in Flow::ALL {
            hooks.push((flow, site.publish(flow.name(), &flow.definition(upstream.address)).await?.hook));
        }
        Ok(Self { site, upstream, hooks: Arc::new(hooks), numbers: Arc::default(), receipts: Vec::new() })
    }

    pub fn processes(&self) -> usize {
        self.site.count()
    }

    fn load(&self) -> tokio::task::JoinHandle<load::Load> {
        let (hooks, numbers) = (Arc::clone(&self.hooks), Arc::clone(&self.numbers));
        tokio::spawn(load::send(self.site.instance.address(), hooks, numbers, WINDOW))
    }

    fn note(&mut self, what: &str, load: load::Load, took: Duration) {
        println!(
            "{what:<28} took {:>4.1} s; {} events acknowledged, {} refused, {} unanswered",
            took.as_secs_f64(),
            load.receipts.len(),
            load.refused,
            load.unanswered
        );
        self.receipts.extend(load.receipts);
    }

    /// Stops a process as an operator does and starts it again, under load.
    pub async fn restart(&mut self, at: usize) -> Result<()> {
        let load = self.load();
        tokio::time::sleep(WARM_UP).await;
        let started = Instant::now();
        self.site.restart(at).await?;
        let took = started.elapsed();
        let what = if at == 0 { "restart of the server".to_owned() } else { format!("restart of worker {at}") };
        self.note(&what, load.await?, took);
        Ok(())
    }

    /// Cuts every connection to the database, under load.
    pub async fn cut_database(&mut self) -> Result<()> {
        let load = self.load();
        tokio::time::sleep(WARM_UP).await;
        let database = self.site.database.clone().context("there is no PostgreSQL to cut off")?;
        let started = Instant::now();
        let cut = database.cut().await?;
        let took = started.elapsed();
        self.note(&format!("{cut} database connections cut"), load.await?, took);
        Ok(())
    }

    /// Waits for the rest and counts.
    pub async fn finish(mut self) -> Result<Count> {
        self.site.start().await?;
        readback::settle(&self.site.instance, SETTLE).await?;
        let book = self.upstream.book();
        let told = readback::all(&self.site.instance, &book).await?;
        self.site.stop_all().await?;
        self.site.tear_down().await?;
        Ok(judge::count(&self.receipts, &told, &book, &self.upstream.strange()))
    }
}

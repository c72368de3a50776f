//! n8n, Node-RED and Patchbay in turn on the same machine, with the same workflows, load and upstream.
//!
//! A B A B: every round goes through all of them, so that a machine that grows slower does so for each; figures are medians.

mod n8n;
mod node_red;
mod patchbay;

use crate::http::{self, Connection};
use crate::load::{self, Load, Until};
use crate::process;
use crate::scenario::{Setting, loops, median};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// The first start of a peer prepares its database.
const START: Duration = Duration::from_secs(120);
/// Work that is not done so long after the load has ended is not coming.
const DRAIN: Duration = Duration::from_secs(60);
/// Nothing more arrived for so long: it has come to rest.
const QUIET: Duration = Duration::from_secs(3);
/// Events of the crash test, each with a call that takes this long.
const CRASH_EVENTS: u64 = 200;
const CRASH_DELAY: Duration = Duration::from_secs(2);

/// What is measured beside one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    Patchbay,
    N8n,
    NodeRed,
}

impl Product {
    pub const ALL: [Self; 3] = [Self::Patchbay, Self::N8n, Self::NodeRed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Patchbay => "Patchbay",
            Self::N8n => "n8n",
            Self::NodeRed => "Node-RED",
        }
    }

    fn is_installed(self, peers: &Path) -> bool {
        match self {
            Self::Patchbay => true,
            Self::N8n => peers.join("n8n/node_modules/.patchbay-complete").is_file(),
            Self::NodeRed => peers.join(node_red::PROGRAM).is_file(),
        }
    }
}

/// A running product with its workflows.
struct Running {
    child: Child,
    address: SocketAddr,
    /// Paths of the hooks of W1, W2 and W3.
    hooks: [String; 3],
}

/// One way to start a product on a folder of its own: fresh, or as a crash left it.
async fn start(product: Product, setting: &Setting, peers: &Path, folder: &Path, fresh: bool) -> Result<Running> {
    if fresh && folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    match product {
        Product::Patchbay => patchbay::start(setting, folder, fresh).await,
        Product::N8n => n8n::start(setting, peers, folder, fresh).await,
        Product::NodeRed => node_red::start(setting, peers, folder).await,
    }
}

/// The figures of a product, by name; each value of a round.
type Figures = BTreeMap<&'static str, Vec<f64>>;

/// Goes through `rounds` rounds of all products whose programs are there, and prints medians and ratios.
pub async fn measure(setting: &Setting, peers: &Path, seconds: u64, rounds: usize) -> Result<()> {
    let mut all: BTreeMap<Product, Figures> = BTreeMap::new();
    let installed: Vec<Product> = Product::ALL.into_iter().filter(|product| product.is_installed(peers)).collect();
    for round in 1..=rounds {
        for product in installed.iter().copied() {
            println!("==> {} (round {round} of {rounds})", product.name());
            let folder = setting.output.join("peers").join(product.name());
            let figures = all.entry(product).or_default();
            one_round(product, setting, peers, &folder, seconds, figures).await.with_context(|| product.name())?;
        }
    }
    print(&all);
    Ok(())
}

async fn one_round(
    product: Product,
    setting: &Setting,
    peers: &Path,
    folder: &Path,
    seconds: u64,
    figures: &mut Figures,
) -> Result<()> {
    let mut note = |name: &'static str, value: f64| figures.entry(name).or_default().push(value);
    let mut running = start(product, setting, peers, folder, true).await?;
    let id = running.child.id().context("it has ended")?;
    note("idle memory, MB", process::resident_bytes(id)? as f64 / 1e6);
    let written = process::written_bytes(id)?;
    for (workflow, cpu_name, rate_name) in
        [(0, "W1 CPU per run, ms", "W1 finished per s"), (1, "W2 CPU per run, ms", "W2 finished per s")]
    {
        setting.upstream.reset(Duration::ZERO);
        let (before, started) = (process::cpu_time(id)?, Instant::now());
        let load = send(setting, &running, workflow, Until::Elapsed(Duration::from_secs(seconds))).await;
        come_to_rest(setting, load.acknowledged).await;
        let done = setting.upstream.calls();
        if done == 0 {
            bail!("no call arrived: {:?}", load.first_refusal);
        }
        // The wait for quiet is nobody's work.
        let took = (started.elapsed().as_secs_f64() - QUIET.as_secs_f64()).max(seconds as f64);
        note(rate_name, done as f64 / took);
        note(cpu_name, (process::cpu_time(id)? - before).as_secs_f64() * 1000.0 / done as f64);
        if workflow == 0 {
            note("W1 acknowledgement p99, ms", load.percentile(0.99).as_secs_f64() * 1000.0);
            note("W1 written to disk per run, kB", (process::written_bytes(id)? - written) as f64 / 1000.0 / done as f64);
        }
    }
    setting.upstream.reset(Duration::ZERO);
    let (before, started) = (process::cpu_time(id)?, Instant::now());
    let request = http::post(&running.hooks[2], &loops::event());
    Connection::open(running.address).await?.send(&request).await?;
    let (items, last) = arrivals(setting, 1_000).await;
    note("W3 items per s", items as f64 / last.duration_since(started).as_secs_f64());
    note("W3 CPU per item, ms", (process::cpu_time(id)? - before).as_secs_f64() * 1000.0 / items.max(1) as f64);
    note("memory afterwards, MB", process::resident_bytes(id)? as f64 / 1e6);
    running.child.kill().await?;

    note("lost of 200 after kill -9", crash(product, setting, peers, folder).await? as f64);
    Ok(())
}

async fn send(setting: &Setting, running: &Running, workflow: usize, until: Until) -> load::Outcome {
    let hook = running.hooks[workflow].clone();
    let (address, connections) = (running.address, setting.connections);
    load::send(Load { address, hook, connections, until, first: 0, acknowledged: Arc::default() }).await
}

/// Waits until as many calls have arrived as events were acknowledged, or no more come.
async fn come_to_rest(setting: &Setting, acknowledged: u64) {
    arrivals(setting, acknowledged).await;
    tokio::time::sleep(QUIET).await;
}

/// How many calls have arrived when `wanted` have or none has come for a while, and when the last one did.
async fn arrivals(setting: &Setting, wanted: u64) -> (u64, Instant) {
    let (mut seen, mut last, began) = (0, Instant::now(), Instant::now());
    loop {
        let now = setting.upstream.calls();
        if now > seen {
            (seen, last) = (now, Instant::now());
        }
        if seen >= wanted || last.elapsed() > QUIET * 3 || began.elapsed() > DRAIN {
            return (seen, last);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Kills it with the calls of acknowledged events under way and starts it again; how many events never led to a call that was answered.
async fn crash(product: Product, setting: &Setting, peers: &Path, folder: &Path) -> Result<usize> {
    let mut running = start(product, setting, peers, folder, true).await?;
    setting.upstream.reset(CRASH_DELAY);
    let load = send(setting, &running, 0, Until::Acknowledged(CRASH_EVENTS)).await;
    running.child.kill().await?;
    let answered = setting.upstream.answered();
    let mut running = start(product, setting, peers, folder, false).await?;
    tokio::time::sleep(CRASH_DELAY * 2).await;
    come_to_rest(setting, load.acknowledged + setting.upstream.calls()).await;
    let finished = setting.upstream.answered().max(answered);
    running.child.kill().await?;
    Ok((load.acknowledged as usize).saturating_sub(finished))
}

fn print(all: &BTreeMap<Product, Figures>) {
    let Some(ours) = all.get(&Product::Patchbay) else { return };
    println!("\n{:<34} {:>12} {:>12} {:>8} {:>12} {:>8}", "median", "Patchbay", "n8n", "ratio", "Node-RED", "ratio");
    for (name, values) in ours {
        let own = median(values.clone());
        let mut line = format!("{name:<34} {own:>12.2}");
        for peer in [Product::N8n, Product::NodeRed] {
            match all.get(&peer).and_then(|figures| figures.get(name)) {
                Some(values) => {
                    let theirs = median(values.clone());
                    line.push_str(&format!(" {theirs:>12.2} {:>8.2}", theirs / own));
                }
                None => line.push_str(&format!(" {:>12} {:>8}", "-", "-")),
            }
        }
        println!("{line}");
    }
    println!("\nratio: theirs to ours");
}

/// A program of the peers' folder under the Node that is installed beside it.
fn node(peers: &Path, script: PathBuf) -> Command {
    let mut command = Command::new(peers.join("node/node_modules/node/bin/node"));
    command.arg(script).stdin(std::process::Stdio::null()).kill_on_drop(true);
    command
}

/// Waits until a GET of `path` is answered with this status.
async fn wait_until_ready(child: &mut Child, address: SocketAddr, path: &str, status: u16, log: &Path) -> Result<()> {
    let started = Instant::now();
    let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n");
    while started.elapsed() < START {
        if let Ok(mut connection) = Connection::open(address).await
            && let Ok(answer) = connection.send(request.as_bytes()).await
            && answer.status == status
        {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("it ended with {status}: see {}", log.display());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("it was not ready within {} s: see {}", START.as_secs(), log.display())
}

fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

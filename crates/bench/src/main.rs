//! Measures Patchbay: `cargo xtask bench` builds it and runs this.
//!
//! One thread generates the load and plays the upstream, so that what they take from the server is known and small.

use anyhow::{Context, Result};
use bench::peers;
use bench::report::Report;
use bench::scenario::{
    Setting, connect, crash, first_load, history, long_loop, loops, readback, rest, scaling, soak, throughput, upkeep, watch,
};
use bench::upstream::{self, Upstream};
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

#[derive(Parser)]
struct Arguments {
    /// The patchbay binary to measure
    #[arg(long)]
    binary: PathBuf,
    /// The folder of w1.json and w2.json
    #[arg(long)]
    workflows: PathBuf,
    /// The sizes of the UI's first load, as xtask wrote them
    #[arg(long)]
    first_load: Option<PathBuf>,
    /// Where bench.json and the instances' folders go; must be on a disk for the figures to mean anything
    #[arg(long)]
    output: PathBuf,
    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Scenario>,
    /// Where the upstream listens; workflows that name the usual address are sent to this one
    #[arg(long, default_value = upstream::ADDRESS)]
    upstream: std::net::SocketAddr,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Length of one round of load, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Rounds of load; figures are medians
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A PostgreSQL server to make databases in, for the scaling scenario; without it that is left out
    #[arg(long)]
    postgres: Option<String>,
    /// Calls of each round that say what `connect` costs
    #[arg(long, default_value_t = 20_000)]
    calls: u32,
    /// Acknowledged events of the crash test
    #[arg(long, default_value_t = 10_000)]
    events: u64,
    /// Measure n8n and Node-RED, installed in this folder, beside Patchbay, and nothing else
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Runs of the history and soak scenarios
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
    /// Before idle memory is read, in seconds
    #[arg(long, default_value_t = 30)]
    idle: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    W1,
    W2,
    W3,
    Readback,
    Scaling,
    Rest,
    FirstLoad,
    /// What calling costs without the network
    Connect,
    Crash,
    /// Open pages
    Watch,
    /// Only where it is named: it takes minutes
    LongLoop,
    /// Only where it is named: it takes minutes and gigabytes
    History,
    /// Only where it is named: it takes minutes and gigabytes
    Soak,
    /// Only where it is named: it takes minutes and gigabytes
    Upkeep,
}

fn main() -> std::process::ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.context("cannot start the runtime").and_then(|runtime| runtime.block_on(measure(Arguments::parse())));
    if let Err(error) = result {
        eprintln!("\nerror: {error:#}");
        return std::process::ExitCode::FAILURE;
    }
    std::process::ExitCode::SUCCESS
}

async fn measure(arguments: Arguments) -> Result<()> {
    let wanted = |scenario| arguments.only.is_empty() || arguments.only.contains(&scenario);
    let output = std::path::absolute(&arguments.output)?;
    let setting = Setting {
        binary: std::path::absolute(&arguments.binary)?,
        workflows: std::path::absolute(&arguments.workflows)?,
        output: output.clone(),
        connections: arguments.connections,
        upstream: Upstream::start(arguments.upstream).await?,
    };
    if let Some(peers) = &arguments.peers {
        return peers::measure(&setting, peers, arguments.seconds, arguments.rounds).await;
    }
    let mut report = Report::new(&output)?;
    if wanted(Scenario::W1) {
        throughput::measure(&setting, throughput::W1, arguments.seconds, arguments.rounds, &mut report).await?;
    }
    if wanted(Scenario::W2) {
        throughput::measure(&setting, throughput::W2, arguments.seconds, arguments.rounds, &mut report).await?;
    }
    if wanted(Scenario::W3) {
        loops::measure(&setting, arguments.rounds, &mut report).await?;
    }
    if wanted(Scenario::Readback) {
        readback::measure(&setting, &mut report).await?;
    }
    match &arguments.postgres {
        Some(server) if wanted(Scenario::Scaling) => scaling::measure(&setting, server, &mut report).await?,
        None if wanted(Scenario::Scaling) => println!("==> Scaling is left out: --postgres names no server"),
        _ => {}
    }
    if wanted(Scenario::Rest) {
        rest::measure(&setting, arguments.idle, &mut report).await?;
    }
    if let Some(sizes) = arguments.first_load.filter(|_| wanted(Scenario::FirstLoad)) {
        first_load::measure(&sizes, &mut report)?;
    }
    if wanted(Scenario::Connect) {
        connect::measure(arguments.calls, arguments.rounds, &mut report).await?;
    }
    if wanted(Scenario::Crash) {
        for variant in [crash::Variant::Repeatable, crash::Variant::Unrepeatable] {
            crash::measure(&setting, variant, arguments.events, &mut report).await?;
        }
    }
    if wanted(Scenario::Watch) {
        watch::measure(&setting, &mut report).await?;
    }
    if arguments.only.contains(&Scenario::LongLoop) {
        long_loop::measure(&setting, &mut report).await?;
    }
    if arguments.only.contains(&Scenario::History) {
        history::measure(&setting, arguments.runs, arguments.postgres.as_deref(), &mut report).await?;
    }
    if arguments.only.contains(&Scenario::Soak) {
        soak::measure(&setting, arguments.runs, &mut report).await?;
    }
    if arguments.only.contains(&Scenario::Upkeep) {
        upkeep::measure(&setting, arguments.runs, &mut report).await?;
    }
    report.print();
    report.write(&output.join("bench.json")).context("cannot write the report")
}

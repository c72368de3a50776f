//! Tortures a Patchbay, or runs a cluster of it: `cargo xtask torture` and `cargo xtask cluster` build it and start this.

use anyhow::{Context, Result};
use bench::cluster;
use bench::torture::{self, SitePlan};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
struct Arguments {
    /// The patchbay binary; a debug build has fail points
    #[arg(long)]
    binary: PathBuf,
    /// Where the processes' folders go
    #[arg(long)]
    output: PathBuf,
    /// A PostgreSQL server to make databases in; absent: SQLite
    #[arg(long)]
    postgres: Option<String>,
    /// Processes that only work, beside one that only serves; 0: one process does both
    #[arg(long, default_value_t = 0)]
    workers: usize,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Kill, freeze and cut off, and count what was lost or doubled
    Torture {
        #[arg(long, default_value_t = 30)]
        cycles: usize,
        /// Repeat a round
        #[arg(long)]
        seed: Option<u64>,
        /// Only troubles whose names contain this
        #[arg(long)]
        only: Option<String>,
        /// Begin no cycle after so many seconds
        #[arg(long)]
        seconds: Option<u64>,
    },
    /// Run one server and the workers until ctrl-c
    Cluster {
        /// Instead: send load through a rolling restart and a cut database, and check that nothing was lost
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = runtime.context("cannot start the runtime").and_then(|runtime| runtime.block_on(run(Arguments::parse())));
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool> {
    let site = SitePlan {
        binary: std::path::absolute(&arguments.binary)?,
        folder: std::path::absolute(&arguments.output)?,
        postgres: arguments.postgres,
        workers: arguments.workers,
    };
    match arguments.command {
        Command::Torture { cycles, seed, only, seconds } => {
            let seed = seed.unwrap_or_else(torture::fresh_seed);
            let plan = torture::Plan { site, cycles, seed, only, budget: seconds.map(Duration::from_secs) };
            let outcome = torture::run(&plan).await?;
            outcome.print();
            Ok(outcome.count.holds())
        }
        Command::Cluster { check: false } => cluster::serve(&site).await.map(|()| true),
        Command::Cluster { check: true } => {
            let count = cluster::check(&site).await?;
            Ok(count.holds())
        }
    }
}

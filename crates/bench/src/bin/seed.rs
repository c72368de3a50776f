//! Fills a database with history that was made up: `cargo xtask seed`.

use anyhow::{Context, Result};
use clap::Parser;
use std::path::PathBuf;
use store::DatabaseUrl;

#[derive(Parser)]
struct Arguments {
    /// Ended runs
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
    /// The data directory of an instance that is not running
    #[arg(long, required_unless_present = "database_url", conflicts_with = "database_url")]
    data_dir: Option<PathBuf>,
    /// The PostgreSQL database of an instance
    #[arg(long)]
    database_url: Option<String>,
    /// The same number makes the same history
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead: measure how long reading takes, without a server
    #[arg(long)]
    read: bool,
    /// Instead: measure the group commit beside a bare loop, with the events of this workflow, in folders below the data directory
    #[arg(long, requires = "data_dir")]
    write: Option<PathBuf>,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = runtime.context("cannot start the runtime").and_then(|runtime| runtime.block_on(fill(arguments)));
    if let Err(error) = result {
        eprintln!("\nerror: {error:#}");
        return std::process::ExitCode::FAILURE;
    }
    std::process::ExitCode::SUCCESS
}

async fn fill(arguments: Arguments) -> Result<()> {
    if let (Some(workflow), Some(folder)) = (&arguments.write, &arguments.data_dir) {
        return bench::seed::write::measure(folder, workflow).await;
    }
    let url = match (arguments.data_dir, arguments.database_url) {
        (_, Some(url)) => DatabaseUrl::Postgres { url },
        (dir, None) => DatabaseUrl::Sqlite { dir: dir.context("--data-dir or --database-url says where to")? },
    };
    if arguments.read {
        return bench::seed::read(url).await;
    }
    bench::seed::fill(url, arguments.runs, arguments.seed).await
}

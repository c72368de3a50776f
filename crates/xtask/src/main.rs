//! `cargo xtask`: builds, runs, tests and measures Patchbay, and installs what these need.
#![expect(clippy::disallowed_methods, reason = "a build tool reads its environment")]

mod bench;
mod connectors;
mod debian;
mod dev;
mod node;
mod peers;
mod postgres;
mod process;
mod release;
mod run;
mod seed;
mod test;
mod tidy;
mod toolchain;
mod torture;
mod ui;
mod workspace;

use clap::{Parser, Subcommand};
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, runs, tests and measures Patchbay")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and serve Patchbay on http://127.0.0.1:8080
    Run {
        /// Passed on to `patchbay serve`
        #[arg(last = true)]
        serve: Vec<String>,
    },
    /// Like `run`, and rebuild and restart whenever a source file changes
    Dev {
        /// Passed on to `patchbay serve`
        #[arg(last = true)]
        serve: Vec<String>,
    },
    /// Build the binary with the UI inside and print the sizes
    Build(release::Options),
    /// Run every check and test
    Test(test::Options),
    /// Prove the invariants of the workspace
    Tidy,
    /// List connectors, their operations and where each was checked
    Connectors,
    /// Measure throughput, memory, start and first load
    Bench(bench::Options),
    /// Fill an instance's database with a million runs that never happened
    Seed(seed::Options),
    /// Kill, freeze and cut off real processes, and count what was lost or doubled
    Torture(torture::Options),
    /// Run one server and two workers on a throw-away PostgreSQL until ctrl-c
    Cluster(torture::ClusterOptions),
}

fn main() -> std::process::ExitCode {
    match dispatch(Arguments::parse().command) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<()> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Run { serve } => run::run(&workspace, &serve),
        Command::Dev { serve } => dev::dev(&workspace, &serve),
        Command::Build(options) => release::build(&workspace, &options),
        Command::Test(options) => test::test(&workspace, &options),
        Command::Tidy => tidy::tidy(&workspace),
        Command::Connectors => connectors::connectors(&workspace),
        Command::Bench(options) => bench::bench(&workspace, &options),
        Command::Seed(options) => seed::seed(&workspace, &options),
        Command::Torture(options) => torture::torture(&workspace, &options),
        Command::Cluster(options) => torture::cluster(&workspace, &options),
    }
}

//! `cargo xtask torture` and `cargo xtask cluster`: build the debug binary, which has fail points, and let the `bench` crate's torture
//! program loose on it.

use crate::postgres;
use crate::process::{self, step};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::process::Command;

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Database {
    Sqlite,
    /// A throw-away PostgreSQL, or the one that TEST_POSTGRES_URL names
    Postgres,
}

#[derive(clap::Args)]
pub struct Options {
    /// Troubles, about 2 s each
    #[arg(long, default_value_t = 30)]
    cycles: usize,
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
    /// Repeat a round's order of troubles; its timing is the machine's
    #[arg(long)]
    seed: Option<u64>,
    /// PostgreSQL: processes that only work, beside one that only serves; 0: one process does both
    #[arg(long)]
    workers: Option<usize>,
    /// Only troubles whose names contain this
    #[arg(long)]
    only: Option<String>,
}

#[derive(clap::Args)]
pub struct ClusterOptions {
    /// Send load through a rolling restart and a cut database, check that nothing was lost, and end
    #[arg(long)]
    check: bool,
    /// Processes that only work
    #[arg(long, default_value_t = 2)]
    workers: usize,
}

pub fn torture(workspace: &Workspace, options: &Options) -> Result<()> {
    build(workspace)?;
    let database = if options.database == Database::Postgres { Some(postgres::start()?) } else { None };
    let workers = options.workers.unwrap_or(if database.is_some() { 2 } else { 0 });
    if workers > 0 && database.is_none() {
        bail!("--workers needs --database postgres");
    }
    let mut command = program(workspace, "torture", database.as_ref(), workers);
    command.args(["torture", "--cycles", &options.cycles.to_string()]);
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(only) = &options.only {
        command.args(["--only", only]);
    }
    run(&mut command, "the promises do not hold: see above")
}

pub fn cluster(workspace: &Workspace, options: &ClusterOptions) -> Result<()> {
    build(workspace)?;
    let database = postgres::start()?;
    let mut command = program(workspace, "cluster", Some(&database), options.workers);
    command.arg("cluster");
    if options.check {
        command.arg("--check");
    }
    run(&mut command, "the cluster did not hold: see above")
}

/// The server with its pages where they are built, and the program that tortures it.
fn build(workspace: &Workspace) -> Result<()> {
    crate::ui::prepare_folder(workspace)?;
    step("Build the server and its torturer", || {
        process::run(process::cargo(workspace).args(["build", "--package", "app", "--package", "bench"]))
    })
}

fn program(workspace: &Workspace, folder: &str, database: Option<&postgres::Database>, workers: usize) -> Command {
    let mut command = Command::new(workspace.target.join("debug/torture"));
    command.current_dir(&workspace.root).arg("--binary").arg(workspace.binary("debug"));
    command.arg("--output").arg(workspace.target.join(folder)).args(["--workers", &workers.to_string()]);
    if let Some(database) = database {
        command.args(["--postgres", database.url()]);
    }
    command
}

/// Runs to the end. Ctrl-c reaches the program, too, which stops what it started; this process lives on to stop the database.
fn run(command: &mut Command, failure: &'static str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _runtime = runtime.enter();
    // Listening takes the place of dying of it.
    let _interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let status = command.status().context("cannot start the torture program")?;
    if !status.success() {
        bail!(failure);
    }
    Ok(())
}

//! `patchbay`: the one binary. It reads the configuration, wires the parts together and offers the command line.

mod client;
mod commands;
mod config;
mod connectors;
mod glue;
mod heartbeat;
mod open;
mod sandboxes;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use config::Config;

/// Self-hosted workflows that lose nothing.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages, take events in and carry out runs.
    Serve {
        /// What this process does. Several processes share the work over PostgreSQL.
        #[arg(long, value_enum, default_value_t = serve::Role::All)]
        role: serve::Role,
    },
    /// The owner's account.
    #[command(subcommand)]
    Owner(commands::owner::Owner),
    /// API tokens.
    #[command(subcommand)]
    Token(commands::token::Token),
    /// The key that seals stored secrets.
    #[command(subcommand)]
    Key(commands::key::Key),
    /// Workflows as files, through the API of a running server (`PATCHBAY_URL`, `PATCHBAY_TOKEN`).
    #[command(subcommand)]
    Workflow(commands::workflow::Workflow),
    /// Copy the built-in database into one file, while the server runs.
    Backup {
        /// A file that does not exist yet.
        file: PathBuf,
    },
    /// Put a backup in the place of the built-in database; stop the server first.
    Restore { file: PathBuf },
    /// Check configuration, database, key, egress and clock, and say how to mend what is wrong.
    Doctor,
    /// Print every setting with its default.
    Config,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match Config::load() {
        Ok(config) => config,
        Err(error) => return fail(&error),
    };
    config.start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve { role } => Box::pin(serve::run(config, role)).await,
            Command::Owner(command) => command.run(&config).await,
            Command::Token(command) => command.run(&config).await,
            Command::Key(command) => command.run(&config).await,
            Command::Workflow(command) => command.run(&config).await,
            Command::Backup { file } => commands::backup::back_up(&config, &file).await,
            Command::Restore { file } => commands::backup::restore(&config, &file).await,
            Command::Doctor => commands::doctor::run(&config).await,
            Command::Config => {
                print!("{}", config::reference());
                Ok(())
            }
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Says in one sentence why it did not work.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("patchbay: {error:#}");
    ExitCode::FAILURE
}

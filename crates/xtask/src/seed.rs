//! `cargo xtask seed`: fills an instance's database with history that was made up.

use crate::process::{self, step};
use crate::workspace::Workspace;
use anyhow::Result;

#[derive(clap::Args)]
pub struct Options {
    /// Fill with what is built already
    #[arg(long)]
    no_build: bool,
    /// `--runs N`, and `--data-dir DIR` or `--database-url URL` of an instance that has an owner and is not running
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<String>,
}

pub fn seed(workspace: &Workspace, options: &Options) -> Result<()> {
    if !options.no_build {
        build(workspace)?;
    }
    process::run(std::process::Command::new(workspace.target.join("release/seed")).args(&options.arguments))
}

/// The program itself; it opens the database as the product does.
pub fn build(workspace: &Workspace) -> Result<()> {
    step("Build the generator of history, optimised", || {
        process::run(process::cargo(workspace).args([
            "build",
            "--release",
            "--package",
            "bench",
            "--features",
            "seed",
            "--bin",
            "seed",
        ]))
    })
}

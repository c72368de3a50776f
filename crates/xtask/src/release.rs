//! `cargo xtask build`: the binary with the UI inside, and how big everything is.

use crate::process::{self, step};
use crate::ui::{self, Profile, first_load};
use crate::workspace::Workspace;
use anyhow::{Context, Result};

pub fn build(workspace: &Workspace, release: bool) -> Result<()> {
    if !release {
        let binary = crate::run::build(workspace, &crate::run::APP)?;
        println!("\n{}", binary.display());
        return Ok(());
    }
    crate::toolchain::ensure_wasm_target()?;
    // One after the other: the binary embeds the finished files.
    step("Build the browser UI, optimised", || ui::build(workspace, Profile::Release))?;
    step("Build the server, optimised", || {
        process::run(process::cargo(workspace).args(["build", "--release", "--package", "app"]))
    })?;
    print_sizes(workspace)
}

fn print_sizes(workspace: &Workspace) -> Result<()> {
    let binary = workspace.binary("release");
    let bytes = binary.metadata().with_context(|| format!("{} is missing", binary.display()))?.len();
    println!("\n{}  {}", kilobytes(bytes), binary.display());
    println!("\n       raw    brotli  file of the UI");
    let load = first_load::measure(&workspace.dist())?;
    for file in first_load::all_files(&workspace.dist())? {
        let mark = if load.files.iter().any(|loaded| loaded.path == file.path) { "first load" } else { "" };
        println!("{} {}  {:<44} {mark}", kilobytes(file.raw), kilobytes(file.sent), file.path);
    }
    println!("{} {}  total of the first load", kilobytes(load.raw()), kilobytes(load.sent()));
    Ok(())
}

/// kB of 1,000 bytes, in a column.
pub fn kilobytes(bytes: u64) -> String {
    format!("{:>6}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

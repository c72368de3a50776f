//! `cargo xtask build`: the binary with the UI inside, and how big everything is.

use crate::process::{self, step};
use crate::ui::{self, Profile, first_load};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};

#[derive(clap::Args)]
pub struct Options {
    /// Optimised, with the UI compressed: what one installs
    #[arg(long)]
    release: bool,
    /// Only the browser files
    #[arg(long)]
    ui: bool,
}

pub fn build(workspace: &Workspace, options: &Options) -> Result<()> {
    let profile = if options.release { Profile::Release } else { Profile::Dev };
    if options.ui {
        crate::toolchain::ensure_wasm_target()?;
        return step("Build the browser UI", || ui::build(workspace, profile));
    }
    if options.release {
        return optimised(workspace);
    }
    let binary = crate::run::build(workspace, &crate::run::APP)?;
    println!("\n{}", binary.display());
    Ok(())
}

/// The binary that one installs.
pub fn optimised(workspace: &Workspace) -> Result<()> {
    crate::toolchain::ensure_wasm_target()?;
    // One after the other: the binary embeds the finished files.
    step("Build the browser UI, optimised", || ui::build(workspace, Profile::Release))?;
    let compile = || process::run(process::cargo(workspace).args(["build", "--release", "--package", "app"]));
    step("Build the server, optimised", || {
        compile()?;
        if embeds_ui(workspace)? {
            return Ok(());
        }
        // Cargo knows the files that were there when the server was last compiled, not those that have come since.
        let embedding = workspace.root.join("crates/server/src/assets.rs");
        std::fs::File::options().append(true).open(&embedding)?.set_modified(std::time::SystemTime::now())?;
        compile()?;
        ensure!(embeds_ui(workspace)?, "the server does not embed frontend/dist");
        Ok(())
    })?;
    print_sizes(workspace)
}

/// Whether the binary holds the name of the UI's start file, whose hash stands for the whole UI.
fn embeds_ui(workspace: &Workspace) -> Result<bool> {
    let assets = workspace.dist().join("assets");
    let names = assets.read_dir().with_context(|| format!("cannot read {}", assets.display()))?.flatten();
    let mut names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let boot = names.find(|name| name.starts_with("boot-") && name.ends_with(".js")).context("the UI has no start file")?;
    let binary = std::fs::read(workspace.binary("release"))?;
    Ok(binary.windows(boot.len()).any(|window| window == boot.as_bytes()))
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

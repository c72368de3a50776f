//! `cargo xtask bench`: builds everything optimised, then lets the `bench` crate measure it.

use crate::postgres;
use crate::process::{self, step};
use crate::ui::first_load;
use crate::workspace::Workspace;
use anyhow::{Context, Result};

#[derive(clap::Args)]
pub struct Options {
    /// Measure what is built already
    #[arg(long)]
    no_build: bool,
    /// Instead: measure the editor in Chromium, with the processor slowed down
    #[arg(long)]
    ui: bool,
    /// Instead: measure n8n and Node-RED, installed from npm under target/peers, beside Patchbay
    #[arg(long)]
    peers: bool,
    /// Passed on to the bench program (`--help` lists its options)
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub fn bench(workspace: &Workspace, options: &Options) -> Result<()> {
    if !options.no_build {
        crate::release::optimised(workspace)?;
        // A folder of its own would compile tokio once more; the release folder shares it with the server.
        step("Build the load generator, optimised", || {
            process::run(process::cargo(workspace).args(["build", "--release", "--package", "bench"]))
        })?;
    }
    if options.ui {
        return crate::test::measure_ui(workspace, &workspace.binary("release"));
    }
    let past = options.arguments.iter().any(|word| word.contains("history") || word.contains("upkeep"));
    if past && !options.no_build {
        crate::seed::build(workspace)?;
    }
    let output = workspace.target.join("bench");
    std::fs::create_dir_all(&output).with_context(|| format!("cannot create {}", output.display()))?;
    let load = first_load::measure(&workspace.dist())?;
    let itemised = output.join("first-load.json");
    std::fs::write(&itemised, serde_json::to_vec_pretty(&load)?)?;
    if options.peers {
        let folder = crate::peers::install(workspace)?;
        return process::run(
            std::process::Command::new(workspace.target.join("release/bench"))
                .current_dir(&workspace.root)
                .arg("--binary")
                .arg(workspace.binary("release"))
                .arg("--workflows")
                .arg(workspace.root.join("bench/workflows"))
                .arg("--output")
                .arg(output)
                .arg("--peers")
                .arg(folder)
                .args(&options.arguments),
        );
    }
    // Only these scenarios need one.
    let scales = past || options.arguments.iter().any(|word| word.contains("scaling"));
    let database =
        if scales || !options.arguments.iter().any(|word| word.starts_with("--only")) { Some(postgres::start()?) } else { None };
    let postgres = database.as_ref().map(|database| ["--postgres", database.url()]).into_iter().flatten();
    process::run(
        std::process::Command::new(workspace.target.join("release/bench"))
            .current_dir(&workspace.root)
            .arg("--binary")
            .arg(workspace.binary("release"))
            .arg("--workflows")
            .arg(workspace.root.join("bench/workflows"))
            .arg("--first-load")
            .arg(itemised)
            .arg("--output")
            .arg(output)
            .args(postgres)
            .args(&options.arguments),
    )
}

//! `cargo xtask dev`: rebuild what changed and restart the server.
//!
//! File times are polled: it needs no dependency, works on every file system, and a workspace this size takes a millisecond.

use crate::process::step;
use crate::workspace::Workspace;
use crate::{run, ui};
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, SystemTime};

const POLL: Duration = Duration::from_millis(400);
/// The server's own limit for a graceful stop is 10 s.
const STOP: Duration = Duration::from_secs(12);

pub fn dev(workspace: &Workspace, serve: &[String]) -> Result<()> {
    let mut seen = newest_change(workspace);
    let mut server: Option<Child> = match run::build(workspace, &run::APP) {
        Ok(_) => Some(start(workspace, serve)?),
        Err(error) => {
            eprintln!("{error:#}");
            None
        }
    };
    loop {
        std::thread::sleep(POLL);
        let now = newest_change(workspace);
        if now == seen {
            if let Some(status) = server.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                println!("==> The server ended with {status}; waiting for a change");
                server = None;
            }
            continue;
        }
        seen = now;
        match step("Rebuild after a change", || run::build(workspace, &run::APP)) {
            // The debug server reads the browser files from disk, so only a new binary needs a restart.
            Ok(binary) if server.is_some() && !newer_than_start(&binary, server.as_ref()) => {
                println!("==> UI is up to date: reload the page")
            }
            Ok(_) => {
                stop(server.take())?;
                server = Some(start(workspace, serve)?);
            }
            Err(error) => eprintln!("{error:#}\n==> Waiting for a change"),
        }
    }
}

fn start(workspace: &Workspace, serve: &[String]) -> Result<Child> {
    println!("==> Serve");
    run::server(workspace, serve).spawn().context("cannot start the patchbay binary")
}

/// Whether the binary was written after the running server was started, by the age of the process's folder in /proc; where that
/// cannot be known, the answer is yes.
fn newer_than_start(binary: &Path, server: Option<&Child>) -> bool {
    let built = modified(binary);
    let started = server.and_then(|child| modified(&Path::new("/proc").join(child.id().to_string())));
    match (built, started) {
        (Some(built), Some(started)) => built > started,
        _ => true,
    }
}

/// Asks the server to stop with SIGTERM, and ends it after [`STOP`].
fn stop(server: Option<Child>) -> Result<()> {
    let Some(mut child) = server else { return Ok(()) };
    std::process::Command::new("kill").arg(child.id().to_string()).status().context("cannot run `kill`")?;
    let deadline = std::time::Instant::now() + STOP;
    while std::time::Instant::now() < deadline {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// The time of the last change below the folders that a build reads, and how many files there are (a deleted file is a change).
fn newest_change(workspace: &Workspace) -> (Option<SystemTime>, usize) {
    let mut files = Vec::new();
    for folder in ["crates", "frontend", "migrations", "assets"] {
        ui::collect_files(&workspace.root.join(folder), &mut files);
    }
    files.push(workspace.root.join("Cargo.toml"));
    (files.iter().filter_map(|file| modified(file)).max(), files.len())
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

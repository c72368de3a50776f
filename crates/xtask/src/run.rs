//! `cargo xtask run`: build everything and serve it.

use crate::process::{self, step};
use crate::ui::{self, Profile};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

pub fn run(workspace: &Workspace, serve: &[String]) -> Result<()> {
    build(workspace, &APP)?;
    println!("==> Serve");
    let mut server = server(workspace, serve);
    // The server takes this process's place, so that signals and the exit status are its own.
    let error = std::os::unix::process::CommandExt::exec(&mut server);
    Err(error).context("cannot start the patchbay binary")
}

/// What cargo builds for somebody who only wants to run it.
pub const APP: [&str; 2] = ["--package", "app"];

/// Builds the UI and the server for development, side by side. Returns the server's binary.
pub fn build(workspace: &Workspace, selection: &[&str]) -> Result<PathBuf> {
    crate::toolchain::ensure_wasm_target()?;
    ui::prepare_folder(workspace)?;
    let (ui, native) = std::thread::scope(|scope| {
        let ui = scope.spawn(|| step("Build the browser UI", || ui::build(workspace, Profile::Dev)));
        let native = step("Build the server", || process::run(process::cargo(workspace).arg("build").args(selection)));
        (ui.join(), native)
    });
    let ui = ui.unwrap_or_else(|_| bail!("the browser build panicked"));
    match (native, ui) {
        (Err(native), Err(ui)) => bail!("{native:#}\n\n{ui:#}"),
        (native, ui) => native.and(ui)?,
    }
    Ok(workspace.binary("debug"))
}

/// The server with its data beside the sources, unless the environment says otherwise.
pub fn server(workspace: &Workspace, serve: &[String]) -> Command {
    let mut command = Command::new(workspace.binary("debug"));
    command.current_dir(&workspace.root).arg("serve").args(serve);
    if std::env::var_os("PATCHBAY_DATA_DIR").is_none() {
        command.env("PATCHBAY_DATA_DIR", "./patchbay-data");
    }
    command
}

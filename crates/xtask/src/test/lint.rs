//! Formatting and lints.

use crate::process;
use crate::toolchain::WASM;
use crate::workspace::Workspace;
use anyhow::Result;

pub fn formatting(workspace: &Workspace) -> Result<()> {
    process::run(process::cargo(workspace).args(["fmt", "--all", "--check"]))
}

/// The browser crate is linted for the browser, with the profile and target folder that its build uses.
pub fn clippy(workspace: &Workspace) -> Result<()> {
    let deny = ["--", "--deny", "warnings"];
    let native = process::run(
        process::cargo(workspace).arg("clippy").args(process::NATIVE).args(["--all-targets", "--keep-going"]).args(deny),
    );
    let browser = process::run(
        process::cargo(workspace)
            .args([
                "clippy",
                "--package",
                "frontend",
                "--package",
                "wasm-cases",
                "--target",
                WASM,
                "--profile",
                "ui-dev",
                "--target-dir",
            ])
            .arg(workspace.ui_target())
            .args(deny),
    );
    native.and(browser)
}

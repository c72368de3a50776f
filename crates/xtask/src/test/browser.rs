//! The browser tests: the real binary, the real UI, a real Chromium, driven by Playwright from `frontend/e2e`.

use super::counts::{self, Counts};
use crate::debian::{self, Need};
use crate::node::{self, Packages};
use crate::process::{self, step};
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

const CHROMIUM: Need = Need {
    name: "Chromium",
    packages: &["chromium", "fonts-liberation"],
    advice: "install it (Debian: `apt-get install chromium`, macOS: `brew install chromium`) or set CHROMIUM_PATH to a Chrome.",
    find: find_chromium,
};

/// What the Rust tests build: the same selection, so that no crate is built once more with other features.
const LIKE_THE_TESTS: [&str; 3] = ["--lib", "--bins", "--tests"];

pub fn test(workspace: &Workspace, filter: &[String], after_rust: bool) -> Result<Counts> {
    // With what the UI's build needs, which would otherwise install its own first.
    node::install(&workspace.frontend(), Packages::All)?;
    step("Check the types of the editors' JavaScript", || {
        let frontend = workspace.frontend();
        process::run_quietly(
            Command::new(frontend.join("node_modules/.bin/tsc")).args(["--project", "js"]).current_dir(&frontend),
        )
    })?;
    let chromium = debian::ensure(&CHROMIUM)?;
    let selection = if after_rust { [&process::NATIVE[..], &LIKE_THE_TESTS].concat() } else { crate::run::APP.to_vec() };
    let binary = crate::run::build(workspace, &selection)?;
    let report = workspace.target.join("e2e/report.json");
    let _ = std::fs::remove_file(&report);
    let mut playwright = Command::new(workspace.frontend().join("node_modules/.bin/playwright"));
    playwright
        .current_dir(workspace.frontend())
        .args(["test", "--config", "e2e/playwright.config.ts"])
        .args(filter)
        .env("PATCHBAY_BIN", binary)
        .env("CHROMIUM_PATH", chromium)
        .env("E2E_OUTPUT", workspace.target.join("e2e"))
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    if !filter.is_empty() {
        playwright.arg("--pass-with-no-tests");
    }
    let result = step("Drive Chromium", || process::run(&mut playwright));
    let Ok(json) = std::fs::read_to_string(&report) else {
        return result.map(|()| Counts::default());
    };
    let counts = counts::from_playwright(&json)?;
    if counts.failed == 0 {
        result?;
    }
    Ok(counts)
}

/// The measurements of `frontend/e2e/bench` over a server that is built already; they print.
pub fn measure(workspace: &Workspace, binary: &Path) -> Result<()> {
    node::install(&workspace.frontend(), Packages::All)?;
    let chromium = debian::ensure(&CHROMIUM)?;
    step("Measure in Chromium", || {
        process::run(
            Command::new(workspace.frontend().join("node_modules/.bin/playwright"))
                .current_dir(workspace.frontend())
                .args(["test", "--config", "e2e/bench/playwright.config.ts"])
                .env("PATCHBAY_BIN", binary)
                .env("CHROMIUM_PATH", chromium)
                .env("E2E_OUTPUT", workspace.target.join("e2e")),
        )
    })
}

fn find_chromium() -> Option<PathBuf> {
    let chosen = std::env::var_os("CHROMIUM_PATH").map(PathBuf::from).filter(|path| path.is_file());
    let mac = || {
        ["/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
            .map(PathBuf::from)
            .into_iter()
            .find(|path| path.is_file())
    };
    chosen
        .or_else(|| process::find_program(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]))
        .or_else(mac)
}

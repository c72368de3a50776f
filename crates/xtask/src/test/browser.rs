//! The browser tests: the real binary, the real UI, a real Chromium, driven by Playwright from `frontend/e2e`.

use super::counts::{self, Counts};
use crate::debian::{self, Need};
use crate::process::{self, step};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Node.js that Playwright and the test files run on.
const NODE: u32 = 20;

const CHROMIUM: Need = Need {
    name: "Chromium",
    packages: &["chromium", "fonts-liberation"],
    advice: "install it (Debian: `apt-get install chromium`, macOS: `brew install chromium`) or set CHROMIUM_PATH to a Chrome.",
    find: find_chromium,
};

/// What the Rust tests build: the same selection, so that no crate is built once more with other features.
const LIKE_THE_TESTS: [&str; 3] = ["--lib", "--bins", "--tests"];

pub fn test(workspace: &Workspace, filter: &[String], after_rust: bool) -> Result<Counts> {
    check_node()?;
    let chromium = debian::ensure(&CHROMIUM)?;
    let selection = if after_rust { [&process::NATIVE[..], &LIKE_THE_TESTS].concat() } else { crate::run::APP.to_vec() };
    let binary = crate::run::build(workspace, &selection)?;
    install_packages(&workspace.frontend())?;
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
    check_node()?;
    let chromium = debian::ensure(&CHROMIUM)?;
    install_packages(&workspace.frontend())?;
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

fn check_node() -> Result<()> {
    let advice = format!(
        "Node.js {NODE} or newer and npm are needed for the browser tests: get them from nodejs.org or your system's packages."
    );
    if process::find_program(&["npm"]).is_none() || process::find_program(&["node"]).is_none() {
        bail!(advice);
    }
    let version = process::output(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE) {
        bail!("this Node.js is {}; {advice}", version.trim());
    }
    Ok(())
}

/// `npm ci`, unless the folder already holds exactly what the lock file says.
fn install_packages(frontend: &Path) -> Result<()> {
    let lock = std::fs::read(frontend.join("package-lock.json")).context("frontend/package-lock.json is missing")?;
    let wanted = hex::encode(Sha256::digest(lock));
    let mark = frontend.join("node_modules/.installed");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step("Install the packages of the browser tests", || {
        process::run_quietly(
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(frontend)
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )?;
        std::fs::write(&mark, wanted).context("cannot write into frontend/node_modules")
    })
}

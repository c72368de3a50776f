//! Node.js and the packages of `frontend/package-lock.json`: the editors' JavaScript is bundled with them, and the browser tests run on them.

use crate::process::{self, step};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::Command;

/// The oldest Node.js that the bundler, Playwright and the test files run on.
const OLDEST: u32 = 20;

/// Which packages are needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// Those the browser files are built from.
    Build,
    /// Those of the tests as well.
    All,
}

/// Says what is missing, where Node.js is missing or too old.
pub fn check() -> Result<()> {
    let advice = format!(
        "Node.js {OLDEST} or newer and npm are needed to build the browser files: get them from nodejs.org or your system's packages."
    );
    if process::find_program(&["npm"]).is_none() || process::find_program(&["node"]).is_none() {
        bail!(advice);
    }
    let version = process::output(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!("this Node.js is {}; {advice}", version.trim());
    }
    Ok(())
}

/// `npm ci`, unless the folder already holds what the lock file says.
pub fn install(frontend: &Path, packages: Packages) -> Result<()> {
    check()?;
    let lock = std::fs::read(frontend.join("package-lock.json")).context("frontend/package-lock.json is missing")?;
    let wanted = hex::encode(Sha256::digest(lock));
    let mark = frontend.join("node_modules/.installed");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| holds(&installed, &wanted, packages)) {
        return Ok(());
    }
    step("Install the packages of the browser files", || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(frontend).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        if packages == Packages::Build {
            npm.arg("--omit=dev");
        }
        process::run_quietly(&mut npm)?;
        std::fs::write(&mark, marked(&wanted, packages)).context("cannot write into frontend/node_modules")
    })
}

fn marked(lock: &str, packages: Packages) -> String {
    match packages {
        Packages::Build => format!("{lock} build"),
        Packages::All => format!("{lock} all"),
    }
}

fn holds(installed: &str, lock: &str, packages: Packages) -> bool {
    installed == marked(lock, Packages::All) || installed == marked(lock, packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tests_need_is_enough_for_a_build_and_not_the_other_way_round() {
        let all = marked("abc", Packages::All);
        let build = marked("abc", Packages::Build);
        assert!(holds(&all, "abc", Packages::Build) && holds(&all, "abc", Packages::All));
        assert!(holds(&build, "abc", Packages::Build) && !holds(&build, "abc", Packages::All));
        assert!(!holds(&all, "abd", Packages::All));
    }
}

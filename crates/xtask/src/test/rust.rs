//! The Rust tests: with nextest when it is installed, with `cargo test` otherwise; the store also on a real PostgreSQL.

use super::counts::{self, Counts};
use crate::postgres;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `cargo test` has no limit per test; it prints a line per test, so silence for this long means that one hangs.
const SILENCE: Duration = Duration::from_secs(180);
/// Crates whose documentation examples are tests too (nextest does not run those).
const DOCUMENTED: &[&str] = &["expr", "model", "manifest", "engine", "layout"];
const SEED: &str = "PROPTEST_RNG_SEED";

pub fn test(workspace: &Workspace, filter: &[String]) -> Result<Counts> {
    let database = postgres::start()?;
    let seed = std::env::var(SEED).unwrap_or_else(|_| fresh_seed());
    println!("    property tests use {SEED}={seed}: set it to repeat this round");
    let environment = [("TEST_POSTGRES_URL", database.url().to_owned()), (SEED, seed)];
    if has_nextest(workspace) {
        Ok(nextest(workspace, filter, &environment)? + doc_tests(workspace, filter, &environment)?)
    } else {
        println!("    cargo-nextest is not installed: `cargo test` runs the tests (slower, and without a time limit per test)");
        let select = [process::NATIVE.as_slice(), &["--lib", "--bins", "--tests", "--no-fail-fast"]].concat();
        process::run(process::cargo(workspace).arg("test").args(&select).arg("--no-run"))?;
        let units =
            libtest(process::cargo(workspace).arg("test").args(&select).arg("--").args(filter).envs(environment.clone()))?;
        Ok(units + doc_tests(workspace, filter, &environment)?)
    }
}

fn fresh_seed() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    (now as u64).to_string()
}

fn has_nextest(workspace: &Workspace) -> bool {
    let mut probe = process::cargo(workspace);
    probe.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn nextest(workspace: &Workspace, filter: &[String], environment: &[(&str, String)]) -> Result<Counts> {
    // nextest keeps its results beside the sources, wherever the target folder is.
    let report = workspace.root.join("target/nextest/default/junit.xml");
    let _ = std::fs::remove_file(&report);
    let mut command = process::cargo(workspace);
    command.args(["nextest", "run"]).args(process::NATIVE);
    if !filter.is_empty() {
        command.arg("--no-tests=pass");
    }
    let result = process::run(command.args(filter).envs(environment.to_vec()));
    match std::fs::read_to_string(&report) {
        // Failed tests are in the report; what failed otherwise is not.
        Ok(xml) => {
            let counts = counts::from_junit(&xml)?;
            if counts.failed == 0 {
                result?;
            }
            Ok(counts)
        }
        Err(_) => result.map(|()| Counts::default()),
    }
}

fn doc_tests(workspace: &Workspace, filter: &[String], environment: &[(&str, String)]) -> Result<Counts> {
    let packages = DOCUMENTED.iter().flat_map(|name| ["--package", name]);
    let mut command = process::cargo(workspace);
    command.args(["test", "--doc", "--no-fail-fast"]).args(packages).arg("--").args(filter).envs(environment.to_vec());
    libtest(&mut command)
}

/// Runs `cargo test`, showing its output and adding up its result lines.
fn libtest(command: &mut Command) -> Result<Counts> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let mut counts = Counts::default();
    loop {
        match receiver.recv_timeout(SILENCE) {
            Ok(line) => {
                println!("{line}");
                counts = counts + counts::from_libtest(&line).unwrap_or_default();
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill()?;
                anyhow::bail!("no test ended for {}: one of them hangs", process::seconds(SILENCE));
            }
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        anyhow::bail!("cargo test ended with {status}");
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Counts> {
        libtest(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn result_lines_are_added_up() {
        let script = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'; echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored'; exit 101";
        assert_eq!(shell(script).expect("counted"), Counts { passed: 3, failed: 1 });
    }

    #[test]
    fn an_end_without_a_failed_test_is_an_error() {
        assert!(shell("echo 'error: could not compile'; exit 101").is_err());
    }
}

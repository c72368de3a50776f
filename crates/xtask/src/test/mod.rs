//! `cargo xtask test`: everything that must hold before a change is let in.
//!
//! A failing suite does not stop the others: one round shows all there is to mend.

mod browser;
mod counts;
mod lint;
mod rust;
mod wasm;

use crate::process::{self, step};
use crate::workspace::Workspace;
use crate::{tidy, ui};
use anyhow::{Result, bail};
use clap::ValueEnum;
use counts::Counts;
use std::time::{Duration, Instant};

pub use browser::measure as measure_ui;

#[derive(clap::Args)]
pub struct Options {
    /// Run only these suites
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Suite>,
    /// Passed on to the test runners of the suites `rust` and `browser`: run only tests whose names contain this
    #[arg(last = true)]
    filter: Vec<String>,
}

impl Options {
    fn includes(&self, suite: Suite) -> bool {
        self.only.is_empty() || self.only.contains(&suite)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    Fmt,
    Tidy,
    Clippy,
    Rust,
    Wasm,
    Browser,
}

impl Suite {
    fn title(self) -> &'static str {
        match self {
            Self::Fmt => "Check the formatting",
            Self::Tidy => "Prove the workspace's invariants",
            Self::Clippy => "Lint, warnings denied",
            Self::Rust => "Rust tests, on SQLite and PostgreSQL",
            Self::Wasm => "Shared cases, as wasm",
            Self::Browser => "Browser tests",
        }
    }

    fn run(self, workspace: &Workspace, options: &Options) -> Result<Counts> {
        match self {
            Self::Fmt => lint::formatting(workspace).map(|()| Counts::default()),
            Self::Tidy => tidy::tidy(workspace).map(|()| Counts::default()),
            Self::Clippy => lint::clippy(workspace).map(|()| Counts::default()),
            Self::Rust => rust::test(workspace, &options.filter),
            Self::Wasm => wasm::test(workspace),
            Self::Browser => browser::test(workspace, &options.filter, options.includes(Self::Rust)),
        }
    }
}

struct Report {
    suite: Suite,
    took: Duration,
    result: Result<Counts>,
}

pub fn test(workspace: &Workspace, options: &Options) -> Result<()> {
    crate::toolchain::ensure_wasm_target()?;
    ui::prepare_folder(workspace)?;
    let started = Instant::now();
    let mut reports = Vec::new();
    for suite in Suite::value_variants().iter().copied() {
        if options.includes(suite) {
            let began = Instant::now();
            let result = step(suite.title(), || suite.run(workspace, options));
            if let Err(error) = &result {
                println!("{error:#}");
            }
            reports.push(Report { suite, took: began.elapsed(), result });
        }
    }
    conclude(&reports, started.elapsed())
}

/// Prints one line per suite and, as the very last line, the totals.
fn conclude(reports: &[Report], took: Duration) -> Result<()> {
    println!("\n==> All suites, in {}", process::seconds(took));
    let mut total = Counts::default();
    for report in reports {
        let verdict = match &report.result {
            Ok(counts) if counts.failed > 0 => "FAILED",
            Ok(_) => "ok",
            Err(_) => "FAILED",
        };
        println!("    {:<38} {verdict:<8} {}", report.suite.title(), process::seconds(report.took));
        total = total + report.counts();
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 {
        bail!("the tests did not pass");
    }
    Ok(())
}

impl Report {
    /// A suite that could not run counts as one failure, so that the totals never look better than they are.
    fn counts(&self) -> Counts {
        match &self.result {
            Ok(counts) => *counts,
            Err(_) => Counts { passed: 0, failed: 1 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(result: Result<Counts>) -> Report {
        Report { suite: Suite::Rust, took: Duration::ZERO, result }
    }

    #[test]
    fn a_failed_test_and_a_suite_that_could_not_run_both_fail() {
        assert!(conclude(&[report(Ok(Counts { passed: 3, failed: 0 }))], Duration::ZERO).is_ok());
        assert!(conclude(&[report(Ok(Counts { passed: 3, failed: 1 }))], Duration::ZERO).is_err());
        assert!(conclude(&[report(Err(anyhow::anyhow!("did not compile")))], Duration::ZERO).is_err());
    }
}

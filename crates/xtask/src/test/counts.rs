//! How many tests passed and failed, read from what the runners write.

use anyhow::{Context, Result};
use std::ops::Add;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// From nextest's JUnit file: the attributes of `<testsuites ...>`.
pub fn from_junit(xml: &str) -> Result<Counts> {
    let start = xml.find("<testsuites ").context("nextest's report has no <testsuites>")?;
    let tag = xml[start..].split('>').next().unwrap_or_default();
    let total = attribute(tag, "tests")?;
    let failed = attribute(tag, "failures")? + attribute(tag, "errors")?;
    Ok(Counts { passed: total.saturating_sub(failed), failed })
}

fn attribute(tag: &str, name: &str) -> Result<u64> {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).with_context(|| format!("nextest's report has no {name}"))?;
    let value = rest.split('"').next().unwrap_or_default();
    value.parse().with_context(|| format!("{name}={value} is not a number"))
}

/// From a line of `cargo test`: `test result: ok. 3 passed; 0 failed; ...`.
pub fn from_libtest(line: &str) -> Option<Counts> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = Counts::default();
    for part in rest.split("; ") {
        match part.split_once(' ')? {
            (number, "passed") => counts.passed = number.parse().ok()?,
            (number, "failed") => counts.failed = number.parse().ok()?,
            _ => {}
        }
    }
    Some(counts)
}

/// From Playwright's JSON report. One that failed in a browser and then passed has passed: Playwright names it at the end, to be mended.
pub fn from_playwright(json: &str) -> Result<Counts> {
    let report: serde_json::Value = serde_json::from_str(json).context("Playwright's report is not JSON")?;
    let stat = |name: &str| report["stats"][name].as_u64().with_context(|| format!("Playwright's report has no stats.{name}"));
    // Errors outside tests (a file that does not compile) are in no statistic.
    let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
    Ok(Counts { passed: stat("expected")? + stat("flaky")?, failed: stat("unexpected")? + errors })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest() {
        let xml = r#"<?xml version="1.0"?><testsuites name="nextest-run" tests="7" failures="1" errors="2" time="1.0"><testsuite tests="1"/>"#;
        assert_eq!(from_junit(xml).expect("read"), Counts { passed: 4, failed: 3 });
        assert!(from_junit("<nothing>").is_err());
    }

    #[test]
    fn libtest() {
        let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(from_libtest(line), Some(Counts { passed: 3, failed: 2 }));
        assert_eq!(from_libtest("test engine::works ... ok"), None);
    }

    #[test]
    fn playwright() {
        let json = r#"{"errors":[{}],"stats":{"expected":5,"unexpected":1,"flaky":1,"skipped":4}}"#;
        assert_eq!(from_playwright(json).expect("read"), Counts { passed: 6, failed: 2 });
        assert!(from_playwright("{}").is_err());
    }
}

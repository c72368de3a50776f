//! The shared cases of `expr`, run as wasm: what the browser previews is what the server sends.

use super::counts::Counts;
use crate::process;
use crate::toolchain::WASM;
use crate::ui;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Prints one line of JSON per case file: its name, how many cases it has, and a sentence for each that fails.
const SCRIPT: &str = "\
const { readFileSync } = require('node:fs');
const { run_cases } = require('./cases.js');
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  console.log(JSON.stringify({ file, cases: JSON.parse(text).cases.length, failures: run_cases(text) }));
}
";

pub fn test(workspace: &Workspace) -> Result<Counts> {
    process::run(
        process::cargo(workspace)
            .args(["build", "--quiet", "--package", "wasm-cases", "--target", WASM, "--profile", "ui-dev", "--target-dir"])
            .arg(workspace.ui_target()),
    )?;
    let compiled = workspace.ui_target().join(WASM).join("ui-dev/wasm_cases.wasm");
    let folder = workspace.ui_target().join("cases");
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(compiled)
        .nodejs(true)
        .and_then(|bindgen| bindgen.typescript(false).out_name("cases").generate(&folder))
        .context("wasm-bindgen cannot process the cases")?;
    std::fs::write(folder.join("run.js"), SCRIPT)?;
    let files = case_files(workspace)?;
    let said = process::output(Command::new("node").current_dir(&folder).arg("run.js").args(files))?;
    said.lines().try_fold(Counts::default(), |counts, line| Ok(counts + count(line)?))
}

fn case_files(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    ui::collect_files(&workspace.root.join("crates/expr/cases"), &mut files);
    if files.is_empty() {
        bail!("crates/expr/cases holds no case file");
    }
    files.sort();
    Ok(files)
}

/// Shows the failures of one case file and counts.
fn count(line: &str) -> Result<Counts> {
    let report: serde_json::Value = serde_json::from_str(line).with_context(|| format!("not a report: {line}"))?;
    let cases = report["cases"].as_u64().with_context(|| format!("no number of cases: {line}"))?;
    let failures = report["failures"].as_array().with_context(|| format!("no failures: {line}"))?;
    let file = report["file"].as_str().unwrap_or_default();
    for failure in failures {
        println!("    FAILED in wasm: {file}: {}", failure.as_str().unwrap_or_default());
    }
    let failed = failures.len() as u64;
    Ok(Counts { passed: cases.saturating_sub(failed), failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted() {
        let counts = count(r#"{"file":"a.json","cases":3,"failures":["upper: gives 1"]}"#).expect("a report");
        assert_eq!(counts, Counts { passed: 2, failed: 1 });
        assert!(count("panicked").is_err());
    }
}

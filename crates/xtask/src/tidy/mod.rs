//! `cargo xtask tidy`: proves the invariants that `docs/ARCHITECTURE.md` states about the workspace's shape.

mod docs;
mod imports;
mod length;
mod metadata;
mod purity;

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use metadata::Metadata;

/// What one check found: a sentence that names the place and says what to do.
type Findings = Vec<String>;

pub fn tidy(workspace: &Workspace) -> Result<()> {
    let json = process::output(process::cargo(workspace).args(["metadata", "--format-version", "1"]))?;
    let metadata = Metadata::parse(&json).context("cannot read `cargo metadata`")?;
    let mut problems = imports::check(&metadata);
    problems.extend(purity::check(workspace)?);
    problems.extend(docs::check(&workspace.root, &metadata.crate_names())?);
    let (warnings, too_long) = length::check(&workspace.root)?;
    problems.extend(too_long);
    for warning in warnings {
        println!("    warning: {warning}");
    }
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        println!("    {problem}");
    }
    bail!("{} broken invariants", problems.len());
}

//! The pure crates run in the browser and the server alike: no runtime, database, network, clock or randomness below them.

use super::Findings;
use crate::process;
use crate::workspace::Workspace;
use anyhow::Result;

pub const PURE: &[&str] = &["expr", "model", "manifest", "engine", "layout"];

const FORBIDDEN: &[&str] = &[
    "tokio",
    "async-std",
    "sea-orm",
    "sqlx",
    "sqlx-core",
    "reqwest",
    "hyper",
    "axum",
    "rustls",
    "mio",
    "socket2",
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "rand",
    "getrandom",
    "fastrand",
    "uuid",
    "chrono",
    "time",
];

/// Asks cargo for the tree of each pure crate by itself: in the workspace's own graph, features that other crates switch on would
/// show as if they were its own.
pub fn check(workspace: &Workspace) -> Result<Findings> {
    let mut findings = Vec::new();
    for package in PURE {
        let shape = ["--edges", "normal", "--target", "all", "--prefix", "depth", "--no-dedupe"];
        let tree = process::output(process::cargo(workspace).args(["tree", "--package", package]).args(shape))?;
        findings.extend(impurity(package, &tree));
    }
    Ok(findings)
}

/// The first forbidden package in a tree of lines like `2digest v0.10.7`, with the way to it.
fn impurity(package: &str, tree: &str) -> Option<String> {
    let mut way: Vec<&str> = Vec::new();
    for line in tree.lines() {
        let digits = line.find(|letter: char| !letter.is_ascii_digit())?;
        let depth: usize = line[..digits].parse().ok()?;
        let name = line[digits..].split(' ').next().unwrap_or_default();
        way.truncate(depth);
        way.push(name);
        if FORBIDDEN.contains(&name) {
            return Some(format!("{package} is a pure crate but depends on {name}: {}", way.join(" > ")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_tree_passes() {
        assert_eq!(impurity("model", "0model v0.1.0 (/x)\n1serde v1.0.0\n2tokio-like v1.0.0\n"), None);
    }

    #[test]
    fn a_runtime_far_below_is_found() {
        let tree = "0model v0.1.0 (/x)\n1serde v1.0.0\n2serde_core v1.0.0\n1innocent v1.0.0\n2getrandom v0.3.0\n";
        let found = impurity("model", tree).expect("found");
        assert_eq!(found, "model is a pure crate but depends on getrandom: model > innocent > getrandom");
    }
}

//! n8n and Node-RED from npm, to be measured beside Patchbay. They take 3 GB and stay under the target folder.

use crate::process::{self, step};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Node of their own: what is installed may be too old for them. The package brings the program.
const NODE: &str = "node@24";
const NODE_RED: &str = "node-red@5.0.7";
const N8N: &str = "n8n@2.41.1";
/// Modules of n8n that its scripts would build; the others' scripts are not needed and not run.
const N8N_BUILT: [&str; 2] = ["sqlite3", "isolated-vm"];

/// Installs what is missing. Returns the folder.
pub fn install(workspace: &Workspace) -> Result<PathBuf> {
    let peers = workspace.target.join("peers");
    let node = peers.join("node");
    install_one(&node, NODE, "node_modules/node/bin/node", &json!({ "private": true }), None)?;
    let runtime = node.join("node_modules/node");
    install_one(&peers.join("node-red"), NODE_RED, "node_modules/node-red/red.js", &json!({ "private": true }), Some(&runtime))?;
    // The newer ones of these two do not come from the registry, or do not load.
    let package = json!({ "private": true, "overrides": { "xlsx": "0.18.5", "linkedom": "0.18.12" } });
    install_n8n(&peers.join("n8n"), &package, &runtime)?;
    Ok(peers)
}

/// `npm install` of one package into a folder of its own, unless `proof` is there already.
fn install_one(folder: &Path, package: &str, proof: &str, description: &Value, node: Option<&Path>) -> Result<()> {
    if folder.join(proof).is_file() {
        return Ok(());
    }
    describe(folder, description)?;
    step(&format!("Install {package}"), || {
        process::run_quietly(npm(folder, node).args(["install", "--no-audit", "--no-fund", package]))
    })
}

fn install_n8n(folder: &Path, description: &Value, node: &Path) -> Result<()> {
    // Only when the modules that have to be built were built, too.
    let proof = folder.join("node_modules/.patchbay-complete");
    if proof.is_file() {
        return Ok(());
    }
    describe(folder, description)?;
    step(&format!("Install {N8N}: several minutes"), || {
        process::run_quietly(npm(folder, Some(node)).args(["install", "--no-audit", "--no-fund", "--ignore-scripts", N8N]))
    })?;
    step("Build n8n's modules", || {
        process::run_quietly(npm(folder, Some(node)).arg("rebuild").args(N8N_BUILT).env("npm_config_nodedir", node))
    })?;
    std::fs::write(proof, "").context("cannot note that n8n is complete")
}

fn describe(folder: &Path, description: &Value) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(std::fs::write(folder.join("package.json"), description.to_string())?)
}

/// npm, under the Node of the peers where it is there already.
fn npm(folder: &Path, node: Option<&Path>) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder);
    if let Some(node) = node {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(node.join("bin")).chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(folders) {
            command.env("PATH", path);
        }
    }
    command
}

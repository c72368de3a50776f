//! What the browser build reads, as one hash: when it has not changed, there is nothing to build.

use crate::workspace::Workspace;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The frontend, the pure crates it is built from, the recipe (this tool) and the versions of everything else.
const INPUTS: &[&str] = &[
    "frontend",
    "crates/expr",
    "crates/model",
    "crates/manifest",
    "crates/layout",
    "crates/xtask/src/ui",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
];

/// Folders that are results, or that only tests read.
const NOT_INPUTS: &[&str] = &["dist", "node_modules", "e2e", "test-results", "playwright-report", "target", "tests"];

/// A hash over the name and content of every input, and the profile.
pub fn stamp(workspace: &Workspace, profile: &str) -> Result<String> {
    let mut files = Vec::new();
    for input in INPUTS {
        collect_files(&workspace.root.join(input), &mut files);
    }
    files.sort();
    let mut hash = Sha256::new();
    hash.update(format!("{profile}\n"));
    for file in files {
        let content = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.strip_prefix(&workspace.root)?.to_string_lossy().into_owned();
        hash.update(format!("{name}\n{}\n", content.len()));
        hash.update(content);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Every file at or below a path, results and test folders left out. A path that does not exist holds no file.
pub fn collect_files(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    let Ok(entries) = path.read_dir() else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !NOT_INPUTS.iter().any(|skipped| name == *skipped) {
            collect_files(&entry.path(), files);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> (tempfile::TempDir, Workspace) {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = Workspace { root: folder.path().to_owned(), target: folder.path().join("target") };
        std::fs::create_dir_all(folder.path().join("frontend/src")).expect("folders");
        std::fs::create_dir_all(folder.path().join("frontend/e2e")).expect("folders");
        std::fs::write(folder.path().join("frontend/src/main.rs"), "fn main() {}").expect("a file");
        (folder, workspace)
    }

    #[test]
    fn a_changed_source_changes_the_stamp_and_a_changed_test_does_not() {
        let (folder, workspace) = workspace();
        let before = stamp(&workspace, "ui").expect("stamp");
        std::fs::write(folder.path().join("frontend/e2e/smoke.spec.ts"), "test").expect("a file");
        assert_eq!(stamp(&workspace, "ui").expect("stamp"), before);
        std::fs::write(folder.path().join("frontend/src/main.rs"), "fn main() { }").expect("a file");
        assert_ne!(stamp(&workspace, "ui").expect("stamp"), before);
    }

    #[test]
    fn profiles_have_stamps_of_their_own() {
        let (_folder, workspace) = workspace();
        let plain = stamp(&workspace, "ui").expect("stamp");
        assert_ne!(stamp(&workspace, "ui-dev").expect("stamp"), plain);
    }
}

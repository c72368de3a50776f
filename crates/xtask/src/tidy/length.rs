//! No file grows into a dumping ground.

use super::Findings;
use anyhow::{Context, Result};
use std::path::Path;

/// From here on a file should be looked at for its second subject.
const WARN: usize = 450;
const MOST: usize = 600;

/// Warnings, and files that are too long.
pub fn check(root: &Path) -> Result<(Findings, Findings)> {
    let mut files = Vec::new();
    for folder in ["crates", "frontend", "migrations"] {
        crate::ui::collect_files(&root.join(folder), &mut files);
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    let (mut warnings, mut findings) = (Vec::new(), Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let lines = text.lines().count();
        let name = file.strip_prefix(root)?.display();
        match lines {
            ..=WARN => {}
            _ if lines <= MOST => warnings.push(format!("{name} has {lines} lines: look for its second subject")),
            _ => findings.push(format!("{name} has {lines} lines, at most {MOST} are allowed: split it by subject")),
        }
    }
    Ok((warnings, findings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_warn_and_then_fail() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(root.path().join("crates/x/src")).expect("folders");
        let write = |name: &str, lines: usize| {
            std::fs::write(root.path().join("crates/x/src").join(name), "//\n".repeat(lines)).expect("a file");
        };
        write("short.rs", WARN);
        write("long.rs", WARN + 1);
        write("huge.rs", MOST + 1);
        let (warnings, findings) = check(root.path()).expect("checked");
        assert_eq!((warnings.len(), findings.len()), (1, 1));
        assert!(findings[0].contains("huge.rs has 601 lines"));
    }
}

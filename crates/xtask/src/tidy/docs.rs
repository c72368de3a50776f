//! Every path that the documentation names exists.

use super::Findings;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Folders whose names make a text in backticks a path of this repository.
const TOP: &[&str] = &["crates", "frontend", "migrations", "assets", "docs", "bench", ".ci", ".config", ".cargo"];
/// Results of a build: named in the documentation, absent from a fresh clone.
const GENERATED: &[&str] = &["frontend/dist", "frontend/node_modules"];

/// Checks README.md and everything under docs/.
pub fn check(root: &Path, crates: &[&str]) -> Result<Findings> {
    let mut findings = Vec::new();
    for page in pages(root) {
        let text = std::fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let name = page.strip_prefix(root)?.display();
        for (number, line) in outside_fences(&text) {
            for path in quoted(line).filter_map(|quoted| repository_path(quoted, crates)) {
                if !exists(root, &path) {
                    findings.push(format!("{name}:{number} names `{path}`, which does not exist"));
                }
            }
        }
    }
    Ok(findings)
}

fn pages(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    crate::ui::collect_files(&root.join("docs"), &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.extend(Some(root.join("README.md")).filter(|readme| readme.exists()));
    files.sort();
    files
}

/// Lines with their numbers, without code blocks: those hold commands and output.
fn outside_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            return None;
        }
        (!inside).then_some((index + 1, line))
    })
}

/// The texts between pairs of backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The text as a path from the root, if it looks like one: `crates/x/src/y.rs`, or `store/src/y.rs` for a crate.
fn repository_path(quoted: &str, crates: &[&str]) -> Option<String> {
    let plain = quoted.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-<>*{},".contains(letter));
    let (first, rest) = quoted.split_once('/')?;
    if !plain {
        return None;
    }
    if TOP.contains(&first) {
        return Some(quoted.to_owned());
    }
    (crates.contains(&first) && rest.starts_with("src")).then(|| format!("crates/{quoted}"))
}

/// Whether the path exists; of one with a placeholder (`<id>`, `*`, `{a,b}`), the folders before it.
fn exists(root: &Path, path: &str) -> bool {
    if GENERATED.iter().any(|generated| path.starts_with(generated)) {
        return true;
    }
    let fixed: PathBuf = Path::new(path).iter().take_while(|part| !part.to_string_lossy().contains(['<', '*', '{'])).collect();
    root.join(fixed).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(readme: &str) -> Findings {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(root.path().join("crates/store/src")).expect("folders");
        std::fs::write(root.path().join("crates/store/src/lib.rs"), "").expect("a file");
        std::fs::write(root.path().join("README.md"), readme).expect("a file");
        check(root.path(), &["store"]).expect("checked")
    }

    #[test]
    fn paths_that_exist_and_texts_that_are_no_paths_pass() {
        let text = "See `crates/store/src/lib.rs`, `store/src/lib.rs`, `crates/store/src/<table>.rs`, `application/json`, `/hooks/{key}`,\n\
                    `cargo xtask run`, `frontend/dist/index.html`.\n```\n`crates/nothing`\n```\n";
        assert_eq!(findings(text), Vec::<String>::new());
    }

    #[test]
    fn paths_that_do_not_exist_are_found_with_their_line() {
        let found = findings("one\nSee `crates/gone/src/lib.rs`, `store/src/gone.rs` and `docs/<page>.md`.\n");
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("README.md:2 names `crates/gone/src/lib.rs`"), "{found:?}");
    }
}

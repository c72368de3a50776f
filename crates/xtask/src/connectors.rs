//! `cargo xtask connectors`: what there is, and where each part was checked against the vendor's own words.

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// How many parts were checked, by where.
#[derive(Default)]
struct Counts {
    description: usize,
    documentation: usize,
    unchecked: usize,
}

pub fn connectors(workspace: &Workspace) -> Result<()> {
    let root = workspace.root.join("assets/connectors");
    let mut counts = Counts::default();
    for folder in entries(&root)? {
        if folder.is_dir() {
            show(&folder, &mut counts)?;
        }
    }
    println!(
        "{} checked against a machine-readable description, {} against documentation, {} unchecked",
        counts.description, counts.documentation, counts.unchecked
    );
    Ok(())
}

fn show(folder: &Path, counts: &mut Counts) -> Result<()> {
    let id = folder.file_name().unwrap_or_default().to_string_lossy();
    let connector = table(&folder.join("connector.toml"))?;
    println!("{id}: {}", text(&connector, "name"));
    for kind in ["operations", "triggers"] {
        for file in entries(&folder.join(kind)).unwrap_or_default() {
            let part = table(&file)?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            println!("  {} {name:<24} {}", if kind == "triggers" { "on" } else { "do" }, checked(&part, counts));
        }
    }
    println!();
    Ok(())
}

fn checked(part: &toml::Table, counts: &mut Counts) -> String {
    let checked = part.get("checked").and_then(toml::Value::as_table);
    let by = checked.and_then(|checked| checked.get("by")).and_then(toml::Value::as_str).unwrap_or("unchecked");
    match by {
        "description" => counts.description += 1,
        "documentation" => counts.documentation += 1,
        _ => counts.unchecked += 1,
    }
    let url = checked.map(|checked| text(checked, "url")).unwrap_or_default();
    format!("{by} {url}").trim_end().to_owned()
}

fn text(table: &toml::Table, key: &str) -> String {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

fn table(file: &Path) -> Result<toml::Table> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.parse().with_context(|| format!("{} cannot be read", file.display()))
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let read = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = read.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_unchecked() {
        let mut counts = Counts::default();
        let part = |text: &str| text.parse::<toml::Table>().expect("a table");
        assert_eq!(checked(&part("a = 1"), &mut counts), "unchecked");
        let told = part("checked = { by = \"documentation\", url = \"https://example.com\" }");
        assert_eq!(checked(&told, &mut counts), "documentation https://example.com");
        assert_eq!((counts.unchecked, counts.documentation, counts.description), (1, 1, 0));
    }
}

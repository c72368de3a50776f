//! Gathers the recorded cases and the `sandbox.toml` of every connector into one JSON document.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// Of a case, what a simulation needs.
const KEPT: [&str; 4] = ["auth", "connection", "error", "exchanges"];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folders through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../assets/connectors");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut all = Map::new();
    for folder in entries(&root)? {
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut cases = Vec::new();
        for file in entries(&folder.join("cases")).unwrap_or_default() {
            let text = fs::read_to_string(&file)?;
            let list: Vec<Map<String, Value>> = serde_json::from_str(&text).map_err(|error| said(&file, &error))?;
            cases.extend(list.into_iter().map(|mut case| {
                case.retain(|key, _| KEPT.contains(&key.as_str()));
                Value::Object(case)
            }));
        }
        let book = folder.join("sandbox.toml");
        let book: Option<Value> = match fs::read_to_string(&book) {
            Ok(text) => Some(toml::from_str(&text).map_err(|error| said(&book, &error))?),
            Err(_) => None,
        };
        if book.is_some() || !cases.is_empty() {
            all.insert(id, json!({ "cases": cases, "book": book.unwrap_or_else(|| json!({})) }));
        }
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("records.json");
    fs::write(out, serde_json::to_vec(&all)?)?;
    Ok(())
}

fn said(file: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", file.display())
}

/// In the order of names, so that builds are repeatable.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

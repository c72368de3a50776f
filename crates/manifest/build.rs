//! Gathers `assets/connectors/<id>/connector.toml` and its `operations/*.toml` into one JSON document. A new folder is found by
//! itself.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folders through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../assets/connectors");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut connectors = Vec::new();
    for folder in entries(&root)? {
        if folder.is_dir() {
            connectors.push(connector(&folder)?);
        }
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("connectors.json");
    fs::write(out, serde_json::to_vec(&connectors)?)?;
    Ok(())
}

fn connector(folder: &Path) -> Result<Value, Box<dyn Error>> {
    let mut connector = table(&folder.join("connector.toml"))?;
    let mut operations = Vec::new();
    for file in entries(&folder.join("operations"))? {
        if file.extension().is_some_and(|extension| extension == "toml") {
            let mut operation = table(&file)?;
            let id = file.file_stem().unwrap_or_default().to_string_lossy();
            operation["id"] = Value::from(id.into_owned());
            operations.push(operation);
        }
    }
    // Menus show them in the order the connector names them; by file name where it does not.
    let order = connector.get("order").and_then(Value::as_array).cloned().unwrap_or_default();
    operations.sort_by_key(|operation| order.iter().position(|id| *id == operation["id"]).unwrap_or(order.len()));
    connector["id"] = Value::from(folder.file_name().unwrap_or_default().to_string_lossy().into_owned());
    connector["operations"] = Value::from(operations);
    Ok(connector)
}

fn table(file: &Path) -> Result<Value, Box<dyn Error>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// What a folder holds, in the order of names, so that builds are repeatable.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let read = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = read.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

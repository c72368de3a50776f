//! Gathers the folders of `assets/connectors` into one JSON document. A new folder is found by itself.

#[path = "src/assemble.rs"]
mod assemble;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use assemble::{Files, assemble};
use serde_json::Value;

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folders through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    // Browsers read the connectors from the server.
    if std::env::var_os("CARGO_FEATURE_BUILTIN").is_none() {
        return Ok(());
    }
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../assets/connectors");
    println!("cargo::rerun-if-changed={}", root.display());
    println!("cargo::rerun-if-changed=src/assemble.rs");
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
    let mut files = Files::new();
    read(folder, "connector.toml", &mut files)?;
    for kind in ["operations", "triggers"] {
        for file in entries(&folder.join(kind)).unwrap_or_default() {
            if file.extension().is_some_and(|extension| extension == "toml") {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                read(folder, &format!("{kind}/{name}"), &mut files)?;
            }
        }
    }
    let id = folder.file_name().unwrap_or_default().to_string_lossy();
    assemble(&id, files).map_err(|problems| format!("{}: {}", folder.display(), problems.join("\n")).into())
}

fn read(folder: &Path, path: &str, files: &mut Files) -> Result<(), Box<dyn Error>> {
    let file = folder.join(path);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let value = toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    files.push((path.to_owned(), value));
    Ok(())
}

/// What a folder holds, in the order of names, so that builds are repeatable.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let read = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = read.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

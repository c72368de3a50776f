//! Gathers the folders of `assets/connectors` into one JSON document. A new folder is found by itself.

#[path = "src/assemble.rs"]
mod assemble;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use assemble::{Files, assemble};
use serde_json::Value;

/// What only the server needs, left out of the browser's bundle.
const SERVER_ONLY: [&str; 5] = ["requests", "outcome", "loads", "after_connect", "limits"];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folders through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../assets/connectors");
    println!("cargo::rerun-if-changed={}", root.display());
    println!("cargo::rerun-if-changed=src/assemble.rs");
    let is_browser = std::env::var("CARGO_CFG_TARGET_ARCH")? == "wasm32";
    let mut connectors = Vec::new();
    for folder in entries(&root)? {
        if folder.is_dir() {
            let mut connector = connector(&folder)?;
            if is_browser {
                slim(&mut connector);
            }
            connectors.push(connector);
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

fn slim(connector: &mut Value) {
    let Some(table) = connector.as_object_mut() else { return };
    table.retain(|key, _| !SERVER_ONLY.contains(&key.as_str()));
    if let Some(Value::Array(operations)) = table.get_mut("operations") {
        for operation in operations.iter_mut().filter_map(Value::as_object_mut) {
            operation.retain(|key, _| !SERVER_ONLY.contains(&key.as_str()));
            operation.get_mut("idempotency").and_then(Value::as_object_mut).map(|table| table.remove("lookup"));
        }
    }
    // The browser shows that a trigger polls or is told, not how.
    if let Some(Value::Array(triggers)) = table.get_mut("triggers") {
        for trigger in triggers.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::Object(poll)) = trigger.get_mut("poll") {
                poll.insert("request".to_owned(), Value::Object(Default::default()));
                poll.remove("fetch");
            }
            if let Some(Value::Object(webhook)) = trigger.get_mut("webhook") {
                webhook.retain(|key, _| !matches!(key.as_str(), "subscribe" | "renew" | "unsubscribe" | "thin"));
            }
        }
    }
}

/// What a folder holds, in the order of names, so that builds are repeatable.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let read = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = read.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

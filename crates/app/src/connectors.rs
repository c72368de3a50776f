//! The connectors that come with Patchbay, and those in the data folder.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use manifest::Connector;
use sandbox::Records;

/// Folders of one folder, and how deep they may lie.
const MOST_ENTRIES: usize = 2_000;
const DEEPEST: usize = 3;

/// Reads `connectors/<id>/` of the data folder beside those that come with Patchbay. One that is wrong is said at once: workflows that
/// use it would fail later.
pub fn all(data_dir: &Path) -> anyhow::Result<Arc<Vec<Connector>>> {
    let mut found: BTreeMap<String, Connector> = manifest::builtin().iter().map(|c| (c.id.clone(), c.clone())).collect();
    let folder = data_dir.join("connectors");
    if folder.is_dir() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            if !path.is_dir() {
                continue;
            }
            let connector = read(&path)?;
            if found.contains_key(&connector.id) {
                bail!("{}: there is a connector `{}` already; choose another name for the folder", path.display(), connector.id);
            }
            tracing::info!(connector.id = %connector.id, "a connector was read from the data folder");
            found.insert(connector.id.clone(), connector);
        }
    }
    Ok(Arc::new(found.into_values().collect()))
}

/// What is known of the sandboxes of the data folder's connectors: their recorded cases, and their `sandbox.toml`.
pub fn records(data_dir: &Path) -> anyhow::Result<Records> {
    let mut records = Records::default();
    let folder = data_dir.join("connectors");
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let path = entry?.path();
        let Some(id) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_dir()) else { continue };
        let mut cases = Vec::new();
        let folder = path.join("cases");
        if kind_of(&folder)?.is_some_and(|kind| kind.is_dir()) {
            let cannot = || format!("{} cannot be read", folder.display());
            for case in fs::read_dir(&folder).with_context(cannot)?.take(MOST_ENTRIES) {
                let case = case.with_context(cannot)?;
                if case.file_type().with_context(cannot)?.is_file() && case.file_name().to_string_lossy().ends_with(".json") {
                    cases.push(text(&case.path())?);
                }
            }
        }
        let book = path.join("sandbox.toml");
        let book = kind_of(&book)?.filter(fs::FileType::is_file).map(|_| text(&book)).transpose()?;
        if book.is_some() || !cases.is_empty() {
            let learned = records.learn(id, &cases, book.as_deref());
            learned.map_err(|why| anyhow::anyhow!("the sandbox of the connector in {} cannot be used: {why}", path.display()))?;
        }
    }
    Ok(records)
}

/// What stands there; nothing where nothing does. Links are links: they are not followed, as they could lead anywhere.
fn kind_of(path: &Path) -> anyhow::Result<Option<fs::FileType>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found.file_type())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn read(path: &Path) -> anyhow::Result<Connector> {
    let id = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut files = Vec::new();
    gather(path, id, 0, &mut files)?;
    files.sort();
    manifest::parse_folder(&files).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the connector in {} cannot be used:\n{}", path.display(), problems.join("\n"))
    })
}

/// Files with their paths as the manifest wants them: from the connector's folder on, with slashes.
fn gather(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    let cannot = || format!("{} cannot be read", folder.display());
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let (path, name) = (entry.path(), format!("{prefix}/{}", entry.file_name().to_string_lossy()));
        if files.len() >= MOST_ENTRIES {
            bail!("{} has too many files", folder.display());
        }
        let kind = entry.file_type().with_context(cannot)?;
        if kind.is_dir() && depth < DEEPEST {
            gather(&path, &name, depth + 1, files)?;
        } else if kind.is_file() && name.ends_with(".toml") && !(depth == 0 && name.ends_with("/sandbox.toml")) {
            files.push((name, text(&path)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use testkit::CONNECTOR;

    use super::*;

    const OPERATION: &str = r#"
label = "Read"
description = "Reads something."
effect = "read"
checked = { by = "unchecked" }
fields = []
[idempotency]
class = "by_method"
[[requests]]
method = "GET"
path = "/things"
[output]
sample = { id = "1" }
"#;

    #[test]
    fn a_folder_is_read_beside_the_others_and_a_broken_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(all(dir.path()).unwrap().len(), manifest::builtin().len(), "none is needed");
        let put = |path: &str, text: &str| {
            let path = dir.path().join("connectors").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("example/connector.toml", CONNECTOR);
        put("example/operations/read.toml", OPERATION);
        let read = all(dir.path()).unwrap();
        assert!(read.iter().any(|connector| connector.id == "example" && connector.operation("read").is_some()));

        // What its sandbox knows is read beside it.
        put("example/sandbox.toml", "[collections.things]\nid = \"id\"");
        put("example/cases/read.json", "[]");
        put("example/cases/notes.txt", "not a case");
        assert_eq!(all(dir.path()).unwrap().len(), manifest::builtin().len() + 1);
        records(dir.path()).unwrap();
        put("example/cases/broken.json", "{");
        assert!(format!("{:#}", records(dir.path()).unwrap_err()).contains("example"));
        let example = dir.path().join("connectors/example");
        fs::remove_file(example.join("cases/broken.json")).unwrap();

        // One that cannot be read is no sandbox that is not there; links lead out of the folder.
        fs::write(example.join("sandbox.toml"), [0xff, 0xfe]).unwrap();
        assert!(format!("{:#}", records(dir.path()).unwrap_err()).contains("sandbox.toml"));
        fs::remove_file(example.join("sandbox.toml")).unwrap();
        fs::remove_dir_all(example.join("cases")).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("broken.json"), "{").unwrap();
        fs::write(elsewhere.path().join("broken.toml"), "{").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), example.join("cases")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("broken.toml"), example.join("sandbox.toml")).unwrap();
        records(dir.path()).unwrap();

        put("slack/connector.toml", CONNECTOR);
        put("slack/operations/read.toml", OPERATION);
        assert!(format!("{:#}", all(dir.path()).unwrap_err()).contains("already"));
        fs::remove_dir_all(dir.path().join("connectors/slack")).unwrap();
        put("broken/connector.toml", "name = ");
        assert!(format!("{:#}", all(dir.path()).unwrap_err()).contains("broken"));
    }
}

//! Reads a connector from the texts of its files, for connectors that do not come with Patchbay.

use serde_json::Value;

use crate::Connector;
use crate::assemble::assemble;
use crate::lint::{Problem, lint};

/// Largest file, in bytes.
const MOST_BYTES: usize = 512 * 1024;
const MOST_FILES: usize = 500;

/// Reads and checks a connector from its files: pairs of path and text, where every path begins with the folder's name, which is
/// the connector's id (`slack/connector.toml`). Files that are not TOML are passed over.
pub fn parse_folder(files: &[(String, String)]) -> Result<Connector, Vec<Problem>> {
    let problem = |place: &str, message: String| Problem { place: place.to_owned(), message };
    let mut problems = Vec::new();
    let id = files.first().and_then(|(path, _)| path.split('/').next()).unwrap_or_default();
    if id.is_empty() || id.len() > 40 || !id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        problems.push(problem("", format!("\"{}\" cannot be a connector's id; use a-z, 0-9 and _", id.escape_debug())));
    }
    if files.len() > MOST_FILES {
        problems.push(problem("", format!("The folder has {} files; at most {MOST_FILES} are read", files.len())));
        return Err(problems);
    }
    let mut read = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".toml")) {
        let Some(path) = path.strip_prefix(id).and_then(|rest| rest.strip_prefix('/')) else {
            problems.push(problem(path, format!("The file does not lie in the folder \"{id}\"")));
            continue;
        };
        if text.len() > MOST_BYTES {
            problems.push(problem(path, format!("The file is larger than {} kB", MOST_BYTES / 1024)));
            continue;
        }
        match toml::from_str::<Value>(text) {
            Ok(value) => read.push((path.to_owned(), value)),
            Err(error) => problems.push(problem(path, error.to_string().trim().to_owned())),
        }
    }
    let document = match assemble(id, read) {
        Ok(document) => document,
        Err(found) => {
            let split = |text: String| text.split_once(": ").map(|(place, rest)| problem(place, rest.to_owned()));
            problems.extend(found.into_iter().filter_map(split));
            return Err(problems);
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let connector: Connector =
        serde_json::from_value(document).map_err(|error| vec![problem("connector.toml", error.to_string())])?;
    let found = lint(&connector);
    if found.is_empty() { Ok(connector) } else { Err(found) }
}

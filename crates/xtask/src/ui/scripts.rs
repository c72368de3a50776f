//! The editors' JavaScript: `frontend/js`, bundled by esbuild into modules that are loaded when they are needed.

use super::Profile;
use super::bundle::File;
use crate::node::{self, Packages};
use crate::process;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// The modules, by the name that the page asks for: each is a file of `frontend/js`.
const MODULES: [&str; 3] = ["mapper", "javascript", "json"];

/// Where the licences of what is bundled stand.
const LICENCES: &str = "licenses/scripts.txt";

/// What the bundler made.
pub struct Scripts {
    pub files: Vec<File>,
    /// File names within `assets/`, by module.
    pub modules: BTreeMap<String, String>,
}

/// What esbuild writes about its work: https://esbuild.github.io/api/#metafile
#[derive(Deserialize)]
struct Report {
    inputs: BTreeMap<String, serde_json::Value>,
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "entryPoint")]
    entry_point: Option<String>,
}

/// Bundles into `folder`, which is emptied first. What several modules share is a file of its own.
pub fn bundle(frontend: &Path, folder: &Path, profile: Profile) -> Result<Scripts> {
    // What shrinks a release is among the tools of the tests.
    node::install(frontend, if profile == Profile::Release { Packages::All } else { Packages::Build })?;
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let report = folder.join("report.json");
    let mut esbuild = Command::new(frontend.join("node_modules/.bin/esbuild"));
    esbuild
        .current_dir(frontend)
        .args(MODULES.map(|module| format!("js/{module}.ts")))
        .args([
            "--bundle",
            "--splitting",
            "--format=esm",
            "--target=es2022",
            "--tsconfig=js/tsconfig.json",
            "--log-level=warning",
        ])
        .args(["--entry-names=[name]-[hash]", "--chunk-names=editor-[hash]"])
        .arg(format!("--banner:js=/*! Licences: /{LICENCES} */"))
        .arg(format!("--outdir={}", folder.join("out").display()))
        .arg(format!("--metafile={}", report.display()));
    if profile == Profile::Release {
        esbuild.arg("--minify");
    }
    process::run_quietly(&mut esbuild).context("the editors' JavaScript cannot be bundled")?;
    let report: Report = serde_json::from_slice(&std::fs::read(&report)?).context("esbuild's report cannot be read")?;
    let mut scripts = Scripts { files: Vec::new(), modules: BTreeMap::new() };
    for (path, output) in &report.outputs {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let bytes = std::fs::read(folder.join("out").join(&name)).with_context(|| format!("cannot read {name}"))?;
        scripts.files.push(File { path: format!("assets/{name}"), bytes });
        if let Some(module) = output.entry_point.as_deref().and_then(module_of) {
            scripts.modules.insert(module.to_owned(), name);
        }
    }
    if scripts.modules.len() != MODULES.len() {
        bail!("esbuild made only these modules: {:?}", scripts.modules);
    }
    let licences = licences(frontend, report.inputs.keys().filter_map(|input| package_of(input)).collect())?;
    scripts.files.push(File { path: LICENCES.to_owned(), bytes: licences.into_bytes() });
    Ok(scripts)
}

/// `js/mapper.ts` -> `mapper`
fn module_of(entry: &str) -> Option<&str> {
    entry.strip_prefix("js/")?.strip_suffix(".ts")
}

/// `node_modules/@codemirror/view/dist/index.js` -> `@codemirror/view`
fn package_of(input: &str) -> Option<&str> {
    let rest = input.rsplit_once("node_modules/")?.1;
    let parts = if rest.starts_with('@') { 2 } else { 1 };
    let end = rest.match_indices('/').nth(parts - 1)?.0;
    Some(&rest[..end])
}

/// The licence of every package in the bundle, as it came.
fn licences(frontend: &Path, packages: BTreeSet<&str>) -> Result<String> {
    let mut text = "The editors of this application contain the following packages.\n".to_owned();
    for package in packages {
        let folder = frontend.join("node_modules").join(package);
        let files = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?.flatten();
        let licence = files
            .map(|file| file.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().starts_with("licen")));
        let licence = licence.with_context(|| format!("the package {package} comes without a licence"))?;
        text.push_str(&format!("\n---- {package} ----\n\n{}\n", std::fs::read_to_string(licence)?.trim()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_package_of_a_file() {
        assert_eq!(package_of("node_modules/@codemirror/view/dist/index.js"), Some("@codemirror/view"));
        assert_eq!(package_of("node_modules/crelt/index.js"), Some("crelt"));
        assert_eq!(package_of("node_modules/a/node_modules/b/x.js"), Some("b"));
        assert_eq!(package_of("js/mapper.ts"), None);
        assert_eq!(module_of("js/mapper.ts"), Some("mapper"));
    }

    #[test]
    fn a_package_without_a_licence_is_refused() {
        let frontend = tempfile::tempdir().expect("a folder");
        let package = frontend.path().join("node_modules/some");
        std::fs::create_dir_all(&package).expect("folders");
        assert!(licences(frontend.path(), BTreeSet::from(["some"])).is_err());
        std::fs::write(package.join("LICENSE"), "MIT\n").expect("a file");
        let text = licences(frontend.path(), BTreeSet::from(["some"])).expect("found");
        assert!(text.contains("---- some ----\n\nMIT\n"), "{text}");
    }
}

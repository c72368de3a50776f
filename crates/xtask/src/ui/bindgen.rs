//! From the compiled wasm to what a browser loads: `wasm-bindgen` as a library, then `wasm-opt` for releases.

use crate::process;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the browser runs, as the tools wrote it.
pub struct Code {
    pub js: Vec<u8>,
    pub wasm: Vec<u8>,
    /// JavaScript that crates brought along; the main file imports it as `./snippets/...`.
    pub snippets: Vec<super::bundle::File>,
}

/// The version of the library in this tool and of the crate in the UI describe one format and must be equal.
pub fn check_versions(lock: &Path) -> Result<()> {
    let text = std::fs::read_to_string(lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let crate_version = locked_version(&text, "wasm-bindgen")?;
    let tool_version = locked_version(&text, "wasm-bindgen-cli-support")?;
    if crate_version != tool_version {
        bail!(
            "wasm-bindgen is {crate_version} but wasm-bindgen-cli-support is {tool_version} in Cargo.lock: set \
             `wasm-bindgen-cli-support = \"={crate_version}\"` in the root Cargo.toml"
        );
    }
    Ok(())
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Result<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next().and_then(|line| line.strip_prefix("version = \"")).and_then(|line| line.strip_suffix('"'));
    version.with_context(|| format!("{package} is not in Cargo.lock"))
}

/// `wasm-opt` of the npm package `binaryen`, for release builds only: it takes a third off the size and some minutes of time. Not a
/// system's own: Debian 12 has one that mixes up the tables of the module, so that it does not start.
pub fn optimiser(frontend: &Path) -> PathBuf {
    frontend.join("node_modules/.bin/wasm-opt")
}

/// Writes the tool's files into `folder` (emptied first) and returns them.
pub fn generate(compiled: &Path, folder: &Path, optimiser: Option<&Path>) -> Result<Code> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(compiled)
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                // The wasm file's name carries a hash that only boot.js knows.
                .omit_default_module_path(true)
                .debug(optimiser.is_none())
                .remove_name_section(optimiser.is_some())
                .remove_producers_section(true)
                .out_name("app")
                .generate(folder)
        })
        .with_context(|| format!("wasm-bindgen cannot process {}", compiled.display()))?;
    let wasm = folder.join("app_bg.wasm");
    if let Some(tool) = optimiser {
        optimise(tool, &wasm)?;
    }
    let mut snippets = Vec::new();
    let mut paths = Vec::new();
    super::collect_files(&folder.join("snippets"), &mut paths);
    for path in paths {
        let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
        snippets.push(super::bundle::File { path: format!("assets/{name}"), bytes: std::fs::read(&path)? });
    }
    Ok(Code { js: std::fs::read(folder.join("app.js"))?, wasm: std::fs::read(&wasm)?, snippets })
}

/// Shrinks the file in place. The features are those every current browser has and rustc uses.
fn optimise(tool: &Path, wasm: &Path) -> Result<()> {
    let shrunk = wasm.with_extension("opt");
    let features = ["bulk-memory", "sign-ext", "nontrapping-float-to-int", "mutable-globals", "reference-types", "multivalue"];
    process::run_quietly(
        Command::new(tool)
            .arg("-Oz")
            .args(features.map(|feature| format!("--enable-{feature}")))
            .arg(wasm)
            .arg("--output")
            .arg(&shrunk),
    )?;
    process::run_quietly(Command::new("node").args(["--input-type=commonjs", "--eval", CHECK]).arg(&shrunk))
        .context("the optimised module does not start")?;
    std::fs::rename(&shrunk, wasm).context("cannot rename wasm-opt's file")
}

/// What the first lines of wasm-bindgen's code do with a module: without them every page stays empty.
const CHECK: &str = "
const module = new WebAssembly.Module(require('node:fs').readFileSync(process.argv[1]));
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = () => 0;
const { exports } = new WebAssembly.Instance(module, imports);
exports.__wbindgen_externrefs.set(0, undefined);
";

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.1\"\n\n[[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"0.2.1\"\n";

    #[test]
    fn equal_versions_pass_and_different_ones_say_what_to_change() {
        let lock = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(lock.path(), LOCK).expect("write");
        check_versions(lock.path()).expect("equal");
        std::fs::write(lock.path(), LOCK.replacen("0.2.1", "0.2.2", 1)).expect("write");
        let text = check_versions(lock.path()).expect_err("different").to_string();
        assert!(text.contains("wasm-bindgen-cli-support = \"=0.2.2\""), "{text}");
    }
}

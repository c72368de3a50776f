//! Builds the browser files into `frontend/dist`: wasm, its JavaScript, the editors' modules, one style sheet, `index.html` and the
//! public files.
//!
//! Everything `index.html` leads to lies in `dist/assets/` under a name with a hash of its content, so it can be cached for ever.

mod bindgen;
mod bundle;
mod compress;
pub mod first_load;
mod inputs;
mod scripts;

use crate::process;
use crate::toolchain::WASM;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
pub use inputs::collect_files;
use std::path::Path;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build; not compressed, so the server sends the files as they are.
    Dev,
    /// As small as it gets, with a brotli file beside each text or wasm file.
    Release,
}

impl Profile {
    /// Cargo's name for it, in the root `Cargo.toml`.
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "ui-dev",
            Self::Release => "ui",
        }
    }
}

/// The server embeds the folder at compile time, so it must exist, even when empty.
pub fn prepare_folder(workspace: &Workspace) -> Result<()> {
    std::fs::create_dir_all(workspace.dist()).context("cannot create frontend/dist")
}

/// Builds the browser files, unless `frontend/dist` already holds what these inputs give.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    prepare_folder(workspace)?;
    let stamp = inputs::stamp(workspace, profile.name())?;
    let stamp_file = workspace.dist().join(".stamp");
    if std::fs::read_to_string(&stamp_file).is_ok_and(|kept| kept == stamp) {
        println!("    the browser UI is up to date");
        return Ok(());
    }
    bindgen::check_versions(&workspace.root.join("Cargo.lock"))?;
    let scripts = scripts::bundle(&workspace.frontend(), &workspace.ui_target().join("scripts"), profile)?;
    compile(workspace, profile)?;
    let wasm = workspace.ui_target().join(WASM).join(profile.name()).join("frontend.wasm");
    let optimiser = (profile == Profile::Release).then(|| bindgen::optimiser(&workspace.frontend()));
    let code = bindgen::generate(&wasm, &workspace.ui_target().join("bindgen"), optimiser.as_deref())?;
    let mut files = bundle::assemble(&workspace.frontend(), code, scripts)?;
    if profile == Profile::Release {
        compress::add_brotli(&mut files)?;
    }
    let _ = std::fs::remove_file(&stamp_file);
    write(&workspace.dist(), &files)?;
    std::fs::write(&stamp_file, stamp).context("cannot write frontend/dist/.stamp")
}

/// Compiles the frontend crate. Its output is kept quiet, because it may run beside the native build.
fn compile(workspace: &Workspace, profile: Profile) -> Result<()> {
    let mut cargo = process::cargo(workspace);
    cargo
        .args(["build", "--package", "frontend", "--target", WASM, "--profile", profile.name(), "--target-dir"])
        .arg(workspace.ui_target());
    // Leptos then gives every component one type instead of the type of all it contains: half the time to compile, and a sixth off
    // the compressed size.
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--cfg erase_components");
    process::run_quietly(&mut cargo)
}

/// Writes the files, `index.html` last (a running debug server reads the folder), then removes what is no longer part of it.
fn write(dist: &Path, files: &[bundle::File]) -> Result<()> {
    let (index, others): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.path.starts_with("index.html"));
    for file in others.into_iter().chain(index) {
        let path = dist.join(&file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // An unchanged file keeps its time, so that a release build embeds again only what changed.
        if std::fs::read(&path).is_ok_and(|kept| kept == file.bytes) {
            continue;
        }
        std::fs::write(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut present = Vec::new();
    collect_files(dist, &mut present);
    for path in present {
        let part = path.strip_prefix(dist)?.to_string_lossy().into_owned();
        if !files.iter().any(|file| file.path == part) {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_removes_what_an_earlier_build_left() {
        let dist = tempfile::tempdir().expect("a folder");
        let file = |path: &str| bundle::File { path: path.to_owned(), bytes: b"x".to_vec() };
        write(dist.path(), &[file("index.html"), file("assets/app-1.js")]).expect("first");
        write(dist.path(), &[file("index.html"), file("assets/app-2.js")]).expect("second");
        assert!(dist.path().join("assets/app-2.js").exists());
        assert!(!dist.path().join("assets/app-1.js").exists());
    }
}

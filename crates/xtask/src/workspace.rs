//! Where things are.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The folders every command works in.
#[derive(Clone)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder; honours `CARGO_TARGET_DIR`.
    pub target: PathBuf,
}

impl Workspace {
    pub fn locate() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).join("../..");
        let root = root.canonicalize().with_context(|| format!("cannot find the workspace at {}", root.display()))?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(PathBuf::from(folder))?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    pub fn frontend(&self) -> PathBuf {
        self.root.join("frontend")
    }

    /// The finished browser files; the server embeds this folder.
    pub fn dist(&self) -> PathBuf {
        self.frontend().join("dist")
    }

    /// The browser build has a target folder of its own, so that it can run beside the native build.
    pub fn ui_target(&self) -> PathBuf {
        self.target.join("ui")
    }

    /// The `patchbay` binary of a cargo profile's folder (`debug`, `release`).
    pub fn binary(&self, folder: &str) -> PathBuf {
        self.target.join(folder).join("patchbay")
    }
}

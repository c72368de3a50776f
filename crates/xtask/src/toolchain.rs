//! The parts of the Rust toolchain that a build needs beyond what `rustup` installs by itself.

use crate::process;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

pub const WASM: &str = "wasm32-unknown-unknown";

/// Installs the wasm target when it is missing.
///
/// It is not listed in `rust-toolchain.toml`: there a missing target would stop every cargo command on a machine without network.
pub fn ensure_wasm_target() -> Result<()> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    process::step("Install the Rust target for the browser", || {
        if process::find_program(&["rustup"]).is_none() {
            bail!("the Rust target {WASM} is missing: install it with your toolchain's package manager, or use rustup");
        }
        process::run(Command::new("rustup").args(["target", "add", WASM]))
            .context("the Rust target for the browser is missing: run `rustup target add wasm32-unknown-unknown` with a network")
    })
}

//! Running other programs, and saying what is going on and how long it took.

use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs one step of a long command: says what it does before, and how long it took after.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {title}");
    let started = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    println!("    {title}: {verdict} in {}", seconds(started.elapsed()));
    result
}

/// A duration as people read it: `0.4 s`, `2 min 05 s`.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole >= 60 { format!("{} min {:02} s", whole / 60, whole % 60) } else { format!("{:.1} s", duration.as_secs_f64()) }
}

/// Runs to the end with the terminal's output; an error names the command and how it ended.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Like [`run`], but keeps the output to itself and shows it only when the command fails.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
        bail!("{} ended with {}\n{}", line(command), output.status, said.trim_end());
    }
    Ok(())
}

/// The standard output of a command that must succeed.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} did not print text", line(command)))
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    format!("`{}`", words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "))
}

/// Every crate with something to run outside the browser: of the frontend that is what it works out without one, by its unit tests.
pub const NATIVE: [&str; 3] = ["--workspace", "--exclude", "wasm-cases"];

/// Cargo in the workspace's folder.
///
/// `cargo run` describes xtask itself in the environment; build scripts that watch these variables would run again each time
/// they are built through xtask and without it by turns, so they are taken out.
pub fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        let describes_xtask = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name_text.starts_with(prefix))
            || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"].contains(&name_text.as_ref());
        if describes_xtask {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// The first of these programs that is in `PATH`.
pub fn find_program(names: &[&str]) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failing_command_is_named() {
        let error = run_quietly(Command::new("sh").args(["-c", "echo said; exit 3"])).expect_err("exit 3");
        let text = error.to_string();
        assert!(text.contains("exit 3") && text.contains("said"), "{text}");
    }
}

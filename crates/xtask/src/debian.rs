//! Finding the programs that tests need, and installing them where that is this tool's business: on Debian as root.

use crate::process;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// A program from outside the workspace.
pub struct Need {
    pub name: &'static str,
    pub packages: &'static [&'static str],
    /// What to do on a machine where it cannot be installed from here; ends a sentence that starts "... is missing:".
    pub advice: &'static str,
    pub find: fn() -> Option<PathBuf>,
}

/// Where the program is; installs it first when it is missing and this is Debian and root.
pub fn ensure(need: &Need) -> Result<PathBuf> {
    if let Some(found) = (need.find)() {
        return Ok(found);
    }
    if !(is_root() && is_debian()) {
        bail!("{} is missing: {}", need.name, need.advice);
    }
    process::step(&format!("Install {} with apt-get", need.name), || {
        process::run_quietly(Command::new("apt-get").arg("update"))?;
        process::run_quietly(
            Command::new("apt-get")
                .args(["install", "--yes", "--no-install-recommends"])
                .args(need.packages)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    })?;
    (need.find)().with_context(|| format!("{} was installed but cannot be found: {}", need.name, need.advice))
}

pub fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| os_is_debian(&text))
}

fn os_is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .any(|(key, value)| matches!(key, "ID" | "ID_LIKE") && value.trim_matches('"').split(' ').any(|id| id == "debian"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_children_are_recognised() {
        assert!(os_is_debian("NAME=x\nID=debian\n"));
        assert!(os_is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!os_is_debian("ID=fedora\nNAME=\"not debian\"\n"));
    }

    #[test]
    fn what_is_missing_and_cannot_be_installed_is_said() {
        let need = Need { name: "Nothing", packages: &[], advice: "get it elsewhere.", find: || None };
        if !(is_root() && is_debian()) {
            let text = ensure(&need).expect_err("not installable").to_string();
            assert_eq!(text, "Nothing is missing: get it elsewhere.");
        }
    }
}

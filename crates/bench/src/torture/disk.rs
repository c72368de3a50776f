//! A disk that can be made full: a tmpfs with a ballast file on it. Needs the right to mount; without it there is none.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// More than a torture writes, and little enough to be filled quickly.
const SIZE: &str = "size=768m";
/// Left when the disk is made full, in bytes: a commit or two still fit.
const LEFT: u64 = 16 * 1024;
/// What takes the room.
const BALLAST: &str = "ballast";

/// The folder of a database on a file system of its own; unmounted when dropped.
pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Mounts a tmpfs over `folder` and moves what stood there onto it; none where mounting is not allowed.
    pub async fn move_in(folder: &Path) -> Result<Option<Self>> {
        let aside = folder.with_extension("aside");
        std::fs::rename(folder, &aside)?;
        std::fs::create_dir(folder)?;
        let mounted = run(Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(folder));
        let disk = mounted.is_ok().then(|| Self { folder: folder.to_owned() });
        if let Err(error) = mounted {
            println!("    the disk cannot be made full here, that trouble is left out: {error:#}");
        }
        run(Command::new("cp").arg("-a").arg(aside.join(".")).arg(folder))?;
        std::fs::remove_dir_all(&aside)?;
        Ok(disk)
    }

    /// Leaves next to no room.
    pub fn fill(&self) -> Result<()> {
        let bytes = self.available()?.saturating_sub(LEFT).max(1);
        // When the database was quicker, the disk is full all the same.
        let _ = run(Command::new("fallocate").arg(format!("--length={bytes}")).arg(self.folder.join(BALLAST)));
        Ok(())
    }

    pub fn make_room(&self) -> Result<()> {
        std::fs::remove_file(self.folder.join(BALLAST)).context("the ballast cannot be removed")
    }

    fn available(&self) -> Result<u64> {
        let output = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.folder).output().context("cannot run df")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split_whitespace().last().and_then(|bytes| bytes.parse().ok()).context("df printed no number")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that has just been killed may still be closing its files.
        if let Err(error) = run(Command::new("umount").arg("--lazy").arg(&self.folder)) {
            eprintln!("{} stays mounted: {error:#}", self.folder.display());
        }
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} said {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

//! What the kernel says about a process (Linux: `man 5 proc`).

use anyhow::{Context, Result};
use std::time::Duration;

/// CPU time of all threads, in user and kernel mode.
pub fn cpu_time(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("cannot read /proc: bench needs Linux")?;
    let ticks = parse_ticks(&stat).context("/proc/<pid>/stat is not as expected")?;
    Ok(Duration::from_millis(ticks * 1000 / ticks_per_second()?))
}

/// Resident memory, in bytes.
pub fn resident_bytes(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("cannot read /proc: bench needs Linux")?;
    parse_resident(&status).context("/proc/<pid>/status has no VmRSS")
}

/// Bytes it caused to be written to disk so far.
pub fn written_bytes(process: u32) -> Result<u64> {
    let io = std::fs::read_to_string(format!("/proc/{process}/io")).context("cannot read /proc: bench needs Linux")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes:")).context("/proc/<pid>/io has no write_bytes")?;
    line.trim().parse().context("write_bytes is not a number")
}

/// Fields 14 and 15. The name in field 2 may hold blanks, so counting starts after its closing bracket.
fn parse_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn ticks_per_second() -> Result<u64> {
    let output = std::process::Command::new("getconf").arg("CLK_TCK").output().context("cannot run getconf")?;
    String::from_utf8_lossy(&output.stdout).trim().parse().context("getconf CLK_TCK printed no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_proc() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 1 1 1 1";
        assert_eq!(parse_ticks(stat), Some(300));
        assert_eq!(parse_resident("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2048 * 1024));
    }

    #[test]
    fn this_process_has_memory() {
        assert!(resident_bytes(std::process::id()).expect("linux") > 100_000);
        cpu_time(std::process::id()).expect("linux");
        written_bytes(std::process::id()).expect("linux");
    }
}

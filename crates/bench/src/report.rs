//! The figures: a table for people, JSON for scripts.

use anyhow::Result;
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// What a figure is held against.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    None,
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Self::None => None,
            Self::AtMost(most) => Some(value <= most),
            Self::AtLeast(least) => Some(value >= least),
        }
    }

    fn text(self) -> String {
        match self {
            Self::None => String::new(),
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Figure {
    name: String,
    value: f64,
    unit: String,
    limit: Limit,
    /// Absent where nothing is asked.
    ok: Option<bool>,
}

#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    figures: Vec<Figure>,
}

/// Where the figures come from; they mean little without it.
#[derive(Debug, Serialize)]
struct Machine {
    cpu: String,
    cores: usize,
    /// Writing 4 KiB durably to the folder the databases are in, in milliseconds; median.
    durable_write_ms: f64,
}

impl Report {
    /// An empty report; looks at the machine and at the disk under `folder`.
    pub fn new(folder: &Path) -> Result<Self> {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).and_then(|line| line.split_once(": "));
        let machine = Machine {
            cpu: model.map_or_else(String::new, |(_, name)| name.to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            durable_write_ms: durable_write_ms(folder)?,
        };
        Ok(Self { machine, figures: Vec::new() })
    }

    pub fn add(&mut self, name: &str, value: f64, unit: &str, limit: Limit) {
        let ok = limit.holds(value);
        self.figures.push(Figure { name: name.to_owned(), value, unit: unit.to_owned(), limit, ok });
    }

    pub fn print(&self) {
        let Machine { cpu, cores, durable_write_ms } = &self.machine;
        println!("\n{cores} cores, {cpu}; a durable write of 4 KiB takes {durable_write_ms:.2} ms\n");
        let width = self.figures.iter().map(|figure| figure.name.len()).max().unwrap_or_default();
        for figure in &self.figures {
            let verdict = match figure.ok {
                None => "",
                Some(true) => "ok",
                Some(false) => "MISSED",
            };
            let Figure { name, value, unit, limit, .. } = figure;
            println!("{name:<width$}  {:>10} {unit:<9} {:<16} {verdict}", number(*value), limit.text());
        }
    }

    pub fn write(&self, file: &Path) -> Result<()> {
        std::fs::write(file, serde_json::to_vec_pretty(self)?)?;
        println!("\n{}", file.display());
        Ok(())
    }
}

/// Three digits that count, without an exponent.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn durable_write_ms(folder: &Path) -> Result<f64> {
    let path = folder.join("durable-write");
    let mut file = std::fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let started = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    std::fs::remove_file(path)?;
    Ok(crate::scenario::median(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_or_do_not() {
        assert_eq!(Limit::AtMost(50.0).holds(50.0), Some(true));
        assert_eq!(Limit::AtMost(50.0).holds(50.1), Some(false));
        assert_eq!(Limit::AtLeast(1500.0).holds(1499.0), Some(false));
        assert_eq!(Limit::None.holds(1.0), None);
    }

    #[test]
    fn numbers_show_three_digits() {
        assert_eq!([1523.4, 12.34, 1.234, 0.4567, 3.0].map(number), ["1523", "12.3", "1.23", "0.457", "3"]);
    }
}

//! What a browser fetches before the editor stands, as xtask measured it in `frontend/dist`.

use crate::report::{Limit, Report};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct FirstLoad {
    files: Vec<Size>,
}

#[derive(Deserialize)]
struct Size {
    path: String,
    /// Bytes over the wire.
    sent: u64,
}

pub fn measure(sizes: &Path, report: &mut Report) -> Result<()> {
    let text = std::fs::read_to_string(sizes).with_context(|| format!("cannot read {}", sizes.display()))?;
    let load: FirstLoad = serde_json::from_str(&text).context("the sizes of the first load are not as expected")?;
    for file in &load.files {
        report.add(&format!("first load: {}", file.path), file.sent as f64 / 1000.0, "kB", Limit::None);
    }
    let total: u64 = load.files.iter().map(|file| file.sent).sum();
    report.add("first load of the editor, brotli", total as f64 / 1000.0, "kB", Limit::AtMost(700.0));
    Ok(())
}

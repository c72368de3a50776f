//! Properties of whole runs, and the page that shows the transition tables.
#![expect(clippy::unwrap_used, reason = "tests")]

mod hostile;
mod properties;
mod snapshots;
mod speed;
mod states;
mod workflows;
mod world;

//! Properties of whole runs, and the page that shows the transition tables.
#![expect(clippy::unwrap_used, reason = "tests")]

mod properties;
mod speed;
mod states;
mod workflows;
mod world;

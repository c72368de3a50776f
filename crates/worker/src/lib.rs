//! The job runner: takes runs that are due, drives each one through the engine, performs its effects between two journal
//! entries, and gives it back when it ends or waits.

mod boot_clock;
mod budgets;
mod calls;
mod catalog;
mod claiming;
mod credentials;
mod distrust;
mod drive;
mod files;
mod held;
mod jobs;
mod keeping;
mod limits;
mod options;
mod overlays;
mod samples;
mod traces;
mod turns;
mod worker;

pub use budgets::Permits;
pub use catalog::Catalog;
pub use engine::Links;
pub use jobs::{After, JobHandler};
pub use limits::Use;
pub use options::Options;
pub use traces::{NoTraces, Traces};
pub use worker::{Parts, Slot, Worker};

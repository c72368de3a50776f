//! The job runner: takes runs that are due, drives each one through the engine, performs its effects between two journal
//! entries, and gives it back when it ends or waits.

mod boot_clock;
mod calls;
mod catalog;
mod claiming;
mod credentials;
mod drive;
mod held;
mod jobs;
mod keeping;
mod options;
mod samples;
mod worker;

pub use catalog::Catalog;
pub use jobs::{After, JobHandler};
pub use options::Options;
pub use worker::{Slot, Worker};

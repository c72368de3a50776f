//! The job runner with a real database, real calls to a server of the test's own, and a clock that stands still until told.
#![allow(clippy::unwrap_used, clippy::large_futures, reason = "tests")]

mod answers;
mod budgets;
mod calls;
mod certificates;
mod children;
mod connections;
mod control;
mod database;
mod failures;
mod fencing;
mod files;
mod gathering;
mod jobs;
mod kept;
mod lanes;
mod late;
mod long;
mod lookups;
mod loops;
mod outside;
mod payloads;
mod repeats;
mod scripts;
mod tokens;
mod unknown;
mod waits;
mod world;

//! The job runner with a real database, real calls to a server of the test's own, and a clock that stands still until told.
#![allow(clippy::unwrap_used, clippy::large_futures, reason = "tests")]

mod calls;
mod connections;
mod control;
mod database;
mod fencing;
mod jobs;
mod payloads;
mod repeats;
mod unknown;
mod waits;
mod world;

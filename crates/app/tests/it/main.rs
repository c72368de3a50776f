//! The binary as its users run it: processes, signals, files.
#![allow(clippy::unwrap_used, clippy::large_futures)]

mod backup;
mod canary;
mod cluster;
mod commands;
mod crash;
mod heartbeat;
mod instance;
mod metrics;
mod stories;
mod story;
mod torture;

//! Alerts from what the store holds to what arrives at the other side, with a clock that stands still until it is told to move.
#![allow(clippy::unwrap_used, reason = "tests")]

mod habit;
mod kinds;
mod outside;
mod rules;
mod sending;
mod watch;
mod world;

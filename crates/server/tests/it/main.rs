//! The server through its real router, with a real database.
#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod account;
mod app;
mod assets;
mod connections;
mod definitions;
mod guide;
mod health;
mod hooks;
mod input;
mod journal;
mod origin;
mod runs;
mod samples;
mod serving;
mod setup;
mod sse;
mod stream;
mod tokens;
mod workflows;

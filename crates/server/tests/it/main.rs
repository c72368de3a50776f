//! The server through its real router, with a real database.
#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod account;
mod app;
mod approvals;
mod assets;
mod callbacks;
mod connecting;
mod connections;
mod consent;
mod definitions;
mod guide;
mod health;
mod hooks;
mod input;
mod items;
mod journal;
mod origin;
mod polls;
mod publishing;
mod runs;
mod samples;
mod search;
mod serving;
mod setup;
mod sse;
mod stream;
mod tokens;
mod values;
mod vendor;
mod watching;
mod workflows;

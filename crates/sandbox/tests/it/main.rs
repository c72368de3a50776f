//! Simulated systems as connectors see them.
#![allow(clippy::unwrap_used)]

mod cases;
mod misbehaviour;
mod state;
mod world;

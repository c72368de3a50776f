//! Simulated systems as connectors see them.
#![allow(clippy::unwrap_used)]

mod cases;
mod events;
mod misbehaviour;
mod state;
mod world;

//! Simulated systems: what a connector's manifest asks for is answered in process, from its recorded cases and, where its folder has
//! a `sandbox.toml`, with a memory: what was made can be found, changed and deleted, and lists that are polled show it.
//!
//! [`Simulation`] stands behind `connect` in the place of the guard, for the connections that are marked as sandboxes. It opens no
//! socket. A call is answered by a pure function of the account and the request ([`simulate`]); the account is one document, read
//! and written around each call ([`Shelf`]).

mod account;
mod act;
mod behaviour;
mod book;
mod echo;
mod env;
mod happen;
mod json;
mod known;
mod mail;
mod multipart;
mod place;
mod record;
mod refusal;
mod request;
mod scripted;
mod shelf;
mod simulate;
mod simulation;
mod values;

pub use record::Records;
pub use shelf::{Memory, Shelf, Shelving};
pub use simulation::Simulation;

//! The types everyone shares: identifiers, workflow definitions and their edits, runs and their journal, the API's shapes.
//!
//! Pure: no clock, no randomness, no I/O. The server, the job runner and the browser all use this crate, so that a renamed
//! field is a compile error on every side.

pub mod api;
pub mod compare;
pub mod definition;
pub mod ids;
pub mod past;
mod problem;
mod role;
pub mod run;
pub mod shape;
pub mod step;
mod time;

pub use definition::WorkflowDefinition;
pub use expr::{Condition, Mapped};
pub use problem::{Place, Problem, Severity};
pub use role::Role;
pub use time::Timestamp;

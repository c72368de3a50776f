//! From the outside world to runs: a request, a slot of a schedule or a person's form is verified, recognised when it came
//! before, filtered, and stored as an event before anybody is told that it was accepted.

mod error;
mod handover;
mod ingest;
mod manual;
mod nesting;
mod replay;
pub mod schedule;
mod test_run;
mod webhook;

pub use error::Error;
pub use handover::{Handover, NoHandover, Reserved};
pub use ingest::Ingest;
pub use webhook::{Captured, HookReply, HookRequest};

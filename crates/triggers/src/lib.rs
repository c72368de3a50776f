//! From the outside world to runs: a request, a slot of a schedule or a person's form is verified, recognised when it came
//! before, filtered, and stored as an event before anybody is told that it was accepted.

pub mod app_webhook;
pub mod bulk;
mod error;
pub mod failure;
pub mod form;
pub mod habit;
mod handover;
mod happening;
mod ingest;
mod links;
mod manual;
mod nesting;
pub mod poll;
mod refusals;
mod replay;
pub mod schedule;
mod signing;
mod test_run;
pub mod trace;
mod webhook;

pub use error::Error;
pub use handover::{Handover, NoHandover, Reserved};
pub use ingest::Ingest;
pub use links::WaitLinks;
pub use signing::SigningKey;
pub use trace::Traces;
pub use webhook::{Captured, HookReply, HookRequest, read_answer};

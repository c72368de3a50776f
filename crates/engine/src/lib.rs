//! What happens next in a run: (definition, what the journal says, now) -> facts to record and calls to make. A [`Cursor`] keeps
//! where the run stands, so that a decision costs what has changed.
//!
//! Pure: no clock, no randomness, no I/O. The fold from journal to state is [`model::run::RunState::apply`]; this crate decides
//! which facts follow. One file per step kind stands in `step`, behind the table in `step/mod.rs`.

mod abandon;
mod batch;
mod context;
mod cursor;
mod decide;
mod decision;
mod inquiry;
mod items;
mod key;
mod key_limits;
mod links;
mod local;
mod moment;
mod needs;
mod outcome;
mod retry;
mod returns;
mod sight;
mod signal;
mod step;
mod values;
mod walk;
mod wall;

#[cfg(test)]
mod fixture;

pub use context::{Context, Links, OperationFacts, Operations, Payloads};
pub use cursor::Cursor;
pub use decide::decide;
pub use decision::{Call, Decision, Effect, Next, closes, intent, started};
pub use inquiry::{LookupOutcome, looked_up};
pub use key::idempotency_key;
pub use local::{ChildCall, CollectCall, KvChange, Local, LocalWork, StoreCall, StoreWork, child_started, local_ended};
pub use outcome::{outcome, recover, refused};
pub use signal::{Signal, cancel, late_body, signal};
pub use step::store_step;

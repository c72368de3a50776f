//! The code step: JavaScript in QuickJS, cut off from everything. A script sees its `input` and the facts of its `run`, and gives
//! back JSON; it has no network, files, timers, modules, randomness, and no clock but `run.now`.
//!
//! Time, memory, stack and output are limited. What a script says goes to its maker with the line and column it came from.

mod error;
mod inbound;
mod limits;
mod outbound;
mod place;
mod sandbox;
mod thread;

use serde_json::Value;

pub use error::{Error, Fault, Place};
pub use limits::Limits;

/// Runs the body of a function that sees `input` and `run`, and gives what it returns.
///
/// Blocks for [`Limits::time`] at most, and a moment longer where the script has to be left behind: call it where blocking is
/// allowed. Integers beyond 2^53 go in as BigInt, and a BigInt of 64 bits comes out as an integer.
pub fn run(source: &str, input: &Value, run: &Value, limits: &Limits) -> Result<Value, Error> {
    let (source, input, facts, limits) = (source.to_owned(), input.clone(), run.clone(), *limits);
    thread::within(limits.time, move || sandbox::run(&source, &input, &facts, &limits))
}

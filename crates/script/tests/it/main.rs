//! Scripts as their makers write them, and as their attackers do.

mod errors;
mod hostile;
mod time;
mod values;

use script::{Error, Limits};
use serde_json::{Value, json};

fn run(source: &str, input: Value) -> Result<Value, Error> {
    limited(source, input, Limits { time: std::time::Duration::from_secs(20), ..Limits::default() })
}

fn limited(source: &str, input: Value, limits: Limits) -> Result<Value, Error> {
    let facts = json!({ "id": "run_7", "now": "2026-01-02T03:04:05.678Z", "workflow": "Test" });
    script::run(source, &input, &facts, &limits)
}

fn output(source: &str, input: Value) -> Value {
    run(source, input).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The error's code and message.
fn failure(source: &str) -> (&'static str, String) {
    match run(source, json!({})) {
        Ok(value) => panic!("{source} gives {value}"),
        Err(error) => (error.code(), error.to_string()),
    }
}

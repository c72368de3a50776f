use model::Mapped;
use model::ids::StepId;
use model::step::{Store, StoreOp};
use serde_json::Value;

use super::known::Known;
use super::report::{Report, step_field};

const MOST_LISTED: u32 = 1_000;

pub(super) fn check(id: &StepId, store: &Store, report: &mut Report) {
    key(id, store, report);
    match &store.op {
        StoreOp::Get | StoreOp::Delete => {}
        StoreOp::List { limit } => {
            if limit.is_some_and(|limit| !(1..=MOST_LISTED).contains(&limit)) {
                let message = format!("A list holds 1 to {MOST_LISTED} entries");
                report.error(step_field(id, "limit"), "store_limit", message);
            }
        }
        StoreOp::Increment { by } => {
            let Some(by) = by else { return };
            match Known::of(Some(by)) {
                Known::Value(by) if is_number(&by) => {}
                Known::Dynamic => {}
                Known::Missing | Known::Value(_) => {
                    report.error(step_field(id, "by"), "store_number", "What is added is a number; leave it away to count by 1");
                }
            }
        }
        StoreOp::Set { value } | StoreOp::AppendIfAbsent { value } | StoreOp::CompareAndSet { value, .. } => {
            check_value(id, value, report);
        }
    }
}

fn key(id: &StepId, store: &Store, report: &mut Report) {
    if matches!(store.op, StoreOp::List { .. }) && Known::of(Some(&store.key)).is_empty() {
        return;
    }
    let place = || step_field(id, "key");
    match Known::of(Some(&store.key)) {
        known if known.is_empty() => {
            report.error(place(), "required", "Say under which key the value is kept");
        }
        Known::Value(key) if key.is_array() || key.is_object() => {
            report.error(place(), "store_key", "A key is text or a number");
        }
        Known::Value(key) => {
            let text = key.as_str().unwrap_or_default();
            if text.chars().count() > Store::MAX_KEY_CHARS {
                report.error(place(), "store_key", format!("A key has at most {} characters", Store::MAX_KEY_CHARS));
            } else if text.chars().any(char::is_control) {
                report.error(place(), "store_key", "The key holds a line end or another control character; take it out");
            }
        }
        Known::Missing | Known::Dynamic => {}
    }
}

fn check_value(id: &StepId, value: &Mapped, report: &mut Report) {
    match Known::of(Some(value)) {
        Known::Missing => {
            report.error(step_field(id, "value"), "required", "Choose the value to keep");
        }
        Known::Value(value) if value.to_string().len() > Store::MAX_VALUE_BYTES => {
            let message = format!("A kept value has at most {} kB", Store::MAX_VALUE_BYTES / 1024);
            report.error(step_field(id, "value"), "store_value", message);
        }
        Known::Value(_) | Known::Dynamic => {}
    }
}

fn is_number(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.trim().parse::<serde_json::Number>().is_ok())
}

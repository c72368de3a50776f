//! Values that outlive runs: what a step asks for, and what that does to the entry of its key.

mod apply;

use expr::Mapped;
use model::{
    run::{Datum, Hold, RunEventKind, StepError, StepStatus},
    step::{Store, StoreOp},
};
use serde_json::{Map, Number, Value};

pub use apply::store_step;

use super::At;
use crate::{
    LocalWork, StoreCall, StoreWork,
    values::{bad_input, required},
    walk::{Flow, Walk},
};

const MOST_LISTED: u32 = 1_000;
const LISTED: u32 = 100;

/// Output: see [`Store`].
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, store: &'a Store) -> Flow {
    match walk.status(at.path) {
        StepStatus::Pending => {
            if !walk.loaded(at.path, at.step) {
                return Flow::Blocked;
            }
            let mut notes = Vec::new();
            let input = match input(walk, store, &mut notes) {
                Ok(input) => Datum::new(Value::Object(input)),
                Err(error) => return walk.fail(at.id, at.path, at.step, error),
            };
            walk.emit(RunEventKind::StepReady { path: at.path.clone(), input, notes });
            ask(walk, at, store)
        }
        StepStatus::Ready => ask(walk, at, store),
        _ => walk.wait(at.path, None, Some(Hold::System)),
    }
}

/// `{key}` and what the operation takes, evaluated once: every decision asks for the same.
fn input(walk: &Walk<'_>, store: &Store, notes: &mut Vec<expr::Note>) -> Result<Map<String, Value>, Box<StepError>> {
    let mut input = Map::new();
    let mut take = |name: &str, mapped: &Mapped, needed: bool| {
        let field = walk.field(mapped, name)?;
        if field.value.is_none() && needed {
            return Err(Box::new(required(name, name, &field.notes)));
        }
        notes.extend(field.notes);
        input.extend(field.value.map(|value| (name.to_owned(), value)));
        Ok(())
    };
    let is_list = matches!(store.op, StoreOp::List { .. });
    take("key", &store.key, !is_list)?;
    match &store.op {
        StoreOp::Get | StoreOp::List { .. } | StoreOp::Delete => {}
        StoreOp::Set { value } | StoreOp::AppendIfAbsent { value } => take("value", value, true)?,
        StoreOp::Increment { by } => by.iter().try_for_each(|by| take("by", by, true))?,
        StoreOp::CompareAndSet { expected, value } => {
            take("expected", expected, false)?;
            take("value", value, true)?;
        }
    }
    let key = key(input.get("key"), is_list)?;
    input.insert("key".into(), key.into());
    if let Some(by) = input.get("by") {
        let by = number(by)?;
        input.insert("by".into(), Value::Number(by));
    }
    if let Some(value) = input.get("value") {
        apply::check_size(value)?;
    }
    Ok(input)
}

fn key(given: Option<&Value>, may_be_empty: bool) -> Result<String, Box<StepError>> {
    let key = match given {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(scalar @ (Value::Number(_) | Value::Bool(_))) => scalar.to_string(),
        Some(Value::Array(_) | Value::Object(_)) => {
            let message = "The key is a list or an object. Choose a field that holds text or a number.";
            return Err(Box::new(bad_input("key", "store.key", message)));
        }
    };
    let chars = key.chars().count();
    if chars > Store::MAX_KEY_CHARS {
        let message = format!("A key has at most {} characters; this one has {chars}.", Store::MAX_KEY_CHARS);
        return Err(Box::new(bad_input("key", "store.key", message)));
    }
    if key.trim().is_empty() && !may_be_empty {
        return Err(Box::new(bad_input("key", "store.key", "The key is empty. Say under what the value is kept.")));
    }
    if key.chars().any(char::is_control) {
        return Err(Box::new(bad_input("key", "store.key", "The key holds a line end or another control character.")));
    }
    Ok(key)
}

fn number(by: &Value) -> Result<Number, Box<StepError>> {
    let read = match by {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    read.ok_or_else(|| Box::new(bad_input("by", "store.not_a_number", "What is to be added is not a number.")))
}

fn ask(walk: &mut Walk<'_>, at: At<'_, '_>, store: &Store) -> Flow {
    let input = walk.step_state(at.path).and_then(|step| step.input.clone()).unwrap_or_else(|| Datum::new(Value::Null));
    let Some(input) = walk.value(at.path, &input) else { return Flow::Blocked };
    let value = || input["value"].clone();
    let work = match &store.op {
        StoreOp::Get => StoreWork::Get,
        StoreOp::Set { .. } => StoreWork::Set { value: value() },
        StoreOp::Increment { .. } => {
            StoreWork::Increment { by: input["by"].as_number().cloned().unwrap_or_else(|| Number::from(1)) }
        }
        StoreOp::AppendIfAbsent { .. } => StoreWork::AppendIfAbsent { value: value() },
        StoreOp::List { limit } => StoreWork::List { limit: limit.unwrap_or(LISTED).clamp(1, MOST_LISTED) },
        StoreOp::Delete => StoreWork::Delete,
        StoreOp::CompareAndSet { .. } => StoreWork::CompareAndSet { expected: input.get("expected").cloned(), value: value() },
    };
    let key = input["key"].as_str().unwrap_or_default().to_owned();
    walk.local(at.id, at.path, LocalWork::Store(StoreCall { scope: store.scope, key, work }))
}

#[cfg(test)]
mod tests;

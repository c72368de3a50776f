//! What a condition looked at, for a person to read.

use expr::{Condition, Limits, Mapped, Outcome};
use serde_json::{Map, Value, json};

use crate::walk::Walk;

/// Comparisons shown of one condition.
const MOST_TESTS: usize = 20;
/// A value whose JSON is longer, in bytes, is shown cut off.
const MOST_BYTES: usize = 240;

/// `[{left, op, right, result}]`, raw expressions as `{expression, result}`; a missing side is left out. `result`: of the whole.
pub(super) fn comparisons(walk: &Walk<'_>, condition: &Condition, result: bool) -> Vec<Value> {
    let mut shown = Vec::new();
    let mut open = vec![condition];
    while let Some(next) = open.pop() {
        if shown.len() >= MOST_TESTS {
            break;
        }
        // The only comparison there is has the result of the whole.
        let own = || {
            if std::ptr::eq(next, condition) { Some(result) } else { expr::test(next, &walk.scope.data, &Limits::default()).ok() }
        };
        match next {
            Condition::All(inner) | Condition::Any(inner) => open.extend(inner.iter().rev()),
            Condition::Not(inner) => open.push(inner),
            Condition::Test(test) => {
                let mut entry = Map::new();
                if let Some(left) = value(walk, &test.left) {
                    entry.insert("left".into(), left);
                }
                entry.insert("op".into(), json!(test.op));
                if let Some(right) = test.right.as_ref().filter(|_| test.op.takes_right()).and_then(|right| value(walk, right)) {
                    entry.insert("right".into(), right);
                }
                entry.insert("result".into(), json!(own()));
                shown.push(Value::Object(entry));
            }
            Condition::Expr(text) => shown.push(json!({ "expression": cut(text), "result": own() })),
        }
    }
    shown
}

fn value(walk: &Walk<'_>, mapped: &Mapped) -> Option<Value> {
    match expr::evaluate(mapped, &walk.scope.data, &Limits::default()).ok()?.outcome {
        Outcome::Missing => None,
        Outcome::Value(Value::String(text)) => Some(Value::String(cut(&text))),
        Outcome::Value(value @ (Value::Array(_) | Value::Object(_))) => {
            let text = value.to_string();
            Some(if text.len() > MOST_BYTES { Value::String(cut(&text)) } else { value })
        }
        Outcome::Value(value) => Some(value),
    }
}

fn cut(text: &str) -> String {
    if text.len() <= MOST_BYTES {
        return text.to_owned();
    }
    let mut end = MOST_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

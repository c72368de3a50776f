//! What steps of a kind gave, as a sentence: memory, gathering, other workflows.

use model::{api::RunStep, run::Datum};
use serde_json::Value;

use crate::text::run as t;

/// The sentence; nothing for kinds whose output says it all.
pub fn said(step: &RunStep) -> Option<String> {
    let output = step.state.output.as_ref().and_then(Datum::inline)?;
    match step.kind.as_str() {
        "store" => stored(output),
        "collect" => collected(output),
        "lookup" => output.get("matched").and_then(Value::as_bool).map(|matched| t::looked_up(matched).to_owned()),
        _ => None,
    }
}

fn stored(output: &Value) -> Option<String> {
    let flag = |key: &str| output.get(key).and_then(Value::as_bool);
    let test = flag("test").unwrap_or(false) || flag("tested").unwrap_or(false);
    let words = if let Some(found) = flag("found") {
        t::store_found(found).to_owned()
    } else if let Some(added) = flag("added") {
        t::store_added(added, output.get("count").and_then(Value::as_u64))
    } else if let Some(set) = flag("set") {
        t::store_set_if(set).to_owned()
    } else if let Some(entries) = output.get("entries").and_then(Value::as_array) {
        t::store_listed(entries.len(), flag("more") == Some(true))
    } else if let Some(previous) = output.get("previous") {
        t::store_changed(!previous.is_null()).to_owned()
    } else {
        let number = output.get("value").filter(|value| value.is_number())?;
        t::store_counted(&number.to_string())
    };
    Some(if test { format!("{words} {}", t::STORE_TEST) } else { words })
}

fn collected(output: &Value) -> Option<String> {
    if let Some(items) = output.get("items").and_then(Value::as_array) {
        let by = output.get("closed_by").and_then(Value::as_str).unwrap_or_default();
        return Some(t::collect_closed(items.len(), by));
    }
    output.get("position").and_then(Value::as_u64).map(t::collect_joined)
}

#[cfg(test)]
mod tests {
    use model::run::{StepState, StepStatus};
    use serde_json::json;

    use super::*;

    fn of(kind: &str, output: Value) -> Option<String> {
        let state = StepState { status: StepStatus::Succeeded, output: Some(Datum::new(output)), ..StepState::default() };
        said(&RunStep { path: "s".into(), step: "s".into(), label: "S".into(), kind: kind.into(), state })
    }

    #[test]
    fn outputs_read_as_sentences() {
        assert_eq!(of("store", json!({"found": false, "value": null})).as_deref(), Some("Nothing was kept under this name."));
        assert_eq!(of("store", json!({"value": 5})).as_deref(), Some("It counts 5 now."));
        assert!(of("store", json!({"added": true, "count": 3})).unwrap().contains('3'));
        assert!(of("collect", json!({"items": [1, 2], "count": 2, "key": "", "closed_by": "time"})).unwrap().contains('2'));
        assert!(of("collect", json!({"batch": "b", "position": 4})).unwrap().contains('4'));
        assert_eq!(of("set", json!({"value": 5})), None);
    }
}

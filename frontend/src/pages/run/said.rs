//! What steps of a kind gave, as a sentence: memory, gathering, tables.

use model::{api::RunStep, run::Datum};
use serde_json::Value;

use crate::text::run as t;

/// What an output says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Found(bool),
    /// And how many there are now.
    Added(bool, Option<u64>),
    /// Whether it was still as expected.
    SetIf(bool),
    /// And whether there are more.
    Listed(usize, bool),
    /// Whether something stood there before.
    Changed(bool),
    Counted(String),
    /// So many parts, and why then.
    Closed(usize, String),
    Joined(u64),
    LookedUp(bool),
}

/// What a step's output says; nothing for kinds whose output says it all.
pub fn said(step: &RunStep) -> Option<Said> {
    let output = step.state.output.as_ref().and_then(Datum::inline)?;
    match step.kind.as_str() {
        "store" => stored(output),
        "collect" => collected(output),
        "lookup" => output.get("matched").and_then(Value::as_bool).map(Said::LookedUp),
        _ => None,
    }
}

/// Whether a test only went through the motions.
pub fn simulated(step: &RunStep) -> bool {
    step.state.output.as_ref().and_then(Datum::inline).and_then(|output| output.get("simulated")?.as_bool()) == Some(true)
}

fn stored(output: &Value) -> Option<Said> {
    let flag = |key: &str| output.get(key).and_then(Value::as_bool);
    if let Some(found) = flag("found") {
        Some(Said::Found(found))
    } else if let Some(added) = flag("added") {
        Some(Said::Added(added, output.get("count").and_then(Value::as_u64)))
    } else if let Some(set) = flag("set") {
        Some(Said::SetIf(set))
    } else if let Some(entries) = output.get("entries").and_then(Value::as_array) {
        Some(Said::Listed(entries.len(), flag("more") == Some(true)))
    } else if let Some(previous) = output.get("previous") {
        Some(Said::Changed(!previous.is_null()))
    } else {
        output.get("value").filter(|value| value.is_number()).map(|number| Said::Counted(number.to_string()))
    }
}

fn collected(output: &Value) -> Option<Said> {
    if let Some(items) = output.get("items").and_then(Value::as_array) {
        let by = output.get("closed_by").and_then(Value::as_str).unwrap_or_default();
        return Some(Said::Closed(items.len(), by.to_owned()));
    }
    output.get("position").and_then(Value::as_u64).map(Said::Joined)
}

impl Said {
    pub fn words(&self) -> String {
        match self {
            Said::Found(found) => t::store_found(*found).to_owned(),
            Said::Added(added, count) => t::store_added(*added, *count),
            Said::SetIf(set) => t::store_set_if(*set).to_owned(),
            Said::Listed(count, more) => t::store_listed(*count, *more),
            Said::Changed(was_there) => t::store_changed(*was_there).to_owned(),
            Said::Counted(number) => t::store_counted(number),
            Said::Closed(count, by) => t::collect_closed(*count, by),
            Said::Joined(position) => t::collect_joined(*position),
            Said::LookedUp(matched) => t::looked_up(*matched).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::run::{StepState, StepStatus};
    use serde_json::json;

    use super::*;

    fn of(kind: &str, output: Value) -> Option<Said> {
        let state = StepState { status: StepStatus::Succeeded, output: Some(Datum::new(output)), ..StepState::default() };
        said(&RunStep { path: "s".into(), step: "s".into(), label: "S".into(), kind: kind.into(), state, wait_url: None })
    }

    #[test]
    fn outputs_are_told_apart() {
        assert_eq!(of("store", json!({"found": false, "value": null})), Some(Said::Found(false)));
        assert_eq!(of("store", json!({"value": 5})), Some(Said::Counted("5".into())));
        assert_eq!(of("store", json!({"added": true, "count": 3})), Some(Said::Added(true, Some(3))));
        assert_eq!(of("store", json!({"previous": null})), Some(Said::Changed(false)));
        let closed = json!({"items": [1, 2], "count": 2, "key": "", "closed_by": "time"});
        assert_eq!(of("collect", closed), Some(Said::Closed(2, "time".into())));
        assert_eq!(of("collect", json!({"batch": "b", "position": 4})), Some(Said::Joined(4)));
        assert_eq!(of("set", json!({"value": 5})), None);
    }
}

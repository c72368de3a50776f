//! Definitions for the tests.

use model::{WorkflowDefinition, ids::StepId};
use serde_json::{Value, json};

pub(crate) fn set() -> Value {
    json!({ "type": "set", "fields": [] })
}

/// A branch with an arm per body; arms are called `x0`, `x1` ...
pub(crate) fn branch(bodies: &[&[&str]]) -> Value {
    let arms: Vec<Value> =
        bodies.iter().enumerate().map(|(n, body)| json!({ "id": format!("x{n}"), "label": "", "body": body })).collect();
    json!({ "type": "branch", "mode": "first", "arms": arms })
}

pub(crate) fn workflow(body: &[&str], steps: &[(&str, Value)]) -> WorkflowDefinition {
    let mut def = WorkflowDefinition { body: body.iter().map(|id| StepId::from(*id)).collect(), ..WorkflowDefinition::default() };
    for (id, kind) in steps {
        let step = serde_json::from_value(json!({ "slug": id, "label": id, "kind": kind })).unwrap();
        def.steps.insert(StepId::from(*id), step);
    }
    def
}

/// Two triggers, a filter, a branch with a step, an empty arm and another branch in it, and a step after the join.
pub(crate) fn sample() -> WorkflowDefinition {
    let steps = [
        ("filter", json!({ "type": "filter", "condition": { "all": [] } })),
        ("size", branch(&[&["contact", "tell"], &["welcome", "inner"]])),
        ("contact", set()),
        ("tell", json!({ "type": "stop", "result": "success" })),
        ("welcome", set()),
        ("inner", branch(&[&[], &["deep"]])),
        ("deep", set()),
        ("after", set()),
    ];
    let mut def = workflow(&["filter", "size", "after"], &steps);
    for (id, kind) in [("hook", json!({ "type": "manual" })), ("daily", json!({ "type": "schedule", "cron": "0 9 * * *" }))] {
        def.triggers.push(serde_json::from_value(json!({ "id": id, "label": id, "kind": kind })).unwrap());
    }
    def
}

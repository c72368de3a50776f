//! Random workflows: nested branches, filters, sets, delays, answers, stops and calls with random policies.

use model::{
    WorkflowDefinition,
    ids::StepId,
    step::{Step, StepKind},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A step without its id, and the bodies of its arms.
#[derive(Debug, Clone)]
pub enum Shape {
    Leaf(Value),
    Branch { all: bool, arms: Vec<(Option<u8>, Vec<Shape>)> },
}

/// Retries are many enough that neither failures nor crashes use them up.
pub fn patient() -> impl Strategy<Value = WorkflowDefinition> {
    definition(Just(json!({ "retry": { "max_attempts": 20, "first_delay_ms": 10, "max_delay_ms": 1000 } })).boxed())
}

pub fn varied() -> impl Strategy<Value = WorkflowDefinition> {
    let policy = (1_u32..5, prop::sample::select(vec!["ask", "retry", "fail"]), prop::bool::weighted(0.3)).prop_map(
        |(most, unknown, go_on)| {
            json!({
                "retry": { "max_attempts": most, "first_delay_ms": 1000, "max_delay_ms": 5000 },
                "on_unknown": unknown,
                "on_error": if go_on { "continue" } else { "stop" },
            })
        },
    );
    definition(policy.boxed())
}

fn definition(policy: BoxedStrategy<Value>) -> impl Strategy<Value = WorkflowDefinition> {
    (body(policy), prop::option::weighted(0.1, 1_000_u64..100_000)).prop_map(|(shapes, limit)| {
        let mut def = WorkflowDefinition::default();
        let mut before = Vec::new();
        def.body = place(&mut def, shapes, &mut before);
        def.settings.run_timeout_ms = limit;
        def
    })
}

fn body(policy: BoxedStrategy<Value>) -> impl Strategy<Value = Vec<Shape>> {
    let leaf = prop_oneof![
        6 => (policy, prop::bool::weighted(0.2)).prop_map(|(policy, connected)| {
            let mut kind = json!({ "type": "action", "connector": "http", "version": 1, "operation": "request",
                "input": { "url": { "literal": "http://x.example" } } });
            if connected {
                kind["connection"] = json!(model::ids::ConnectionId(5).to_string());
            }
            json!({ "kind": kind, "policy": policy })
        }),
        3 => Just(json!({ "kind": { "type": "set", "fields": [] } })),
        1 => (0_u8..8).prop_map(|n| json!({ "kind": { "type": "filter", "condition": bit(n) } })),
        1 => (0_u64..5000).prop_map(|ms| json!({ "kind": { "type": "delay", "for": { "ms": ms } } })),
        1 => Just(json!({ "kind": { "type": "respond", "status": 200, "body": "null" } })),
        1 => Just(json!({ "kind": { "type": "set", "fields": [] }, "disabled": true })),
    ];
    let stop = prop::sample::select(vec!["success", "filtered", "failure"])
        .prop_map(|r| json!({ "kind": { "type": "stop", "result": r } }));
    let leaf = prop_oneof![20 => leaf, 1 => stop].prop_map(Shape::Leaf);
    let shape = leaf.prop_recursive(3, 24, 4, |inner| {
        let arm = (prop::option::weighted(0.7, 0_u8..8), prop::collection::vec(inner, 0..4));
        (prop::bool::ANY, prop::collection::vec(arm, 1..4)).prop_map(|(all, arms)| Shape::Branch { all, arms })
    });
    prop::collection::vec(shape, 0..6)
}

/// True for half of the events.
fn bit(n: u8) -> Value {
    json!({ "test": { "left": { "template": [{ "pill": { "source": "event", "path": [n.to_string()] } }] }, "op": "is_true" } })
}

/// Gives ids, in reading order; every step looks at the output of the one before it, where there is one.
fn place(def: &mut WorkflowDefinition, shapes: Vec<Shape>, before: &mut Vec<String>) -> Vec<StepId> {
    let mut body = Vec::new();
    for shape in shapes {
        let id = format!("s{}", def.steps.len());
        let seen = before
            .last()
            .map(|last| json!({ "template": [{ "text": "after " }, { "expr": format!("{last} | default('nothing')") }] }));
        let mut step = json!({ "slug": id, "label": id });
        // Its place is taken before those of the steps in its arms.
        def.steps.insert(
            StepId(id.clone()),
            serde_json::from_value(with_kind(&step, json!({ "type": "set", "fields": [] }))).unwrap(),
        );
        match shape {
            Shape::Leaf(leaf) => {
                for (key, value) in leaf.as_object().unwrap() {
                    step[key] = value.clone();
                }
                if let Some(seen) = seen {
                    match step["kind"]["type"].as_str() {
                        Some("set") => step["kind"]["fields"] = json!([{ "name": "seen", "value": seen }]),
                        Some("action") => step["kind"]["input"]["body"] = seen,
                        _ => {}
                    }
                }
            }
            Shape::Branch { all, arms } => {
                let mut placed = Vec::new();
                for (at, (condition, shapes)) in arms.into_iter().enumerate() {
                    let mut inside = before.clone();
                    let mut arm = json!({ "id": format!("arm{at}"), "label": "", "body": place(def, shapes, &mut inside) });
                    if let Some(n) = condition {
                        arm["condition"] = bit(n);
                    }
                    placed.push(arm);
                }
                step["kind"] = json!({ "type": "branch", "mode": if all { "all" } else { "first" }, "arms": placed });
            }
        }
        let step: Step = serde_json::from_value(step).unwrap();
        if !matches!(step.kind, StepKind::Stop(_)) {
            before.push(id.clone());
        }
        def.steps.insert(StepId(id.clone()), step);
        body.push(StepId(id));
    }
    body
}

fn with_kind(step: &Value, kind: Value) -> Value {
    let mut step = step.clone();
    step["kind"] = kind;
    step
}

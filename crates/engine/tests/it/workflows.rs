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
    Branch {
        all: bool,
        arms: Vec<(Option<u8>, Vec<Shape>)>,
    },
    ForEach {
        items: usize,
        concurrency: u32,
        skip: bool,
        output: bool,
        body: Vec<Shape>,
        error: Option<Vec<Shape>>,
    },
    Repeat {
        rounds: u32,
        bit: u8,
        pause_ms: u64,
        body: Vec<Shape>,
    },
    Parallel {
        first: bool,
        arms: Vec<Vec<Shape>>,
    },
    Section {
        body: Vec<Shape>,
        error: Option<Vec<Shape>>,
    },
    /// Waits for an answer.
    Wait {
        timeout_ms: u64,
        late: Option<Vec<Shape>>,
    },
    /// Below the top level, nothing.
    Collect,
    /// Where there is no loop to leave, nothing.
    Leave {
        stop: bool,
    },
    /// A step that fails.
    Fails,
}

/// Where a shape is placed.
#[derive(Clone, Copy)]
struct Around {
    /// Nothing may depend on what is faster.
    calm: bool,
    in_loop: bool,
    top: bool,
    /// Something else may be going on beside it in its loop; in the run; beside what would fail with it.
    loop_races: bool,
    run_races: bool,
    failure_races: bool,
}

/// Retries are many enough that neither failures nor crashes use them up.
pub fn patient() -> impl Strategy<Value = WorkflowDefinition> {
    definition(Just(json!({ "retry": { "max_attempts": 20, "first_delay_ms": 10, "max_delay_ms": 1000 } })).boxed(), true)
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
    definition(policy.boxed(), false)
}

fn definition(policy: BoxedStrategy<Value>, calm: bool) -> impl Strategy<Value = WorkflowDefinition> {
    (body(policy), prop::option::weighted(0.1, 1_000_u64..100_000)).prop_map(move |(shapes, limit)| {
        let mut def = WorkflowDefinition::default();
        let mut before = Vec::new();
        let around = Around { calm, in_loop: false, top: true, loop_races: false, run_races: false, failure_races: false };
        def.body = place(&mut def, shapes, &mut before, around);
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
        1 => prop::bool::ANY.prop_map(|wait| {
            json!({ "kind": { "type": "sub_workflow", "workflow": model::ids::WorkflowId(9).to_string(), "wait": wait } })
        }),
        1 => Just(json!({ "kind": { "type": "code", "source": "return input", "input": {} } })),
        1 => Just(json!({ "kind": { "type": "store", "key": { "literal": "k" }, "op": { "type": "increment" } } })),
        1 => Just(json!({ "kind": { "type": "set", "fields": [] }, "disabled": true })),
    ];
    let stop = prop::sample::select(vec!["success", "filtered", "failure"])
        .prop_map(|r| json!({ "kind": { "type": "stop", "result": r } }));
    let leaf = prop_oneof![20 => leaf, 1 => stop].prop_map(Shape::Leaf);
    let leave = prop::bool::ANY.prop_map(|stop| Shape::Leave { stop });
    let wait =
        prop::sample::select(vec![1_000_u64, 40_000, 3_600_000]).prop_map(|timeout_ms| Shape::Wait { timeout_ms, late: None });
    let leaf = prop_oneof![20 => leaf, 2 => leave, 2 => Just(Shape::Fails), 1 => wait, 1 => Just(Shape::Collect)];
    let shape = leaf.prop_recursive(3, 24, 4, |inner| {
        let body = prop::collection::vec(inner, 0..4);
        let arm = (prop::option::weighted(0.7, 0_u8..8), body.clone());
        let branch = (prop::bool::ANY, prop::collection::vec(arm, 1..4)).prop_map(|(all, arms)| Shape::Branch { all, arms });
        let error = prop::option::weighted(0.4, body.clone());
        let each = (0_usize..6, 1_u32..4, prop::bool::ANY, prop::bool::ANY, body.clone(), error).prop_map(
            |(items, concurrency, skip, output, body, error)| Shape::ForEach { items, concurrency, skip, output, body, error },
        );
        let wait = (prop::sample::select(vec![1_000_u64, 40_000]), body.clone())
            .prop_map(|(timeout_ms, late)| Shape::Wait { timeout_ms, late: Some(late) });
        let repeat = (1_u32..4, 0_u8..8, prop::sample::select(vec![0_u64, 700]), body.clone())
            .prop_map(|(rounds, bit, pause_ms, body)| Shape::Repeat { rounds, bit, pause_ms, body });
        let parallel = (prop::bool::ANY, prop::collection::vec(body.clone(), 1..4))
            .prop_map(|(first, arms)| Shape::Parallel { first, arms });
        let section = (body.clone(), prop::option::weighted(0.7, body)).prop_map(|(body, error)| Shape::Section { body, error });
        prop_oneof![3 => branch, 3 => each, 1 => repeat, 2 => parallel, 2 => section, 1 => wait]
    });
    prop::collection::vec(shape, 0..6)
}

/// True for half of the events.
fn bit(n: u8) -> Value {
    json!({ "test": { "left": { "template": [{ "pill": { "source": "event", "path": [n.to_string()] } }] }, "op": "is_true" } })
}

/// Gives ids, in reading order; every step looks at the output of the one before it, where there is one.
fn place(def: &mut WorkflowDefinition, shapes: Vec<Shape>, before: &mut Vec<String>, outer: Around) -> Vec<StepId> {
    let mut body = Vec::new();
    let around = Around { top: false, ..outer };
    for shape in shapes {
        let id = format!("s{}", def.steps.len());
        let seen = before
            .last()
            .map(|last| json!({ "template": [{ "text": "after " }, { "expr": format!("{last} | default('nothing')") }] }));
        let mut step = json!({ "slug": id, "label": id, "kind": { "type": "set", "fields": [] } });
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
                let kind = step["kind"]["type"].as_str().unwrap_or_default();
                let ends_or_fails =
                    kind == "stop" && around.run_races || matches!(kind, "code" | "store") && around.failure_races;
                if around.calm && ends_or_fails {
                    step["kind"] = json!({ "type": "set", "fields": [] });
                }
                let seen = match (seen, around.in_loop) {
                    (seen, false) => seen,
                    (_, true) => Some(json!({ "expr": "loop.index ~ ':' ~ (item | default('round'))" })),
                };
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
                    let body = place(def, shapes, &mut before.clone(), around);
                    let mut arm = json!({ "id": format!("arm{at}"), "label": "", "body": body });
                    if let Some(n) = condition {
                        arm["condition"] = bit(n);
                    }
                    placed.push(arm);
                }
                step["kind"] = json!({ "type": "branch", "mode": if all { "all" } else { "first" }, "arms": placed });
            }
            Shape::ForEach { items, concurrency, skip, output, body, error } => {
                let many = concurrency > 1;
                let races = many || around.failure_races;
                let inside = Around {
                    in_loop: true,
                    loop_races: many,
                    run_races: around.run_races || many,
                    failure_races: !skip && error.is_none() && races,
                    ..around
                };
                let body = place(def, body, &mut before.clone(), inside);
                let error = error.map(|error| place(def, error, &mut before.clone(), Around { failure_races: races, ..inside }));
                let items: Vec<usize> = (0..items).collect();
                step["kind"] = json!({ "type": "for_each", "over": { "literal": items }, "concurrency": concurrency, "body": body,
                    "on_item_error": if skip { "skip" } else { "stop" } });
                if let Some(error) = error {
                    step["kind"]["on_item_error"] = json!("body");
                    step["kind"]["error_body"] = json!(error);
                }
                if output {
                    step["kind"]["output"] = json!({ "expr": "item * 10" });
                }
            }
            Shape::Repeat { rounds, bit: n, pause_ms, body } => {
                let body = place(def, body, &mut before.clone(), Around { in_loop: true, loop_races: false, ..around });
                let until = json!({ "any": [{ "all": [bit(n), { "expr": "loop.index >= 1" }] }] });
                step["kind"] =
                    json!({ "type": "repeat_until", "until": until, "max": rounds, "pause_ms": pause_ms, "body": body });
            }
            Shape::Parallel { first, arms } => {
                let inside = Around { loop_races: true, run_races: true, failure_races: true, ..around };
                let arms: Vec<Value> = arms
                    .into_iter()
                    .enumerate()
                    .map(|(at, body)| {
                        let body = place(def, body, &mut before.clone(), inside);
                        json!({ "id": format!("arm{at}"), "label": "", "body": body })
                    })
                    .collect();
                let join = if first && !around.calm { "first" } else { "all" };
                step["kind"] = json!({ "type": "parallel", "join": join, "arms": arms });
            }
            Shape::Section { body, error } => {
                let caught = Around { failure_races: around.failure_races && error.is_none(), ..around };
                let body = place(def, body, &mut before.clone(), caught);
                step["kind"] = json!({ "type": "section", "body": body });
                if let Some(error) = error {
                    step["kind"]["error_body"] = json!(place(def, error, &mut before.clone(), around));
                }
            }
            Shape::Wait { timeout_ms, late } => {
                step["kind"] = json!({ "type": "wait", "until": { "type": "callback" }, "timeout_ms": timeout_ms });
                let late = late.or_else(|| (around.calm && around.failure_races).then(Vec::new));
                if let Some(late) = late {
                    step["kind"]["timeout_body"] = json!(place(def, late, &mut before.clone(), around));
                }
            }
            Shape::Collect => {
                if outer.top {
                    step["kind"] = json!({ "type": "collect", "item": { "literal": 1 }, "count": 5 });
                }
            }
            Shape::Leave { stop } => {
                if around.in_loop && !(around.calm && around.loop_races) {
                    step["kind"] = json!({ "type": if stop { "break" } else { "continue" } });
                }
            }
            Shape::Fails => {
                if !(around.calm && around.failure_races) {
                    let field = json!({ "name": "x", "value": { "expr": "event.nothing" }, "required": true });
                    step["kind"] = json!({ "type": "set", "fields": [field] });
                }
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

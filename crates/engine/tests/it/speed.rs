//! Prints how long large runs take; asserts that they end, and that the work for each element of a loop does not depend on how many
//! there are.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use engine::{Context, Cursor, Effect, Next, Payloads, decide, outcome, started};
use model::{
    Timestamp, WorkflowDefinition,
    ids::{RunId, StepId},
    run::{CallOutcome, EffectClass, RunEvent, RunEventKind, RunKind, RunState, RunStatus},
};
use serde_json::{Value, json};

use crate::world::{Http, Outside, World};

#[test]
fn large_runs_are_decided_fast() {
    for (calls, steps) in [(false, 500), (false, 2000), (true, 200)] {
        let mut def = WorkflowDefinition::default();
        for n in 0..steps {
            let id = format!("s{n}");
            let value =
                json!({ "template": [{ "text": "after " }, { "expr": format!("s{}.value | default('x')", n.max(1) - 1) }] });
            let value = if n == 0 { json!({ "literal": "x" }) } else { value };
            let kind = if calls {
                json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "input": { "url": { "literal": "http://x.example" } } })
            } else {
                json!({ "type": "set", "fields": [{ "name": "value", "value": if n % 2 == 0 { json!({ "literal": n }) } else { value } }] })
            };
            let policy = json!({ "retry": { "first_delay_ms": 1 } });
            let step = serde_json::from_value(json!({ "slug": id, "label": id, "kind": kind, "policy": policy })).unwrap();
            def.steps.insert(StepId(id.clone()), step);
            def.body.push(StepId(id));
        }
        let mut world = World::new(&def, 0, Outside::new(1, false, EffectClass::Safe), BTreeSet::new());
        let began = Instant::now();
        world.drive();
        let took = began.elapsed();
        let began = Instant::now();
        let state = RunState::fold(&world.journal);
        println!(
            "{steps} steps, calls {calls}: {} facts, driven in {took:?}, folded in {:?}",
            world.journal.len(),
            began.elapsed()
        );
        assert_eq!(state.status, RunStatus::Succeeded);
    }
}

/// A loop with a call in it, as a worker drives it: 16 at a time, one outcome after the other. Gives the steps looked at and the
/// journal.
fn drive_loop(items: usize) -> (u64, Vec<RunEvent>, RunState) {
    let mut def = WorkflowDefinition { body: vec!["each".into()], ..WorkflowDefinition::default() };
    let kinds = [
        ("each", json!({ "type": "for_each", "over": { "expr": "event" }, "concurrency": 16, "body": ["shape", "send"] })),
        ("shape", json!({ "type": "set", "fields": [{ "name": "twice", "value": { "expr": "item.n * 2" } }] })),
        (
            "send",
            json!({ "type": "action", "connector": "http", "version": 1, "operation": "request",
            "input": { "url": { "literal": "http://x.example" }, "body": { "expr": "shape.twice" } } }),
        ),
    ];
    for (id, kind) in kinds {
        let step = serde_json::from_value(json!({ "slug": id, "label": id, "kind": kind })).unwrap();
        def.steps.insert(id.into(), step);
    }
    let event = Arc::new(Value::Array((0..items).map(|n| json!({ "n": n })).collect()));
    let (vars, payloads, now) = (Arc::new(json!({})), Payloads::new(), Timestamp(1_767_225_600_000));
    let ctx = Context {
        def: &def,
        event: &event,
        payloads: &payloads,
        vars: &vars,
        run_id: RunId(1),
        workflow: "Loop",
        now,
        operations: &Http,
        links: &Http,
    };
    let (mut state, mut cursor) = (RunState::default(), Cursor::new());
    let mut journal = Vec::new();
    let take = |state: &mut RunState, cursor: &mut Cursor, journal: &mut Vec<RunEvent>, kinds: Vec<RunEventKind>| {
        for kind in kinds {
            let event = RunEvent { at: now, kind };
            cursor.apply(state, &event);
            journal.push(event);
        }
    };
    let kind = RunKind::Live;
    let created =
        RunEventKind::RunCreated { kind, version: 1, trigger: "t".into(), event: None, definition: None, given: vec![] };
    take(&mut state, &mut cursor, &mut journal, vec![created]);
    let mut under_way = std::collections::VecDeque::new();
    loop {
        let decision = decide(&ctx, &mut state, &mut cursor);
        journal.extend(decision.events);
        for effect in decision.effects {
            let Effect::Call(call) = effect else { panic!("calls only") };
            take(&mut state, &mut cursor, &mut journal, vec![started(&call, EffectClass::Safe, None)]);
            under_way.push_back(call);
        }
        if decision.next == Next::Done {
            return (cursor.visited(), journal, state);
        }
        if let Some(call) = under_way.pop_front() {
            let output = CallOutcome::Succeeded { output: json!({ "body": call.input.as_ref() }), response: None };
            let facts = outcome(&ctx, &state, &call.path, call.n, output);
            take(&mut state, &mut cursor, &mut journal, facts);
        }
        assert!(state.steps.len() <= 1 + 2 * 17, "finished elements do not stay");
    }
}

#[test]
fn a_large_loop_costs_no_more_for_each_element_than_a_small_one() {
    let mut per_item = Vec::new();
    for items in [10_usize, 1_000, 10_000] {
        let began = Instant::now();
        let (visited, journal, state) = drive_loop(items);
        let took = began.elapsed();
        let began = Instant::now();
        let mut folded = RunState::default();
        let mut widest = 0;
        for event in &journal {
            folded.apply(event);
            widest = widest.max(folded.order.len());
        }
        // A fact looks at what is open, not at what there was.
        assert!(widest <= 1 + 2 * 17, "{widest} steps at once");
        let rows = journal.len();
        println!(
            "{items} elements: {:?} and {} steps looked at each, {rows} facts folded in {:?}",
            took / items as u32,
            visited as f64 / items as f64,
            began.elapsed()
        );
        assert_eq!(folded, state);
        assert_eq!(state.status, RunStatus::Succeeded);
        let output = state.steps[&"each".into()].output.clone().unwrap();
        assert_eq!(output.inline().unwrap()["items"].as_array().map(Vec::len), Some(items));
        per_item.push(visited as f64 / items as f64);
    }
    assert!(per_item.iter().all(|visited| *visited < 12.0), "{per_item:?}");
    assert!(per_item[2] <= per_item[1] * 1.1, "{per_item:?}");
}

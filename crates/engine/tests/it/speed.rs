//! Prints how long large runs take; asserts only that they end.

use std::{collections::BTreeSet, time::Instant};

use model::{
    WorkflowDefinition,
    ids::StepId,
    run::{EffectClass, RunState, RunStatus},
};
use serde_json::json;

use crate::world::{Outside, World};

#[test]
fn large_runs_are_decided_fast() {
    for (calls, steps) in [(false, 500), (false, 2000), (true, 500)] {
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
        let mut world = World::new(&def, 0, Outside { seed: 1, wild: false, class: EffectClass::Safe }, BTreeSet::new());
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

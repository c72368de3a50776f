//! Snapshots: a run goes on from the last one as if it had read its whole journal.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use engine::{Context, Cursor, Next, Payloads, decide};
use model::{
    Timestamp, WorkflowDefinition,
    ids::RunId,
    run::{Datum, Iterations, Page, RunEvent, RunEventKind, RunKind, RunState, RunStatus, Snapshot},
};
use serde_json::{Value, json};

use crate::world::Http;

/// Values whose JSON is longer, in bytes, get rows of their own here.
const APART: usize = 256;

/// Payload rows: what they hold is kept once, under one name.
#[derive(Default)]
struct Rows {
    names: HashMap<String, String>,
    values: BTreeMap<String, Arc<Value>>,
}

impl Rows {
    fn part(&mut self, datum: &mut Datum) {
        let Datum::Inline(value) = datum else { return };
        let text = value.to_string();
        if text.len() > APART {
            let (bytes, next) = (text.len() as u64, format!("{:064}", self.names.len()));
            let hash = self.names.entry(text).or_insert(next).clone();
            self.values.insert(hash.clone(), Arc::clone(value));
            *datum = Datum::Stored { bytes, hash };
        }
    }

    /// The state with everything back in its place.
    fn whole(&self, state: &RunState) -> Snapshot {
        let mut snapshot = Snapshot::of(state);
        for page in snapshot.ends.values_mut().flatten() {
            if let Page::Packed(Datum::Stored { hash, .. }) = page {
                *page = Page::Open(serde_json::from_value(self.values[hash].as_ref().clone()).unwrap());
            }
        }
        // A full page is offered as a list too; it is left where it is.
        snapshot.part(|datum| {
            if let Datum::Stored { hash, .. } = datum {
                *datum = Datum::Inline(Arc::clone(&self.values[hash]));
            }
        });
        snapshot
    }
}

fn looped(items: usize) -> (WorkflowDefinition, Arc<Value>) {
    let mut def = WorkflowDefinition { body: vec!["each".into(), "after".into()], ..WorkflowDefinition::default() };
    let risky = json!([{ "name": "twice", "value": { "expr": "item.n * 2" } }, { "name": "text", "value": { "expr": "item.text" }, "required": true }]);
    let kinds = [
        (
            "each",
            json!({ "type": "for_each", "over": { "expr": "event" }, "concurrency": 7, "body": ["shape"], "on_item_error": "body", "error_body": ["mend"] }),
        ),
        ("shape", json!({ "type": "set", "fields": risky })),
        ("mend", json!({ "type": "set", "fields": [{ "name": "mended", "value": { "expr": "error.step ~ item.n" } }] })),
        (
            "after",
            json!({ "type": "set", "fields": [{ "name": "count", "value": { "expr": "each.items | length" } }, { "name": "failed", "value": { "expr": "each.failed" } }] }),
        ),
    ];
    for (id, kind) in kinds {
        let step = serde_json::from_value(json!({ "slug": id, "label": id, "kind": kind })).unwrap();
        def.steps.insert(id.into(), step);
    }
    // Some elements fail, some give more than stands in place.
    let item = |n: usize| match n % 10 {
        3 => json!({ "n": n }),
        7 => json!({ "n": n, "text": "long ".repeat(80) }),
        _ => json!({ "n": n, "text": "x" }),
    };
    (def, Arc::new(Value::Array((0..items).map(item).collect())))
}

struct Driven {
    state: RunState,
    journal: Vec<RunEvent>,
    rows: Rows,
    /// Bytes of each snapshot.
    sizes: Vec<usize>,
    /// Facts after the last one.
    rest: usize,
}

/// Drives the loop; after every `every` facts the process dies, and the next one goes on from a snapshot.
fn drive(items: usize, every: Option<usize>) -> Driven {
    let (def, event) = looped(items);
    let (vars, now) = (Arc::new(json!({})), Timestamp(1_767_225_600_000));
    let mut payloads = Payloads::new();
    let (mut state, mut cursor) = (RunState::default(), Cursor::new());
    let created = RunEventKind::RunCreated {
        kind: RunKind::Live,
        version: 1,
        trigger: "t".into(),
        event: None,
        definition: None,
        given: vec![],
    };
    let created = RunEvent { at: now, kind: created };
    state.apply(&created);
    let mut driven = Driven { state: RunState::default(), journal: vec![created], rows: Rows::default(), sizes: vec![], rest: 0 };
    loop {
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
        let decision = decide(&ctx, &mut state, &mut cursor);
        driven.rest += decision.events.len();
        driven.journal.extend(decision.events);
        match decision.next {
            Next::Done => break,
            Next::Again => {}
            Next::Need(names) => {
                payloads.extend(names.into_iter().map(|name| (name.clone(), Arc::clone(&driven.rows.values[&name]))))
            }
            other => panic!("nothing to wait for: {other:?}"),
        }
        if every.is_some_and(|every| driven.rest >= every) {
            let mut snapshot = Snapshot::from(std::mem::take(&mut state));
            snapshot.part(|datum| driven.rows.part(datum));
            let text = serde_json::to_string(&snapshot).unwrap();
            driven.sizes.push(text.len());
            state = serde_json::from_str::<Snapshot>(&text).unwrap().restore();
            (cursor, driven.rest) = (Cursor::new(), 0);
            payloads.clear();
        }
    }
    driven.state = state;
    driven
}

#[test]
fn a_run_goes_on_from_a_snapshot_as_from_its_journal() {
    let items = 3 * Iterations::PAGE + 200;
    let calm = drive(items, None);
    assert_eq!(calm.state, RunState::fold(&calm.journal));
    let rough = drive(items, Some(700));
    assert_eq!(rough.state.status, RunStatus::Succeeded);
    assert_eq!(rough.journal, calm.journal, "the same facts, wherever the process died");
    let output = |state: &RunState| state.steps[&"each".into()].output.clone();
    assert_eq!(output(&rough.state), output(&calm.state));
    let after = rough.state.steps[&"after".into()].output.clone().unwrap();
    assert_eq!(after, Datum::new(json!({ "count": items, "failed": items / 10 })));
    assert_eq!(
        rough.rows.whole(&rough.state),
        rough.rows.whole(&calm.state),
        "a snapshot and the rest say what the whole journal says"
    );
}

#[test]
fn snapshots_do_not_grow_with_the_loop() {
    let few = drive(2 * Iterations::PAGE, Some(900));
    let many = drive(6 * Iterations::PAGE, Some(900));
    let largest = |driven: &Driven| driven.sizes.iter().max().copied().unwrap_or_default();
    println!("{} and {} snapshots, at most {} and {} bytes", few.sizes.len(), many.sizes.len(), largest(&few), largest(&many));
    assert!(many.sizes.len() > few.sizes.len() * 2);
    assert!(many.rest < 2_100, "what is read after the last one: {}", many.rest);
    assert!(largest(&many) < largest(&few) * 6 / 5, "{:?}", many.sizes);
}

//! Data nobody meant well with: it ends in words, and in a journal that can be read again.

use std::{collections::BTreeSet, sync::Arc};

use engine::{Context, Cursor, Effect, Next, Payloads, decide, local_ended, outcome, started};
use model::{
    Timestamp, WorkflowDefinition,
    ids::{RunId, StepId},
    run::{CallOutcome, EffectClass, ErrorClass, RunEvent, RunEventKind, RunKind, RunState, RunStatus},
};
use serde_json::{Value, json};

use crate::world::Http;

struct Run {
    def: WorkflowDefinition,
    event: Arc<Value>,
    state: RunState,
    cursor: Cursor,
    journal: Vec<RunEvent>,
}

impl Run {
    fn new(body: &[&str], kinds: Vec<(String, Value)>, event: Value) -> Self {
        let mut def =
            WorkflowDefinition { body: body.iter().map(|id| StepId::from(*id)).collect(), ..WorkflowDefinition::default() };
        for (id, kind) in kinds {
            let step = serde_json::from_value(json!({ "slug": id, "label": id, "kind": kind })).unwrap();
            def.steps.insert(StepId(id), step);
        }
        let mut run = Run { def, event: Arc::new(event), state: RunState::default(), cursor: Cursor::new(), journal: vec![] };
        let kind = RunKind::Live;
        run.take(vec![RunEventKind::RunCreated {
            kind,
            version: 1,
            trigger: "t".into(),
            event: None,
            definition: None,
            given: vec![],
        }]);
        run
    }

    fn with<R>(&mut self, f: impl FnOnce(&Context<'_>, &mut RunState, &mut Cursor) -> R) -> R {
        let (vars, payloads) = (Arc::new(json!({})), Payloads::new());
        let ctx = Context {
            def: &self.def,
            event: &self.event,
            payloads: &payloads,
            vars: &vars,
            run_id: RunId(1),
            workflow: "Hostile",
            now: Timestamp(1_767_225_600_000),
            operations: &Http,
            links: &Http,
        };
        f(&ctx, &mut self.state, &mut self.cursor)
    }

    fn take(&mut self, kinds: Vec<RunEventKind>) {
        for kind in kinds {
            let event = RunEvent { at: Timestamp(1_767_225_600_000), kind };
            self.cursor.apply(&mut self.state, &event);
            self.journal.push(event);
        }
    }

    fn decide(&mut self) -> Vec<Effect> {
        loop {
            let decision = self.with(decide);
            self.journal.extend(decision.events);
            if decision.next != Next::Again {
                return decision.effects;
            }
        }
    }

    /// The code and class the run failed with, after its journal was written and read.
    fn failed(&self) -> Option<(ErrorClass, String)> {
        let row = serde_json::to_string(&self.journal).unwrap();
        let read: Vec<RunEvent> = serde_json::from_str(&row).unwrap();
        let state = RunState::fold(&read);
        assert_eq!(state, self.state, "the journal says the same when it is read again");
        assert!(state.status.is_final());
        state.error.map(|error| (error.class, error.code))
    }
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, n| if n % 2 == 0 { json!([inner]) } else { json!({ "in": inner }) })
}

fn set(value: Value) -> Value {
    json!({ "type": "set", "fields": [{ "name": "v", "value": value }] })
}

fn of(id: &str, kind: Value) -> (String, Value) {
    (id.to_owned(), kind)
}

#[test]
fn outputs_that_nest_too_deeply_fail_their_step() {
    let call = json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "input": { "url": { "literal": "http://x.example" } } });
    let collect = json!({ "type": "collect", "item": { "literal": 1 }, "count": 1 });
    for (levels, code) in [(100, None), (110, None), (111, Some("output.too_deep")), (500, Some("output.too_deep"))] {
        let expected = code.map(|code| (ErrorClass::Permanent, code.to_owned()));
        let mut run = Run::new(&["a"], vec![of("a", call.clone())], json!({}));
        let effects = run.decide();
        let [Effect::Call(call)] = effects.as_slice() else { panic!("{effects:?}") };
        run.take(vec![started(call, EffectClass::Unsafe, None)]);
        let answer = CallOutcome::Succeeded { output: nested(levels), response: None };
        let facts = run.with(|ctx, state, _| outcome(ctx, state, &call.path, call.n, answer));
        run.take(facts);
        run.decide();
        assert_eq!(run.failed(), expected, "{levels} levels from a call");

        let mut run = Run::new(&["c"], vec![of("c", collect.clone())], json!({}));
        run.decide();
        let facts = run.with(|ctx, state, _| local_ended(ctx, state, &"c".into(), Ok(nested(levels))));
        run.take(facts);
        run.decide();
        assert_eq!(run.failed(), expected, "{levels} levels from inside");
    }
}

#[test]
fn inputs_that_nest_too_deeply_fail_their_step() {
    let wrapped = (0..50).fold(json!({ "expr": "event" }), |inner, _| json!({ "list": [inner] }));
    for (levels, fails) in [(40, false), (90, true)] {
        let mut run = Run::new(&["s"], vec![of("s", set(wrapped.clone()))], nested(levels));
        run.decide();
        assert_eq!(run.failed(), fails.then(|| (ErrorClass::Input, "input.too_deep".to_owned())), "{levels}");
    }
}

#[test]
fn loops_within_loops_do_not_nest_what_they_give_without_bound() {
    let loops = 60;
    let each = |n: usize| json!({ "type": "for_each", "over": { "literal": [1] }, "body": [format!("l{}", n + 1)] });
    let mut kinds: Vec<_> = (0..loops).map(|n| of(&format!("l{n}"), each(n))).collect();
    kinds.push(of(&format!("l{loops}"), set(json!({ "literal": 1 }))));
    let mut run = Run::new(&["l0"], kinds, json!({}));
    run.decide();
    assert_eq!(run.failed(), Some((ErrorClass::Permanent, "output.too_deep".to_owned())));
}

#[test]
fn names_that_mean_something_elsewhere_are_only_names() {
    let event: Value = serde_json::from_str(
        r#"{ "__proto__": { "admin": true }, "constructor": { "prototype": 1 }, "../../etc": "<script>", "a.b": "\u0000\ufffd", "": 5 }"#,
    )
    .unwrap();
    let kinds = vec![
        of("all", set(json!({ "expr": "event" }))),
        of("one", set(json!({ "template": [{ "pill": { "source": "event", "path": ["__proto__", "admin"] } }] }))),
        of("each", json!({ "type": "for_each", "over": { "expr": "event" }, "body": ["key"], "output": { "expr": "key.v" } })),
        of("key", set(json!({ "expr": "item.key" }))),
    ];
    let mut run = Run::new(&["all", "one", "each"], kinds, event.clone());
    run.decide();
    assert_eq!((run.failed(), run.state.status), (None, RunStatus::Succeeded));
    let output = |id: &str| run.state.steps[&id.into()].output.as_ref().and_then(|output| output.inline()).unwrap().clone();
    assert_eq!(output("all")["v"], event);
    assert_eq!(output("one")["v"], json!(true));
    let keys: BTreeSet<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    let each = output("each");
    assert_eq!(each["items"].as_array().unwrap().iter().filter_map(Value::as_str).collect::<BTreeSet<_>>(), keys);
}

#[test]
fn half_of_a_pair_is_no_text() {
    for text in [r#""\ud800""#, r#""\udc00\ud800""#, r#"{"\ud800": 1}"#] {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        let step = format!(
            r#"{{ "slug": "s", "label": "s", "kind": {{ "type": "set", "fields": [{{ "name": "v", "value": {{ "literal": {text} }} }}] }} }}"#
        );
        assert!(serde_json::from_str::<model::step::Step>(&step).is_err(), "refused, not mended in silence");
    }
}

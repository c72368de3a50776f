use model::{
    run::{ErrorClass, RunStatus},
    step::StoreScope,
};
use serde_json::{Value, json};

use super::store_step;
use crate::{
    KvChange, LocalWork, Next, StoreCall, StoreWork,
    fixture::{Run, pill, with, workflow},
};

fn step(op: Value) -> Value {
    json!({ "type": "store", "key": pill(&["key"]), "op": op })
}

fn run(op: Value, body: Value) -> Run {
    Run::new(workflow(&["s"], json!({ "s": step(op) })), body)
}

fn call(run: &mut Run) -> StoreCall {
    match run.local().work {
        LocalWork::Store(call) => call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_operation_asks_for_its_work() {
    let value = json!({ "literal": { "a": [1] } });
    let a = json!({ "a": [1] });
    for (op, work) in [
        (json!({ "type": "get" }), StoreWork::Get),
        (json!({ "type": "set", "value": value }), StoreWork::Set { value: a.clone() }),
        (json!({ "type": "set", "value": "null" }), StoreWork::Set { value: json!(null) }),
        (json!({ "type": "increment" }), StoreWork::Increment { by: 1.into() }),
        (json!({ "type": "increment", "by": { "literal": -5 } }), StoreWork::Increment { by: (-5).into() }),
        (json!({ "type": "increment", "by": { "literal": " 12 " } }), StoreWork::Increment { by: 12.into() }),
        (json!({ "type": "append_if_absent", "value": value }), StoreWork::AppendIfAbsent { value: a.clone() }),
        (json!({ "type": "list" }), StoreWork::List { limit: 100 }),
        (json!({ "type": "list", "limit": 0 }), StoreWork::List { limit: 1 }),
        (json!({ "type": "list", "limit": 4_000_000 }), StoreWork::List { limit: 1_000 }),
        (json!({ "type": "delete" }), StoreWork::Delete),
        (
            json!({ "type": "compare_and_set", "expected": pill(&["gone"]), "value": value }),
            StoreWork::CompareAndSet { expected: None, value: a.clone() },
        ),
        (
            json!({ "type": "compare_and_set", "expected": "null", "value": value }),
            StoreWork::CompareAndSet { expected: Some(json!(null)), value: a.clone() },
        ),
    ] {
        let mut run = run(op.clone(), json!({ "key": "k" }));
        let asked = call(&mut run);
        assert_eq!(asked, StoreCall { scope: StoreScope::Workflow, key: "k".into(), work }, "{op}");
        run.crash();
        assert_eq!(call(&mut run), asked, "{op}: asked for again as it was");
        assert_eq!(run.local_ended("s", Ok(json!({ "done": true }))), ["step_finished"]);
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }
}

#[test]
fn the_workspaces_values_have_a_scope_of_their_own() {
    let shared = with(step(json!({ "type": "get" })), "scope", json!("workspace"));
    let mut run = Run::new(workflow(&["s"], json!({ "s": shared })), json!({ "key": 5 }));
    let asked = call(&mut run);
    assert_eq!((asked.scope, asked.key.as_str()), (StoreScope::Workspace, "5"));
}

#[test]
fn keys_are_short_plain_text() {
    for (key, message) in [
        (json!(""), "is empty"),
        (json!("  "), "is empty"),
        (json!(null), "is empty"),
        (json!("ä".repeat(201)), "at most 200 characters; this one has 201"),
        (json!("a\u{0}b"), "control character"),
        (json!(["a"]), "list or an object"),
    ] {
        let mut run = run(json!({ "type": "get" }), json!({ "key": key }));
        assert!(run.decide().effects.is_empty());
        let error = run.step("s").error.clone().unwrap_or_else(|| panic!("{key}"));
        assert_eq!((error.class, error.code.as_str(), error.field.as_deref()), (ErrorClass::Input, "store.key", Some("key")));
        assert!(error.message.contains(message), "{}", error.message);
    }
    let mut missing = run(json!({ "type": "delete" }), json!({}));
    missing.decide();
    assert_eq!(missing.step("s").error.as_ref().map(|error| error.code.as_str()), Some("expr.missing"));
    assert_eq!(call(&mut run(json!({ "type": "get" }), json!({ "key": "ä".repeat(200) }))).key.chars().count(), 200);
    assert_eq!(call(&mut run(json!({ "type": "list" }), json!({}))).key, "", "all of them");
}

#[test]
fn values_that_cannot_be_kept_are_refused_before_anything_is_asked_for() {
    for (op, code) in [
        (json!({ "type": "set", "value": pill(&["gone"]) }), "expr.missing"),
        (json!({ "type": "set", "value": { "literal": "x".repeat(256 * 1024 - 1) } }), "store.too_large"),
        (json!({ "type": "increment", "by": { "literal": "many" } }), "store.not_a_number"),
        (json!({ "type": "increment", "by": pill(&["gone"]) }), "expr.missing"),
        (json!({ "type": "increment", "by": "null" }), "store.not_a_number"),
    ] {
        let mut run = run(op.clone(), json!({ "key": "k" }));
        assert!(run.decide().effects.is_empty(), "{op}");
        assert_eq!(run.step("s").error.as_ref().map(|error| error.code.as_str()), Some(code));
    }
    let fits = json!({ "type": "set", "value": { "literal": "x".repeat(256 * 1024 - 2) } });
    assert_eq!(run(fits, json!({ "key": "k" })).decide().effects.len(), 1);
}

fn put(value: Value) -> Option<KvChange> {
    Some(KvChange::Put(value))
}

#[test]
fn reading_writing_and_taking_away() {
    let set = StoreWork::Set { value: json!(2) };
    for (work, present, change, output) in [
        (StoreWork::Get, None, None, json!({ "found": false })),
        (StoreWork::Get, Some(json!(null)), None, json!({ "found": true, "value": null })),
        (StoreWork::Get, Some(json!([1])), None, json!({ "found": true, "value": [1] })),
        (set.clone(), None, put(json!(2)), json!({})),
        (set, Some(json!(1)), put(json!(2)), json!({ "previous": 1 })),
        (StoreWork::Delete, None, None, json!({})),
        (StoreWork::Delete, Some(json!("x")), Some(KvChange::Delete), json!({ "previous": "x" })),
    ] {
        assert_eq!(store_step(&work, present.as_ref()), Ok((change, output)), "{work:?} {present:?}");
    }
    assert_eq!(store_step(&StoreWork::List { limit: 1 }, None).map_err(|error| error.class), Err(ErrorClass::System));
}

#[test]
fn adding_is_exact_and_does_not_overflow() {
    let add = |present: Option<Value>, by: Value| {
        let by = by.as_number().cloned().unwrap();
        store_step(&StoreWork::Increment { by }, present.as_ref()).map_err(Box::new).map(|(change, output)| {
            assert_eq!(change, put(output["value"].clone()));
            output["value"].clone()
        })
    };
    for (present, by, sum) in [
        (None, json!(1), json!(1)),
        (Some(json!(41)), json!(1), json!(42)),
        (Some(json!(1)), json!(-3), json!(-2)),
        (Some(json!(0.5)), json!(1), json!(1.5)),
        (Some(json!(9_007_199_254_740_992_i64)), json!(1), json!(9_007_199_254_740_993_i64)),
        (Some(json!(i64::MAX)), json!(1), json!(i64::MAX as u64 + 1)),
        (Some(json!(u64::MAX)), json!(-1), json!(u64::MAX - 1)),
    ] {
        assert_eq!(add(present, by), Ok(sum));
    }
    for (present, by, code) in [
        (Some(json!(u64::MAX)), json!(1), "store.overflow"),
        (Some(json!(i64::MIN)), json!(-1), "store.overflow"),
        (Some(json!(1.7e308)), json!(1.7e308), "store.overflow"),
        (Some(json!("1")), json!(1), "store.not_a_number"),
        (Some(json!(null)), json!(1), "store.not_a_number"),
    ] {
        assert_eq!(add(present, by).map_err(|error| error.code), Err(code.to_owned()));
    }
}

#[test]
fn a_list_holds_equal_values_once() {
    let append = |present: Option<Value>, value: Value| {
        store_step(&StoreWork::AppendIfAbsent { value }, present.as_ref()).map_err(Box::new)
    };
    assert_eq!(append(None, json!("a")), Ok((put(json!(["a"])), json!({ "added": true, "count": 1 }))));
    assert_eq!(append(Some(json!(["a"])), json!("b")), Ok((put(json!(["a", "b"])), json!({ "added": true, "count": 2 }))));
    let big = 9_007_199_254_740_993_i64;
    let present = json!(["1", 2, { "x": 1, "y": [1.0] }, null, big]);
    for (value, added) in [
        (json!(2.0), false),
        (json!({ "y": [1], "x": 1.0 }), false),
        (json!(null), false),
        (json!(big), false),
        (json!(1), true),
        (json!(9_007_199_254_740_992.0), true),
        (json!({ "x": 1 }), true),
        (json!([]), true),
    ] {
        let (change, output) = append(Some(present.clone()), value.clone()).unwrap();
        assert_eq!((output["added"].clone(), change.is_some()), (json!(added), added), "{value}");
        assert_eq!(output["count"], json!(5 + usize::from(added)));
    }
    for (present, code) in [
        (json!({}), "store.not_a_list"),
        (json!("x"), "store.not_a_list"),
        (json!(vec!["x".repeat(1_000); 260]), "store.too_large"),
    ] {
        assert_eq!(append(Some(present), json!("y".repeat(3_000))).map_err(|error| error.code), Err(code.to_owned()));
    }
}

#[test]
fn comparing_and_setting() {
    let swap = |expected: Option<Value>, present: Option<Value>| {
        store_step(&StoreWork::CompareAndSet { expected, value: json!("new") }, present.as_ref()).unwrap()
    };
    let done = || (put(json!("new")), json!({ "set": true, "value": "new" }));
    assert_eq!(swap(None, None), done());
    assert_eq!(swap(Some(json!(1)), Some(json!(1.0))), done());
    assert_eq!(swap(Some(json!(null)), Some(json!(null))), done());
    assert_eq!(swap(None, Some(json!(null))), (None, json!({ "set": false, "value": null })));
    assert_eq!(swap(Some(json!(null)), None), (None, json!({ "set": false })));
    assert_eq!(swap(Some(json!("1")), Some(json!(1))), (None, json!({ "set": false, "value": 1 })));
    let large = StoreWork::CompareAndSet { expected: None, value: json!("x".repeat(300_000)) };
    assert_eq!(store_step(&large, None).map_err(|error| error.code), Err("store.too_large".to_owned()));
}

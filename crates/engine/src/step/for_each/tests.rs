use model::{
    ids::StepPath,
    run::{CallOutcome, Datum, EffectClass, ErrorClass, Page, RunEvent, RunEventKind, RunState, RunStatus, StepError},
};
use serde_json::{Value, json};

use crate::{
    Call, Cursor, Next,
    fixture::{Run, call_of, from_step, http, pill, test, with, workflow},
};

fn each(body: &[&str], more: Value) -> Value {
    let mut kind = json!({ "type": "for_each", "over": pill(&["list"]), "body": body });
    if let (Value::Object(kind), Value::Object(more)) = (&mut kind, more) {
        kind.extend(more);
    }
    kind
}

fn set(expr: &str) -> Value {
    json!({ "type": "set", "fields": [{ "name": "v", "value": { "expr": expr } }] })
}

fn calls(run: &mut Run) -> Vec<Call> {
    run.decide().effects.into_iter().filter_map(call_of).collect()
}

fn ok(output: Value) -> CallOutcome {
    CallOutcome::Succeeded { output, response: None }
}

#[test]
fn gives_what_each_element_gave_in_order() {
    for (list, items) in [
        (json!([1, 2, 3]), json!([{ "v": "1/0/3" }, { "v": "2/1/3" }, { "v": "3/2/3" }])),
        (json!({ "b": 1, "a": 2 }), json!([{ "v": "b1/0/2" }, { "v": "a2/1/2" }])),
        (json!([]), json!([])),
    ] {
        let text = "(item if item is number else item.key ~ item.value) ~ '/' ~ loop.index ~ '/' ~ loop.count";
        let steps = json!({ "l": each(&["s"], json!({})), "s": set(text), "after": set("l.items") });
        let mut run = Run::new(workflow(&["l", "after"], steps), json!({ "list": list }));
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.output("l"), &json!({ "items": items, "failed": 0, "errors": [] }));
        assert_eq!(run.output("after")["v"], items);
        assert!(!run.state.steps.contains_key(&StepPath("l[0].s".into())), "what has ended is gone from the state");
        let progress = run.step("l").iterations.clone().map(|all| (all.count, all.finished));
        assert_eq!(progress, Some((items.as_array().map(|all| all.len() as u32), items.as_array().map_or(0, Vec::len) as u32)));
    }
}

#[test]
fn goes_over_lists_only() {
    for (over, code, word) in [
        (json!("abc"), "for_each.no_list", "text"),
        (json!(5), "for_each.no_list", "number 5"),
        (json!(true), "for_each.no_list", "true"),
        (json!(null), "for_each.no_list", "null"),
    ] {
        let mut run = Run::new(workflow(&["l"], json!({ "l": each(&[], json!({})) })), json!({ "list": over }));
        run.decide();
        let error = run.step("l").error.clone().map(|e| (e.class, e.code, e.message.contains(word)));
        assert_eq!(error, Some((ErrorClass::Input, code.into(), true)), "{over}");
    }
    let mut run = Run::new(workflow(&["l"], json!({ "l": each(&[], json!({})) })), json!({}));
    run.decide();
    assert_eq!(run.step("l").error.as_ref().map(|e| e.code.as_str()), Some("expr.missing"));
    let many: Vec<u8> = vec![0; 100_001];
    let mut run = Run::new(workflow(&["l"], json!({ "l": each(&[], json!({})) })), json!({ "list": many }));
    run.decide();
    assert_eq!(run.step("l").error.as_ref().map(|e| e.code.as_str()), Some("for_each.too_many"));
}

#[test]
fn so_many_calls_at_a_time_each_with_its_own_key() {
    let steps = json!({ "l": each(&["a"], json!({ "concurrency": 3 })), "a": http() });
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [0, 1, 2, 3, 4] }));
    let mut keys = std::collections::BTreeSet::new();
    let mut open = calls(&mut run);
    assert_eq!(open.iter().map(|call| call.path.0.as_str()).collect::<Vec<_>>(), ["l[0].a", "l[1].a", "l[2].a"]);
    while !open.is_empty() {
        for call in &open {
            assert!(keys.insert(call.key.clone()));
            run.start(call, EffectClass::Unsafe);
        }
        // The last one first.
        while let Some(call) = open.pop() {
            run.end(&call, ok(json!(call.path.0)));
        }
        open = calls(&mut run);
    }
    assert_eq!(keys.len(), 5);
    assert_eq!(run.output("l")["items"], json!(["l[0].a", "l[1].a", "l[2].a", "l[3].a", "l[4].a"]));
}

#[test]
fn a_failed_element_stops_or_is_skipped() {
    let failing = json!({ "type": "set", "fields": [{ "name": "v", "value": { "expr": "item.v" }, "required": true }] });
    for (skip, status) in [(true, RunStatus::Succeeded), (false, RunStatus::Failed)] {
        let steps = json!({
            "l": each(&["s"], json!({ "on_item_error": if skip { "skip" } else { "stop" } })),
            "s": failing,
        });
        let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [{ "v": 1 }, {}, { "v": 3 }] }));
        run.decide();
        assert_eq!(run.state.status, status);
        if skip {
            let output = run.output("l");
            assert_eq!(output["items"], json!([{ "v": 1 }, null, { "v": 3 }]));
            assert_eq!(
                (&output["failed"], &output["errors"][0]["index"], &output["errors"][0]["class"]),
                (&json!(1), &json!(1), &json!("input"))
            );
        } else {
            let error = run.state.error.clone().map(|e| (e.path, e.code));
            assert_eq!(error, Some((Some(StepPath("l[1].s".into())), "expr.missing".into())), "says where");
            assert_eq!(run.step("l").status, model::run::StepStatus::Failed);
        }
    }
}

#[test]
fn filters_break_and_continue() {
    let filter = |op: &str, than: i32| json!({ "type": "filter", "condition": test(json!({ "expr": "item" }), op, json!(than)) });
    let when = |than: i32, then: &str| {
        json!({ "type": "branch", "mode": "first", "arms": [
        { "id": "x", "label": "x", "condition": test(json!({ "expr": "item" }), "equals", json!(than)), "body": [then] }] })
    };
    let steps = json!({
        "l": each(&["f", "b", "c", "s"], json!({ "output": { "expr": "s.v" } })),
        "f": filter("greater_than", 1),
        "b": when(5, "break"), "break": { "type": "break" },
        "c": when(3, "go_on"), "go_on": { "type": "continue" },
        "s": set("item * 10"),
    });
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [1, 2, 3, 4, 5, 6] }));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.output("l")["items"], json!([null, 20, null, 40, null]));
    assert_eq!(run.state.status, RunStatus::Succeeded);

    let mut run = Run::new(workflow(&["b"], json!({ "b": { "type": "break" } })), json!({}));
    run.decide();
    assert_eq!(run.state.error.as_ref().map(|e| e.code.as_str()), Some("definition.outside_loop"));
}

#[test]
fn calls_under_way_end_after_a_break() {
    let steps = json!({
        "l": each(&["choose"], json!({ "concurrency": 2 })),
        "choose": { "type": "branch", "mode": "first", "arms": [
            { "id": "x", "label": "x", "condition": test(json!({ "expr": "item" }), "equals", json!(0)), "body": ["slow"] },
            { "id": "y", "label": "y", "body": ["quick", "break"] }] },
        "slow": with(http(), "policy", json!({ "retry": { "max_attempts": 9 } })), "quick": http(), "break": { "type": "break" },
        "after": set("'went on'"),
    });
    let mut run = Run::new(workflow(&["l", "after"], steps), json!({ "list": [0, 1, 2] }));
    let open = calls(&mut run);
    let [slow, quick] = open.as_slice() else { panic!("{open:?}") };
    run.start(slow, EffectClass::Unsafe);
    run.start(quick, EffectClass::Unsafe);
    run.end(quick, ok(json!({})));
    assert_eq!(run.decide().next, Next::Continue, "the run goes on, and waits for the call before it ends");
    assert_eq!(
        (run.output("l"), run.output("after")),
        (&json!({ "items": [null, null], "failed": 0, "errors": [] }), &json!({ "v": "went on" }))
    );
    let error = StepError::new(ErrorClass::Transient, "test", "Not now.");
    run.end(slow, CallOutcome::Failed { error, indeterminate: false, retry_after_ms: None });
    assert_eq!(run.decide().next, Next::Done, "it surely did not happen, and nobody needs it any more");
    assert_eq!(run.state.status, RunStatus::Succeeded);
}

#[test]
fn large_lists_and_outputs_are_loaded_when_they_are_needed() {
    let steps = json!({ "l": each(&["a"], json!({})), "a": http(), "after": { "type": "set", "fields": [
        { "name": "v", "value": from_step("l", &["items"]) }] } });
    let mut run = Run::new(workflow(&["l", "after"], steps), json!({ "list": ["x", "y"] }));
    let first = run.call();
    run.start(&first, EffectClass::Unsafe);
    run.end(&first, ok(json!("large")));
    let call = run.call();
    run.start(&call, EffectClass::Unsafe);
    // The process dies; what it wrote stands in rows of its own.
    let apart = |datum: &mut Datum, hash: &str| *datum = Datum::Stored { hash: hash.into(), bytes: 9 };
    let mut events: Vec<RunEvent> = run.journal.iter().map(|kind| RunEvent { at: run.now, kind: kind.clone() }).collect();
    for event in &mut events {
        match &mut event.kind {
            RunEventKind::StepReady { path, input, .. } if path.0 == "l" => apart(input, "list"),
            RunEventKind::StepFinished { path, output, .. } if path.0 == "l[0].a" => apart(output, "output"),
            _ => {}
        }
    }
    run.state = RunState::fold(&events);
    run.cursor = Cursor::new();
    run.end(&call, ok(json!("small")));
    assert_eq!(run.decide().next, Next::Need(vec!["list".into()]));
    run.payloads.insert("list".into(), std::sync::Arc::new(json!(["x", "y"])));
    assert_eq!(run.decide().next, Next::Need(vec!["output".into()]));
    run.payloads.insert("output".into(), std::sync::Arc::new(json!("large")));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.output("after"), &json!({ "v": ["large", "small"] }));
}

#[test]
fn loops_in_loops() {
    let steps = json!({
        "rows": each(&["cells"], json!({ "item": "row", "concurrency": 2 })),
        "cells": { "type": "for_each", "over": { "expr": "row" }, "body": ["s"], "output": { "expr": "s.v" } },
        "s": set("row | length ~ ':' ~ item ~ ':' ~ loop.index"),
    });
    let mut run = Run::new(workflow(&["rows"], steps), json!({ "list": [["a"], ["b", "c"]] }));
    run.decide();
    let inner: Vec<&Value> = run.output("rows")["items"].as_array().into_iter().flatten().map(|row| &row["items"]).collect();
    assert_eq!(inner, [&json!(["1:a:0"]), &json!(["2:b:0", "2:c:1"])]);
}

#[test]
fn large_pure_loops_are_decided_in_parts() {
    let steps = json!({ "l": each(&["s"], json!({ "output": { "expr": "s.v" } })), "s": set("item + 1") });
    let list: Vec<u32> = (0..5000).collect();
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": list }));
    let mut parts = 0;
    loop {
        let decision = run.decide();
        assert!(decision.events.len() < 1_100);
        parts += 1;
        if decision.next == Next::Done {
            break;
        }
        assert_eq!(decision.next, Next::Again);
    }
    assert!(parts > 5);
    assert_eq!(run.output("l")["items"][4999], json!(5000));
}

#[test]
fn pages_of_a_long_loop_are_looked_at_one_after_the_other() {
    let steps = json!({ "l": each(&["s"], json!({ "output": { "expr": "s.v" } })), "s": set("item + 1") });
    let list: Vec<u32> = (0..2000).collect();
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": list }));
    while run.decide().next == Next::Again {}
    let expected = run.output("l").clone();
    assert_eq!(expected["items"][1999], json!(2000));
    // Back to where all elements have ended, with both pages in rows of their own.
    let last = run.journal.iter().rposition(|kind| matches!(kind, RunEventKind::IterationsFinished { .. })).unwrap();
    run.journal.truncate(last + 1);
    run.crash();
    let pages = &mut run.state.steps.get_mut(&"l".into()).unwrap().iterations.as_mut().unwrap().pages;
    let mut rows = Vec::new();
    for (page, hash) in pages.iter_mut().zip(["first", "second"]) {
        let Page::Open(ends) = page else { panic!("{page:?}") };
        rows.push(std::sync::Arc::new(serde_json::to_value(ends).unwrap()));
        *page = Page::Packed(Datum::Stored { hash: hash.into(), bytes: 9 });
    }
    for (hash, row) in ["first", "second"].into_iter().zip(rows) {
        assert_eq!(run.decide().next, Next::Need(vec![hash.into()]));
        run.payloads = [(hash.to_owned(), row)].into();
    }
    assert_eq!(run.cursor.take_spent(), ["first"], "it need not be kept any longer");
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.output("l"), &expected);
}

/// Goes over `{v}`; an element without a value fails.
fn caught(body: &[&str], error: &[&str], more: Value) -> Value {
    let mut more = more;
    more["on_item_error"] = json!("body");
    more["error_body"] = json!(error);
    each(body, more)
}

fn risky() -> Value {
    json!({ "type": "set", "fields": [{ "name": "v", "value": { "expr": "item.v" }, "required": true }] })
}

#[test]
fn an_element_that_fails_goes_through_the_error_body() {
    let steps = json!({
        "l": caught(&["before", "s", "rest"], &["tell"], json!({ "concurrency": 2 })), "before": set("loop.index"), "s": risky(), "rest": set("s.v"),
        "tell": set("[error.step, error.class, error.code, item.n, before.v, rest | default('no')]"),
    });
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [{ "v": 1 }, { "n": "two" }, { "v": 3 }] }));
    assert_eq!(run.decide().next, Next::Done);
    let output = run.output("l");
    let told = json!({ "v": ["s", "input", "expr.missing", "two", 1, "no"] });
    assert_eq!(output["items"], json!([{ "v": 1 }, told, { "v": 3 }]));
    assert_eq!(
        (&output["failed"], &output["errors"][0]["index"], &output["errors"][0]["code"]),
        (&json!(1), &json!(1), &json!("expr.missing"))
    );
    assert_eq!(run.state.status, RunStatus::Succeeded);
    assert!(run.step("l").iterations.as_ref().is_some_and(|all| all.caught.is_empty()));
}

#[test]
fn an_error_body_may_fail_leave_or_do_nothing() {
    for (error, status, items) in [
        (json!({ "type": "break" }), RunStatus::Succeeded, json!([{ "v": 1 }, null])),
        (json!({ "type": "continue" }), RunStatus::Succeeded, json!([{ "v": 1 }, null, { "v": 3 }])),
        (json!({ "type": "filter", "condition": { "any": [] } }), RunStatus::Succeeded, json!([{ "v": 1 }, null, { "v": 3 }])),
        (json!({ "type": "stop", "result": "filtered" }), RunStatus::Filtered, json!(null)),
        (risky(), RunStatus::Failed, json!(null)),
    ] {
        let steps = json!({ "l": caught(&["s"], &["e"], json!({})), "s": risky(), "e": error });
        let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [{ "v": 1 }, {}, { "v": 3 }] }));
        run.decide();
        assert_eq!(run.state.status, status, "{error}");
        if status == RunStatus::Succeeded {
            assert_eq!(run.output("l")["items"], items, "{error}");
        }
        if status == RunStatus::Failed {
            assert_eq!(run.state.error.as_ref().and_then(|error| error.path.clone()), Some("l[1].e".into()), "says where");
        }
    }
    for error in [json!([]), json!(null)] {
        let steps = json!({ "l": with(caught(&["s"], &[], json!({})), "error_body", error), "s": risky() });
        let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [{}, { "v": 3 }] }));
        run.decide();
        assert_eq!((run.output("l")["items"].clone(), &run.output("l")["failed"]), (json!([null, { "v": 3 }]), &json!(1)));
    }
}

#[test]
fn an_error_body_goes_on_where_it_stood() {
    let steps = json!({ "l": caught(&["before", "a"], &["b", "tell"], json!({})), "before": set("'seen'"), "a": http(), "b": http(),
        "tell": set("[before.v, error.code, b]"), "after": set("l.items") });
    let mut run = Run::new(workflow(&["l", "after"], steps), json!({ "list": [0] }));
    let call = run.call();
    run.start(&call, EffectClass::Unsafe);
    let error =
        StepError { response: Some(Datum::new(json!("large"))), ..StepError::new(ErrorClass::Rejected, "test.no", "No.") };
    run.end(&call, CallOutcome::Failed { error, indeterminate: false, retry_after_ms: None });
    let second = run.call();
    assert_eq!(second.path.0, "l[0].b");
    run.crash();
    assert_eq!(run.call(), second, "the body is not carried out again");
    run.start(&second, EffectClass::Unsafe);
    run.crash();
    run.end(&second, ok(json!("done")));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.output("after")["v"], json!([{ "v": ["seen", "test.no", "done"] }]));
    assert_eq!(run.names().iter().filter(|name| **name == "iteration_caught").count(), 1);
}

#[test]
fn an_output_that_cannot_be_made_is_caught_too() {
    let steps = json!({ "l": caught(&["s"], &["tell"], json!({ "output": { "expr": "item.nope.deeper + 1" } })), "s": set("1"), "tell": set("error.code") });
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [{}] }));
    run.decide();
    assert_eq!(run.state.status, RunStatus::Succeeded);
    assert_eq!(run.output("l")["failed"], json!(1));
    assert!(run.output("l")["items"][0]["v"].as_str().is_some_and(|code| code.starts_with("expr.")));
}

#[test]
fn a_break_leaves_error_bodies_that_have_begun() {
    let steps = json!({ "l": caught(&["b"], &["wait"], json!({ "concurrency": 2 })),
        "b": { "type": "branch", "mode": "first", "arms": [
            { "id": "x", "label": "x", "condition": { "expr": "item == 0" }, "body": ["fails"] },
            { "id": "y", "label": "y", "body": ["a", "break"] }] },
        "fails": risky(), "a": http(), "break": { "type": "break" }, "wait": { "type": "delay", "for": { "ms": 60_000 } } });
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [0, 1, 2] }));
    let call = run.call();
    run.start(&call, EffectClass::Safe);
    run.end(&call, ok(json!({})));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.output("l")["items"], json!([null, null]));
}

#[test]
fn packed_pages_are_loaded_when_the_loop_ends() {
    let steps = json!({ "l": each(&["d"], json!({ "output": { "expr": "item" }, "concurrency": 50 })), "d": { "type": "delay", "for": { "ms": 1 } } });
    let list: Vec<u32> = (0..1_010).collect();
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": list }));
    while run.step_or("l", |all| all.finished) < 1_000 {
        run.decide();
        run.now = run.now.plus_ms(1);
    }
    let mut snapshot = model::run::Snapshot::of(&run.state);
    let mut rows = std::collections::BTreeMap::new();
    snapshot.part(|datum| {
        if let Datum::Inline(value) = datum
            && value.to_string().len() > 500
        {
            let hash = format!("row {}", rows.len());
            let bytes = value.to_string().len() as u64;
            rows.insert(hash.clone(), std::sync::Arc::clone(value));
            *datum = Datum::Stored { hash, bytes };
        }
    });
    let text = serde_json::to_string(&snapshot).unwrap();
    assert!(text.len() < 40_000, "{} bytes", text.len());
    run.state = serde_json::from_str::<model::run::Snapshot>(&text).unwrap().restore();
    run.cursor = Cursor::new();
    let mut asked = 0;
    for _ in 0..100 {
        match run.decide().next {
            Next::Done => break,
            Next::Need(hashes) => {
                asked += hashes.len();
                for hash in hashes {
                    run.payloads.insert(hash.clone(), rows[&hash].clone());
                }
            }
            _ => run.now = run.now.plus_ms(1),
        }
    }
    assert_eq!(run.output("l")["items"], json!(list));
    assert_eq!(asked, 2, "the list and the one page that was full");
}

#[test]
fn a_page_that_cannot_be_read_fails_the_loop() {
    for row in [json!("junk"), json!([{ "teleported": 1 }]), json!(null)] {
        let steps = json!({ "l": each(&["w"], json!({})), "w": { "type": "wait", "until": { "type": "callback" } } });
        let mut run = Run::new(workflow(&["l"], steps), json!({ "list": [1] }));
        run.decide();
        let all = run.state.steps.get_mut(&"l".into()).unwrap().iterations.as_mut().unwrap();
        all.pages = vec![Page::Packed(Datum::Stored { hash: "page".into(), bytes: 9_000 })];
        run.state.steps.remove(&"l[0].w".into());
        run.cursor = Cursor::new();
        assert_eq!(run.decide().next, Next::Need(vec!["page".into()]));
        run.payloads.insert("page".into(), std::sync::Arc::new(row));
        assert_eq!(run.decide().next, Next::Done);
        let error = run.state.error.clone().map(|error| (error.class, error.code));
        assert_eq!(error, Some((ErrorClass::System, "journal.unreadable".into())));
    }
}

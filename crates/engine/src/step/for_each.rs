use std::{collections::BTreeMap, sync::Arc};

use expr::ErrorKind;
use model::{
    ids::StepPath,
    run::{Datum, IterationEnd, RunEventKind, StepError, StepStatus},
    step::{ForEach, OnItemError},
};
use serde_json::{Value, json};

use super::{At, Position};
use crate::{
    cursor::{Inner, Iteration, Loop},
    values::{bad_input, required},
    walk::{Flow, Walk},
};

/// So many errors of skipped elements are listed.
const MOST_ERRORS: usize = 100;

/// Output: `{items, failed, errors}`.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, each: &'a ForEach, inner: &mut Position) -> Flow {
    if walk.status(at.path) == StepStatus::Pending {
        if !walk.loaded(at.path, at.step) {
            return Flow::Blocked;
        }
        let items = match list(walk, each) {
            Ok(items) => items,
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        };
        if walk.alone {
            // A test of the loop alone shows what it would go over.
            walk.finish(at.id, at.path, Datum::new(json!({ "items": items, "failed": 0, "errors": [] })), Vec::new(), None);
            return Flow::Next;
        }
        let count = u32::try_from(items.len()).ok();
        walk.emit(RunEventKind::StepReady {
            path: at.path.clone(),
            input: Datum::new(Value::Array(items)),
            notes: Vec::new(),
        });
        walk.emit(RunEventKind::LoopStarted { path: at.path.clone(), count });
    }
    let mut run = match inner.take().map(|inner| *inner) {
        Some(Inner::Loop(run)) => run,
        _ => {
            let input = walk.step_state(at.path).and_then(|step| step.input.clone());
            let input = input.unwrap_or_else(|| Datum::new(Value::Array(Vec::new())));
            let Some(items) = walk.value(at.path, &input) else { return Flow::Blocked };
            // Whatever had begun are the first that have not ended: they are begun again, where they stand.
            Loop { items, next: 0, active: BTreeMap::new() }
        }
    };
    let flow = go_on(walk, at, each, &mut run);
    if flow == Flow::Blocked {
        *inner = Some(Box::new(Inner::Loop(run)));
    }
    flow
}

fn go_on<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, each: &'a ForEach, run: &mut Loop) -> Flow {
    let items = Arc::clone(&run.items);
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    for index in walk.cursor.dirty.remove(at.path).unwrap_or_default() {
        if let Some(item) = run.active.remove(&index)
            && let Some(flow) = visit(walk, at, each, run, index, item)
        {
            return flow;
        }
    }
    let limit = each.concurrency.clamp(1, ForEach::MAX_CONCURRENCY) as usize;
    while !stopped(walk, at.path) && run.active.len() < limit && (run.next as usize) < items.len() {
        if walk.is_full(at.path) {
            return Flow::Blocked;
        }
        let index = run.next;
        run.next += 1;
        let state = walk.step_state(at.path).and_then(|step| step.iterations.as_ref());
        if state.is_some_and(|state| state.end(index).is_some()) {
            continue;
        }
        let mut scope = walk.iteration_scope(at.path, index, json!({ "index": index, "count": items.len() }));
        scope.data.push_local(&each.item, Arc::new(items[index as usize].clone()));
        let item = Iteration { scope, body: Default::default() };
        if let Some(flow) = visit(walk, at, each, run, index, item) {
            return flow;
        }
    }
    if stopped(walk, at.path) {
        leave(walk, at.path, each, run);
    }
    if run.active.is_empty() && (stopped(walk, at.path) || run.next as usize >= items.len()) {
        return finish(walk, at, items.len());
    }
    Flow::Blocked
}

fn stopped(walk: &Walk<'_>, path: &StepPath) -> bool {
    walk.step_state(path).and_then(|step| step.iterations.as_ref()).is_some_and(|state| state.stopped)
}

/// Leaves the elements that have not ended.
fn leave(walk: &mut Walk<'_>, path: &StepPath, each: &ForEach, run: &mut Loop) {
    run.active.clear();
    for index in walk.begun(path) {
        walk.abandon_iteration(path, index, &each.body);
    }
}

/// Brings one element as far as it comes. A flow: it is left with the whole loop.
fn visit<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, each: &'a ForEach, run: &mut Loop, index: u32, mut item: Iteration) -> Option<Flow> {
    let Iteration { scope, body } = &mut item;
    let end = walk.within(at.id, scope, |walk| {
        let flow = walk.body(body, &each.body, false);
        match flow {
            Flow::Next => output(walk, at, each, index),
            Flow::EndBody | Flow::Continue => Ok(IterationEnd::Nothing),
            Flow::Break => match &each.output {
                Some(_) => output(walk, at, each, index).map(|end| match end {
                    IterationEnd::Value(value) => IterationEnd::Broke(Some(value)),
                    _ => IterationEnd::Broke(None),
                }),
                None => Ok(IterationEnd::Broke(None)),
            },
            Flow::Failed => Ok(failed(each, walk.take_failure())),
            Flow::Stopped | Flow::Blocked => Err(flow),
        }
    });
    match end {
        Ok(end) => {
            let (from, to) = (index, index + 1);
            walk.emit(RunEventKind::IterationsFinished { path: at.path.clone(), from, to, outputs: vec![end] });
            None
        }
        Err(flow) => {
            run.active.insert(index, item);
            (flow != Flow::Blocked).then_some(flow)
        }
    }
}

fn failed(each: &ForEach, mut error: Box<StepError>) -> IterationEnd {
    error.response = None;
    match each.on_item_error {
        OnItemError::Stop => IterationEnd::Failed(error),
        OnItemError::Skip => IterationEnd::Skipped(error),
    }
}

/// What an element gives whose body has ended.
fn output(walk: &mut Walk<'_>, at: At<'_, '_>, each: &ForEach, index: u32) -> Result<IterationEnd, Flow> {
    let Some(mapped) = &each.output else {
        return Ok(walk.last_output(&each.body).map_or(IterationEnd::Nothing, |(path, value)| {
            let succeeded = walk.status(&path) == StepStatus::Succeeded;
            if succeeded { IterationEnd::Step(path) } else { IterationEnd::Value(value) }
        }));
    };
    if !walk.loaded(at.path, at.step) {
        walk.cursor.mark_iteration(at.path.clone(), index);
        return Err(Flow::Blocked);
    }
    match walk.field(mapped, "output") {
        Ok(field) => Ok(field.value.map_or(IterationEnd::Nothing, |value| IterationEnd::Value(Datum::new(value)))),
        // A filter or an arm kept the step from running whose output it names.
        Err(error) if error.code == ErrorKind::NotRun.code() => Ok(IterationEnd::Nothing),
        Err(mut error) => {
            error.at = Some(at.path.clone());
            Ok(failed(each, error))
        }
    }
}

fn finish(walk: &mut Walk<'_>, at: At<'_, '_>, count: usize) -> Flow {
    let Some(state) = walk.step_state(at.path).and_then(|step| step.iterations.clone()) else { return Flow::Blocked };
    if let Some(IterationEnd::Failed(error)) = state.ends.iter().flatten().find(|end| matches!(end, IterationEnd::Failed(_))) {
        return walk.fail(at.id, at.path, at.step, error.clone());
    }
    let count = if state.stopped { state.ends.len() } else { count };
    let mut items = Vec::with_capacity(count);
    let mut errors = Vec::new();
    for index in 0..count {
        items.push(match state.ends.get(index).and_then(Option::as_ref) {
            Some(IterationEnd::Value(value) | IterationEnd::Broke(Some(value))) => {
                walk.value(at.path, value).map_or(Value::Null, |value| value.as_ref().clone())
            }
            Some(IterationEnd::Skipped(error)) => {
                if errors.len() < MOST_ERRORS {
                    errors.push(json!({ "index": index, "class": error.class.as_str(), "code": error.code, "message": error.message }));
                }
                Value::Null
            }
            _ => Value::Null,
        });
    }
    if !walk.needed.is_empty() {
        return Flow::Blocked;
    }
    let output = json!({ "items": items, "failed": state.failed, "errors": errors });
    walk.finish(at.id, at.path, Datum::new(output), Vec::new(), None);
    Flow::Next
}

fn list(walk: &Walk<'_>, each: &ForEach) -> Result<Vec<Value>, Box<StepError>> {
    let field = walk.field(&each.over, "over")?;
    let items = match field.value {
        Some(Value::Array(items)) => items,
        Some(Value::Object(entries)) => entries.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect(),
        None => return Err(Box::new(required("over", "over", &field.notes))),
        Some(other) => {
            let message = format!("A loop goes over a list or an object; this is {}.", kind_of(&other));
            return Err(Box::new(bad_input("over", "for_each.no_list", message)));
        }
    };
    if items.len() > ForEach::MAX_ITEMS {
        let message = format!("The list has {} elements; a loop goes over at most {}.", items.len(), ForEach::MAX_ITEMS);
        return Err(Box::new(bad_input("over", "for_each.too_many", message)));
    }
    Ok(items)
}

fn kind_of(value: &Value) -> String {
    let shown: String = value.to_string().chars().take(80).collect();
    match value {
        Value::Null => "empty (null)".into(),
        Value::Bool(_) => format!("true or false: {shown}"),
        Value::Number(_) => format!("the number {shown}"),
        _ => format!("the text {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use model::{
        ids::StepPath,
        run::{CallOutcome, Datum, EffectClass, ErrorClass, RunEvent, RunEventKind, RunState, RunStatus, StepError},
    };
    use serde_json::{Value, json};

    use crate::{
        Call, Cursor, Effect, Next,
        fixture::{Run, from_step, http, pill, test, with, workflow},
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
        run.decide().effects.into_iter().map(|Effect::Call(call)| call).collect()
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
                assert_eq!((&output["failed"], &output["errors"][0]["index"], &output["errors"][0]["class"]), (&json!(1), &json!(1), &json!("input")));
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
        let when = |than: i32, then: &str| json!({ "type": "branch", "mode": "first", "arms": [
            { "id": "x", "label": "x", "condition": test(json!({ "expr": "item" }), "equals", json!(than)), "body": [then] }] });
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
        assert_eq!((run.output("l"), run.output("after")), (&json!({ "items": [null, null], "failed": 0, "errors": [] }), &json!({ "v": "went on" })));
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
}

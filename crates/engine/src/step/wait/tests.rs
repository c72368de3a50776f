use model::{
    run::{CallOutcome, Datum, EffectClass, ErrorClass, Hold, RunEvent, RunKind, RunStatus, SignalKind, SkipReason, StepStatus},
    step::Wait,
};
use serde_json::{Value, json};

use crate::{
    Next, closes,
    fixture::{Run, http, pill, with, workflow},
};

fn callback(timeout_ms: u64) -> Value {
    json!({ "type": "wait", "until": { "type": "callback" }, "timeout_ms": timeout_ms })
}

fn with_body(timeout_ms: u64, body: &[&str]) -> Value {
    with(callback(timeout_ms), "timeout_body", json!(body))
}

fn set(expr: &str) -> Value {
    json!({ "type": "set", "fields": [{ "name": "v", "value": { "expr": expr } }] })
}

fn answer(run: &mut Run, path: &str, body: Value) -> Vec<&'static str> {
    run.signal(
        SignalKind::Answered,
        path,
        json!({ "at": "2026-01-01T00:00:01.000Z", "method": "POST", "query": {}, "headers": {}, "body": body }),
    )
}

fn code(run: &Run) -> Option<&str> {
    run.state.error.as_ref().map(|error| error.code.as_str())
}

#[test]
fn goes_on_with_the_answer() {
    let steps = json!({ "w": with_body(60_000, &["late"]), "late": set("1"), "after": set("w.body.ok") });
    let mut run = Run::new(workflow(&["w", "after"], steps), json!({}));
    let until = run.now.plus_ms(60_000);
    assert_eq!(run.decide().next, Next::Park { until: Some(until), hold: None });
    run.crash();
    assert_eq!(answer(&mut run, "w", json!({ "ok": 5 })), ["signal_taken", "answered"]);
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!((run.output("after"), &run.output("w")["timed_out"]), (&json!({ "v": 5 }), &json!(false)));
    assert_eq!(run.output("w")["at"], json!("2026-01-01T00:00:01.000Z"));
    assert_eq!(run.step("late").skipped, Some(SkipReason::ArmNotChosen));
    assert!(run.state.answers.is_empty(), "taken");
}

#[test]
fn an_early_answer_is_kept() {
    let mut run = Run::new(workflow(&["a", "w"], json!({ "a": http(), "w": callback(60_000) })), json!({}));
    let call = run.call();
    run.start(&call, EffectClass::Safe);
    assert_eq!(answer(&mut run, "w", json!("early")), ["signal_taken", "answered"]);
    assert_eq!(answer(&mut run, "w", json!("second")), ["signal_taken"], "the first counts");
    assert!(run.state.step(&"w".into()).is_none(), "the step has not begun");
    run.crash();
    let lost = run.with(crate::recover);
    run.take(lost);
    let call = run.call();
    run.start(&call, EffectClass::Safe);
    run.end(&call, CallOutcome::Succeeded { output: json!({}), response: None });
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.output("w")["body"], json!("early"));
}

#[test]
fn nobody_answers() {
    for (body, on_error, status) in
        [(false, "stop", RunStatus::Failed), (false, "continue", RunStatus::Succeeded), (true, "stop", RunStatus::Succeeded)]
    {
        let wait = if body { with_body(1_000, &["remind"]) } else { callback(1_000) };
        let steps = json!({ "w": with(wait, "policy", json!({ "on_error": on_error })), "remind": set("1"), "after": set("w.timed_out | default('no')") });
        let mut run = Run::new(workflow(&["w", "after"], steps), json!({}));
        run.decide();
        run.now = run.now.plus_ms(1_000);
        let decision = run.decide();
        assert_eq!((decision.next, run.state.status), (Next::Done, status));
        assert_eq!(closes(&decision.events), ["w".into()], "the commit looks for an answer that stands there already");
        assert_eq!(answer(&mut run, "w", json!("late")), ["signal_taken"], "too late");
        if body {
            assert_eq!(run.output("w"), &json!({ "timed_out": true, "at": run.now.rfc3339() }));
            assert_eq!((run.output("remind"), run.output("after")), (&json!({ "v": 1 }), &json!({ "v": true })));
        } else {
            let error = run.step("w").error.clone().map(|error| (error.class, error.code));
            assert_eq!(error, Some((ErrorClass::TimedOut, "wait.timed_out".into())));
        }
    }
}

#[test]
fn an_answer_that_is_there_counts_even_after_its_time() {
    let mut run = Run::new(workflow(&["w"], json!({ "w": callback(1_000) })), json!({}));
    run.decide();
    run.now = run.now.plus_ms(5_000);
    answer(&mut run, "w", json!(1));
    let decision = run.decide();
    assert_eq!((decision.next, closes(&decision.events), run.state.status), (Next::Done, vec![], RunStatus::Succeeded));
}

#[test]
fn the_time_out_body_goes_on_where_it_stood() {
    let steps = json!({ "w": with_body(1_000, &["call", "note"]), "call": http(), "note": set("call.id") });
    let mut run = Run::new(workflow(&["w"], steps), json!({}));
    run.decide();
    run.now = run.now.plus_ms(1_000);
    let since = run.now;
    let call = run.call();
    assert_eq!(run.step("w").status, StepStatus::Ready);
    run.start(&call, EffectClass::Safe);
    assert_eq!(answer(&mut run, "w", json!("late")), ["signal_taken"]);
    run.crash();
    run.now = run.now.plus_ms(9_000);
    run.end(&call, CallOutcome::Succeeded { output: json!({ "id": 3 }), response: None });
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!((run.output("note"), run.output("w")), (&json!({ "v": 3 }), &json!({ "timed_out": true, "at": since.rfc3339() })));
    assert_eq!(run.names().iter().filter(|name| **name == "timed_out").count(), 1);
}

#[test]
fn a_time_out_body_that_fails_fails_the_wait() {
    let risky = json!({ "type": "set", "fields": [{ "name": "v", "value": pill(&["v"]), "required": true }] });
    let mut run = Run::new(workflow(&["w"], json!({ "w": with_body(1_000, &["risky"]), "risky": risky })), json!({}));
    run.decide();
    run.now = run.now.plus_ms(1_000);
    run.decide();
    assert_eq!((code(&run), run.step("w").status), (Some("expr.missing"), StepStatus::Failed));
    assert_eq!(run.state.error.as_ref().and_then(|error| error.path.clone()), Some("risky".into()));
}

#[test]
fn answers_come_to_the_iteration_they_are_for() {
    let steps = json!({
        "l": { "type": "for_each", "over": pill(&["list"]), "concurrency": 2, "body": ["w", "s"], "output": { "expr": "s.v" } },
        "w": callback(60_000), "s": set("item ~ '=' ~ w.body"),
    });
    let mut run = Run::new(workflow(&["l"], steps), json!({ "list": ["a", "b", "c"] }));
    assert!(matches!(run.decide().next, Next::Park { until: Some(_), hold: None }));
    answer(&mut run, "l[2].w", json!("third"));
    answer(&mut run, "l[1].w", json!("second"));
    assert!(matches!(run.decide().next, Next::Park { .. }), "the third began and ended, the first still waits");
    assert_eq!(answer(&mut run, "l[1].w", json!("again")), ["signal_taken"], "that element has ended");
    run.crash();
    answer(&mut run, "l[0].w", json!("first"));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.output("l")["items"], json!(["a=first", "b=second", "c=third"]));
    assert!(run.state.answers.is_empty());
}

#[test]
fn the_first_of_parallel_arms_leaves_the_other_wait() {
    let arm = |id: &str, body: &str| json!({ "id": id, "label": id, "body": [body] });
    let steps = json!({ "p": { "type": "parallel", "join": "first", "arms": [arm("x", "one"), arm("y", "two")] },
        "one": callback(60_000), "two": with_body(1_000, &["late"]), "late": set("1"), "after": set("1") });
    let mut run = Run::new(workflow(&["p", "after"], steps), json!({}));
    assert_eq!(run.decide().next, Next::Park { until: Some(run.now.plus_ms(1_000)), hold: None });
    answer(&mut run, "one", json!(1));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!((run.step("two").skipped, run.step("late").skipped), (Some(SkipReason::Abandoned), Some(SkipReason::Abandoned)));
    assert_eq!(answer(&mut run, "two", json!(1)), ["signal_taken"]);
}

#[test]
fn signals_that_fit_no_wait_are_only_taken() {
    let mut run = Run::new(
        workflow(&["d", "w"], json!({ "d": { "type": "delay", "for": { "ms": 9 } }, "w": callback(60_000) })),
        json!({}),
    );
    run.decide();
    for path in ["d", "ghost", ""] {
        assert_eq!(answer(&mut run, path, json!(1)), ["signal_taken"], "{path}");
    }
    run.take(crate::cancel(&run.state, "Ada"));
    assert_eq!(answer(&mut run, "w", json!(1)), ["signal_taken"], "the run has ended");
}

#[test]
fn answers_of_any_form_are_kept() {
    let deep = (0..300).fold(json!(1), |inner, _| json!([inner]));
    for (sent, kept) in [
        (json!({ "approved": true, "comment": "", "by": "ada@x.example", "timed_out": true }), json!({ "approved": true })),
        (json!("text"), json!({ "body": "text" })),
        (json!(null), json!({ "body": null })),
        (
            json!({ "body": { "__proto__": { "admin": true }, "constructor": "\u{0}\u{fffd}" } }),
            json!({ "body": { "__proto__": { "admin": true }, "constructor": "\u{0}\u{fffd}" } }),
        ),
        (json!({ "body": deep }), json!({ "body": format!("{}1{}", "[".repeat(300), "]".repeat(300)) })),
    ] {
        let mut run = Run::new(workflow(&["w"], json!({ "w": callback(60_000) })), json!({}));
        run.signal(SignalKind::Answered, "w", sent.clone());
        assert_eq!(run.decide().next, Next::Done);
        let output = run.output("w");
        assert_eq!(output["timed_out"], json!(false), "{sent}");
        assert_eq!(output["at"].as_str().map(str::len), Some(24));
        for (key, value) in kept.as_object().unwrap() {
            assert_eq!(&output[key], value);
        }
        let row = serde_json::to_string(&run.journal).unwrap();
        assert!(serde_json::from_str::<Value>(&row).is_ok(), "the journal can be read again");
    }
}

#[test]
fn an_approval_says_what_it_asks() {
    let approval = |required: bool| {
        json!({ "type": "wait", "until": { "type": "approval", "question": { "template": [{ "text": "Pay " }, { "expr": "event.body.amount" }] },
            "shown": [{ "name": "To", "value": pill(&["to"]) }, { "name": "Gone", "value": pill(&["gone"]), "required": required }],
            "people": ["ada@x.example"] } })
    };
    let mut run = Run::new(workflow(&["w"], json!({ "w": approval(false) })), json!({ "amount": 5, "to": ["a"] }));
    assert_eq!(run.decide().next, Next::Park { until: Some(run.now.plus_ms(30 * 24 * 3_600_000)), hold: None });
    let asked = json!({ "question": "Pay 5", "shown": [{ "name": "To", "value": ["a"] }, { "name": "Gone" }], "people": ["ada@x.example"] });
    assert_eq!(run.step("w").input.as_ref().and_then(Datum::inline).map(|input| input.as_ref().clone()), Some(asked));
    assert_eq!(run.step("w").notes.len(), 1);

    let mut run = Run::new(workflow(&["w"], json!({ "w": approval(true) })), json!({ "amount": 5 }));
    run.decide();
    assert_eq!(run.step("w").error.as_ref().and_then(|error| error.field.clone()), Some("shown.Gone".into()));

    let kind = RunKind::Test { only: Some("w".into()) };
    let mut run = Run::of_kind(workflow(&["w"], json!({ "w": approval(false) })), json!({ "amount": 5 }), kind, vec![]);
    assert_eq!(run.decide().next, Next::Done, "a test of the wait alone waits for nobody");
}

#[test]
fn links_are_known_before_the_wait_and_in_its_loop() {
    let url = |path: &str| format!("https://p.example/wait/{}/{path}/s", model::ids::RunId(7));
    let steps = json!({
        "before": set("links.top"),
        "l": { "type": "for_each", "over": pill(&["list"]), "body": ["s", "inner"], "output": { "expr": "s.v" } },
        "s": set("links.inner ~ ' ' ~ links.top"), "inner": callback(1), "top": callback(1),
    });
    let mut run = Run::new(workflow(&["before", "l", "top"], steps), json!({ "list": [0, 1] }));
    run.decide();
    assert_eq!(run.output("before"), &json!({ "v": url("top") }));
    assert_eq!(run.output("l[0].s"), &json!({ "v": format!("{} {}", url("l[0].inner"), url("top")) }));
    run.crash();
    answer(&mut run, "l[0].inner", json!(1));
    run.decide();
    assert_eq!(run.output("l[1].s"), &json!({ "v": format!("{} {}", url("l[1].inner"), url("top")) }));

    let mut run = Run::new(workflow(&["s"], json!({ "s": set("links.ghost") })), json!({}));
    run.decide();
    assert_eq!(run.state.status, RunStatus::Failed, "no such wait");
}

#[test]
fn the_longest_wait_is_a_year_and_a_paused_run_is_not_timed_out() {
    let mut run = Run::new(workflow(&["w"], json!({ "w": callback(u64::MAX) })), json!({}));
    let year = i64::try_from(Wait::MAX_TIMEOUT_MS).unwrap();
    assert_eq!(run.decide().next, Next::Park { until: Some(run.now.plus_ms(year)), hold: None });
    run.signal(SignalKind::Pause, "w", json!(null));
    run.now = run.now.plus_ms(year);
    assert_eq!(run.decide().next, Next::Park { until: None, hold: Some(Hold::Paused) });
    answer(&mut run, "w", json!("meanwhile"));
    run.signal(SignalKind::Resume, "w", json!(null));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!((run.state.status, &run.output("w")["body"]), (RunStatus::Succeeded, &json!("meanwhile")));
}

#[test]
fn a_large_answer_need_not_be_loaded_to_go_on() {
    let mut run = Run::new(workflow(&["w"], json!({ "w": callback(60_000) })), json!({}));
    run.decide();
    answer(&mut run, "w", json!("large"));
    let mut events: Vec<RunEvent> = run.journal.iter().map(|kind| RunEvent { at: run.now, kind: kind.clone() }).collect();
    let stored = Datum::Stored { hash: "large".into(), bytes: 9_000 };
    events.iter_mut().flat_map(|event| event.kind.data_mut()).for_each(|datum| *datum = stored.clone());
    run.state = model::run::RunState::fold(&events);
    run.cursor = crate::Cursor::new();
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.step("w").output, Some(stored));
}

use model::run::{CallOutcome, Hold, RunStatus, SignalKind, StepStatus};
use serde_json::json;

use super::*;
use crate::{
    Call, Next, cancel,
    fixture::{Run, http, with, workflow},
    late_body, recover,
};

fn error(class: ErrorClass) -> StepError {
    StepError::new(class, "test", "No word")
}

fn silent() -> CallOutcome {
    CallOutcome::Failed { error: error(ErrorClass::TimedOut), indeterminate: true, retry_after_ms: None }
}

fn unanswered(class: ErrorClass) -> LookupOutcome {
    LookupOutcome::Failed { error: error(class), retry_after_ms: None }
}

/// A call whose answer never came, and the question that follows.
fn asked(policy: Value) -> (Run, Call, Call) {
    let connection = model::ids::ConnectionId(1).to_string();
    let action = with(with(http(), "policy", policy), "connection", json!(connection));
    let mut run = Run::new(workflow(&["a"], json!({ "a": action })), json!({}));
    let call = run.call();
    run.start(&call, EffectClass::Lookup);
    run.end(&call, silent());
    let question = ask(&mut run);
    (run, call, question)
}

/// Waits until the next question is due, and begins it.
fn ask(run: &mut Run) -> Call {
    let Next::Park { until: Some(until), hold } = run.decide().next else { panic!("not parked") };
    assert!(until > run.now && hold != Some(Hold::Unknown));
    run.now = until;
    let question = run.call();
    run.start(&question, EffectClass::Lookup);
    question
}

#[test]
fn a_question_is_an_attempt_of_its_own() {
    let (run, call, question) = asked(json!({}));
    assert_eq!((question.n, question.lookup, &question.key), (2, Some(1), &call.key));
    assert_eq!(question.resend, run.step("a").attempts[0].request, "what is asked about");
    assert_eq!(run.names()[3..], ["attempt_started", "lookup_due", "parked", "resumed", "lookup_started"]);
    let attempt = run.step("a").last_attempt().unwrap();
    assert_eq!((attempt.class, attempt.lookup, &attempt.request), (EffectClass::Safe, Some(1), &None));
    assert_eq!(run.state.projection().retries, 0, "a question is no retry");
}

#[test]
fn it_happened() {
    let (mut run, _, question) = asked(json!({}));
    let facts = run.looked_up(&question, LookupOutcome::Happened(json!({ "id": 5 })));
    assert_eq!(facts, ["lookup_ended", "step_finished"]);
    let step = run.step("a");
    assert_eq!((step.attempts[0].status, step.attempts[1].happened), (AttemptStatus::Succeeded, Some(true)));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!((run.state.status, run.output("a")), (RunStatus::Succeeded, &json!({ "id": 5 })));
    assert!(run.looked_up(&question, LookupOutcome::DidNot).is_empty(), "answered before");
}

#[test]
fn it_did_not_happen() {
    let (mut run, call, question) = asked(json!({ "retry": { "max_attempts": 2 } }));
    assert_eq!(run.looked_up(&question, LookupOutcome::DidNot), ["lookup_ended", "attempt_failed"]);
    assert_eq!(run.step("a").attempts[1].happened, Some(false));
    let Next::Park { until: Some(until), .. } = run.decide().next else { panic!("not parked") };
    run.now = until;
    let again = run.call();
    assert_eq!((again.n, again.lookup, &again.key, again.round), (3, None, &call.key, 0));
    assert_eq!(again.resend, question.resend, "the recorded request");
    run.start(&again, EffectClass::Lookup);
    run.end(&again, silent());
    let question = ask(&mut run);
    assert_eq!(question.lookup, Some(3));
    let facts = run.looked_up(&question, LookupOutcome::DidNot);
    assert_eq!(facts, ["lookup_ended", "attempt_failed", "step_failed"], "the policy allows two");
}

#[test]
fn nobody_can_say() {
    for (on_unknown, facts, status) in [
        ("ask", vec!["lookup_ended", "attempt_unknown"], StepStatus::Unknown),
        ("retry", vec!["lookup_ended", "attempt_lost"], StepStatus::Backoff),
        ("fail", vec!["lookup_ended", "attempt_failed", "step_failed"], StepStatus::Failed),
    ] {
        let (mut run, _, question) = asked(json!({ "on_unknown": on_unknown }));
        assert_eq!(run.looked_up(&question, unanswered(ErrorClass::Rejected)), facts);
        assert_eq!((run.step("a").status, run.step("a").lookup), (status, None));
        if on_unknown == "retry" {
            let Next::Park { until: Some(until), .. } = run.decide().next else { panic!("not parked") };
            run.now = until;
            assert_eq!(run.call().lookup, None, "sent again, as its owner wants");
        }
    }
}

#[test]
fn a_question_without_an_answer_is_asked_a_few_times() {
    let (mut run, _, mut question) = asked(json!({}));
    let mut waits = Vec::new();
    for _ in 1..QUESTIONS.max_attempts {
        let now = run.now;
        assert_eq!(run.looked_up(&question, unanswered(ErrorClass::Transient)), ["lookup_ended"]);
        question = ask(&mut run);
        waits.push(run.now.since(now));
    }
    assert!(waits.windows(2).all(|pair| pair[0] < pair[1]) && waits[0] >= 5_000, "{waits:?}");
    assert_eq!(run.looked_up(&question, unanswered(ErrorClass::Transient)), ["lookup_ended", "attempt_unknown"]);
    assert_eq!(run.decide().next, Next::Park { until: None, hold: Some(Hold::Unknown) });
    let reason = run.step("a").attempts[0].lost.clone().unwrap();
    assert_eq!(reason, "No word. Asked whether it happened, the other side did not say: No word.");
}

#[test]
fn a_question_waits_for_its_connection() {
    let (mut run, _, mut question) = asked(json!({}));
    for _ in 0..2 * QUESTIONS.max_attempts {
        assert_eq!(run.looked_up(&question, unanswered(ErrorClass::Auth)), ["lookup_ended"]);
        assert!(matches!(run.decide().next, Next::Park { hold: Some(Hold::Connection), .. }));
        run.signal(SignalKind::Reconnected, "a", json!(null));
        question = run.call();
        run.start(&question, EffectClass::Lookup);
    }
    run.looked_up(&question, LookupOutcome::Happened(json!(1)));
    assert_eq!(run.decide().next, Next::Done);
}

#[test]
fn a_question_that_cannot_be_sent() {
    for (class, last) in
        [(ErrorClass::Auth, "lookup_ended"), (ErrorClass::Transient, "lookup_ended"), (ErrorClass::Input, "attempt_unknown")]
    {
        let connection = model::ids::ConnectionId(1).to_string();
        let mut run = Run::new(workflow(&["a"], json!({ "a": with(http(), "connection", json!(connection)) })), json!({}));
        let call = run.call();
        run.start(&call, EffectClass::Lookup);
        run.end(&call, silent());
        run.now = run.now.plus_ms(SETTLE_MS);
        let question = run.call();
        let facts = run.with(|ctx, state| crate::refused(ctx, state, &question, error(class)));
        run.take(facts);
        assert_eq!(run.names().last(), Some(&last), "{class:?}");
        assert_eq!(run.step("a").attempts.len(), 2);
        assert_ne!(run.step("a").status, StepStatus::Running);
    }
}

#[test]
fn a_crash_during_the_call_is_asked_about_once_it_has_timed_out() {
    for on_unknown in ["ask", "retry", "fail"] {
        let policy = json!({ "on_unknown": on_unknown, "retry": { "max_attempts": 1 } });
        let mut run = Run::new(workflow(&["a"], json!({ "a": with(http(), "policy", policy) })), json!({}));
        let call = run.call();
        run.start(&call, EffectClass::Lookup);
        let facts = run.with(recover);
        run.take(facts);
        let until = Some(run.now.plus_ms(30_000));
        assert_eq!(run.decide().next, Next::Park { until, hold: None }, "whoever lost the run may still be sending");
        let question = ask(&mut run);
        run.looked_up(&question, LookupOutcome::DidNot);
        assert_eq!(run.call().key, call.key, "its process died, which counts against nobody");
    }
}

#[test]
fn a_crash_during_the_question_asks_again() {
    let (mut run, _, mut question) = asked(json!({}));
    for _ in 1..20 {
        let facts = run.with(recover);
        run.take(facts);
        assert_eq!((run.step("a").status, run.step("a").lookup), (StepStatus::Backoff, Some(1)));
        question = run.call();
        run.start(&question, EffectClass::Lookup);
    }
    let facts = run.with(recover);
    run.take(facts);
    assert_eq!(run.step("a").status, StepStatus::Unknown, "a question that kills its process is left to a person");
    assert!(run.looked_up(&question, LookupOutcome::DidNot).is_empty());
}

#[test]
fn the_outcome_itself_comes_late() {
    let succeeded = CallOutcome::Succeeded { output: json!({ "id": 9 }), response: None };
    let failed = CallOutcome::Failed { error: error(ErrorClass::Rejected), indeterminate: false, retry_after_ms: None };
    // Before the question, during it, and during one that is lost.
    for (outcome, status) in [(succeeded, StepStatus::Succeeded), (failed, StepStatus::Failed)] {
        for when in 0..3 {
            let (mut run, call, question) = asked(json!({}));
            if when == 0 {
                run.looked_up(&question, unanswered(ErrorClass::Transient));
            }
            run.signal(SignalKind::LateOutcome, "a", late_body(call.n, &outcome));
            match when {
                0 => {}
                1 => drop(run.looked_up(&question, unanswered(ErrorClass::Rejected))),
                _ => {
                    let facts = run.with(recover);
                    run.take(facts);
                }
            }
            assert_eq!(run.step("a").status, status, "{when}");
            assert_eq!(run.decide().next, Next::Done);
        }
    }
}

#[test]
fn an_answer_after_the_end_changes_nothing() {
    let (mut run, _, question) = asked(json!({}));
    run.take(cancel(&run.state, "Ada"));
    assert!(run.looked_up(&question, LookupOutcome::Happened(json!(1))).is_empty());
    assert_eq!(run.state.status, RunStatus::Cancelled);
}

#[test]
fn hostile_outputs_do_not_get_in() {
    let (mut run, _, question) = asked(json!({}));
    let deep = (0..500).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(run.looked_up(&question, LookupOutcome::Happened(deep)), ["lookup_ended", "step_failed"]);
}

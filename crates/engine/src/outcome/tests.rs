use model::run::{Hold, RunStatus};
use serde_json::json;

use super::*;
use crate::{
    Next,
    fixture::{Run, http, with, workflow},
};

fn error(class: ErrorClass) -> StepError {
    StepError::new(class, "test", "It failed.")
}

fn failed(class: ErrorClass, indeterminate: bool) -> CallOutcome {
    CallOutcome::Failed { error: error(class), indeterminate, retry_after_ms: None }
}

fn one_call(policy: serde_json::Value) -> Run {
    Run::new(workflow(&["a"], json!({ "a": with(http(), "policy", policy) })), json!({}))
}

fn connected() -> Run {
    let connection = model::ids::ConnectionId(1).to_string();
    Run::new(workflow(&["a"], json!({ "a": with(http(), "connection", json!(connection)) })), json!({}))
}

/// What follows from each end of a first attempt: the step's status, and the facts.
#[test]
fn every_end_has_its_consequence() {
    use EffectClass::{Lookup, Safe, Unsafe};
    use ErrorClass::{Permanent, Rejected, System, TimedOut, Transient};
    let retried: &[&str] = &["attempt_failed"];
    let gave_up: &[&str] = &["attempt_failed", "step_failed"];
    let unknown: &[&str] = &["attempt_unknown"];
    let lost: &[&str] = &["attempt_lost"];
    let asked: &[&str] = &["lookup_due"];
    let cases = [
        (Safe, Transient, false, "ask", retried, StepStatus::Backoff),
        (Safe, Transient, true, "ask", retried, StepStatus::Backoff),
        (Safe, TimedOut, true, "fail", retried, StepStatus::Backoff),
        (Safe, Rejected, false, "ask", gave_up, StepStatus::Failed),
        (Safe, Permanent, true, "ask", gave_up, StepStatus::Failed),
        (Unsafe, Transient, false, "ask", retried, StepStatus::Backoff),
        (Unsafe, TimedOut, true, "ask", unknown, StepStatus::Unknown),
        (Unsafe, Permanent, true, "ask", unknown, StepStatus::Unknown),
        (Lookup, TimedOut, true, "ask", asked, StepStatus::Backoff),
        (Lookup, Permanent, true, "fail", asked, StepStatus::Backoff),
        (Lookup, Transient, false, "ask", retried, StepStatus::Backoff),
        (Unsafe, TimedOut, true, "retry", lost, StepStatus::Backoff),
        (Unsafe, TimedOut, true, "fail", gave_up, StepStatus::Failed),
        (Unsafe, System, false, "retry", gave_up, StepStatus::Failed),
    ];
    for (class, kind, indeterminate, on_unknown, facts, status) in cases {
        let mut run = one_call(json!({ "on_unknown": on_unknown }));
        let call = run.call();
        run.start(&call, class);
        let before = run.journal.len();
        run.end(&call, failed(kind, indeterminate));
        assert_eq!(run.names()[before..], *facts, "{class:?} {kind:?} {indeterminate} {on_unknown}");
        assert_eq!(run.step("a").status, status);
    }
}

#[test]
fn retries_with_the_same_key_and_the_recorded_request() {
    let mut run = one_call(json!({ "retry": { "max_attempts": 3, "first_delay_ms": 1000, "max_delay_ms": 9000 } }));
    let first = run.call();
    run.start(&first, EffectClass::Safe);
    let request = run.step("a").attempts[0].request.clone();
    for n in 2..=3 {
        run.end(&run.last_call(&first, n - 1), failed(ErrorClass::Transient, false));
        let Next::Park { until: Some(until), hold: None } = run.decide().next else { panic!("not parked") };
        assert!(until > run.now);
        run.now = until;
        let call = run.call();
        assert_eq!((call.n, call.round, &call.key, &call.resend), (n, 0, &first.key, &request));
        run.start(&call, EffectClass::Safe);
        assert_eq!(run.step("a").attempts.last().and_then(|a| a.request.clone()), None, "recorded once");
    }
    run.end(&run.last_call(&first, 3), failed(ErrorClass::Transient, false));
    assert_eq!(run.decide().next, Next::Done);
    assert_eq!(run.state.status, RunStatus::Failed);
    assert_eq!(run.state.projection().retries, 2);
}

#[test]
fn waits_as_long_as_it_was_asked_to() {
    let mut run = one_call(json!({ "retry": { "max_delay_ms": 10 } }));
    let call = run.call();
    run.start(&call, EffectClass::Safe);
    run.end(
        &call,
        CallOutcome::Failed { error: error(ErrorClass::RateLimited), indeterminate: false, retry_after_ms: Some(3_600_000) },
    );
    let until = Some(run.now.plus_ms(3_600_000));
    assert_eq!(run.decide().next, Next::Park { until, hold: None });
}

#[test]
fn bad_credentials_wait_for_the_connection_and_do_not_count() {
    let mut run = connected();
    let mut call = run.call();
    for _ in 0..6 {
        run.start(&call, EffectClass::Unsafe);
        run.end(&call, failed(ErrorClass::Auth, false));
        let Next::Park { until: Some(until), hold: Some(Hold::Connection) } = run.decide().next else { panic!("not held") };
        run.now = until;
        call = run.call();
    }
    run.start(&call, EffectClass::Unsafe);
    run.end(&call, failed(ErrorClass::Transient, false));
    assert_eq!(run.step("a").status, StepStatus::Backoff, "the first attempt that counts");

    let mut run = one_call(json!({}));
    let call = run.call();
    run.start(&call, EffectClass::Unsafe);
    run.end(&call, failed(ErrorClass::Auth, false));
    assert_eq!(run.step("a").status, StepStatus::Failed, "no connection could be repaired");
}

#[test]
fn a_call_that_cannot_be_sent() {
    for (class, status) in [
        (ErrorClass::Input, StepStatus::Failed),
        (ErrorClass::Transient, StepStatus::Backoff),
        (ErrorClass::Auth, StepStatus::Backoff),
    ] {
        let mut run = connected();
        let call = run.call();
        let events = run.with(|ctx, state| refused(ctx, state, &call, error(class)));
        run.take(events);
        assert_eq!(run.step("a").status, status, "{class:?}");
    }
}

#[test]
fn a_crash_during_a_call() {
    for (class, on_unknown, status) in [
        (EffectClass::Safe, "ask", StepStatus::Backoff),
        (EffectClass::Safe, "fail", StepStatus::Backoff),
        (EffectClass::Unsafe, "ask", StepStatus::Unknown),
        (EffectClass::Unsafe, "retry", StepStatus::Backoff),
        (EffectClass::Unsafe, "fail", StepStatus::Failed),
    ] {
        let mut run = one_call(json!({ "on_unknown": on_unknown, "retry": { "max_attempts": 1 } }));
        let call = run.call();
        run.start(&call, class);
        let events = run.with(recover);
        run.take(events);
        assert_eq!(run.step("a").status, status, "{class:?} {on_unknown}");
        match status {
            StepStatus::Backoff => {
                let again = run.call();
                assert_eq!((again.n, &again.key), (2, &call.key));
                assert_eq!(again.resend, run.step("a").attempts[0].request);
            }
            StepStatus::Unknown => assert_eq!(run.decide().next, Next::Park { until: None, hold: Some(Hold::Unknown) }),
            _ => assert_eq!(run.decide().next, Next::Done),
        }
        assert!(run.with(recover).is_empty(), "nothing is under way any more");
    }
}

#[test]
fn a_call_that_kills_its_process_again_and_again_is_left_to_a_person() {
    let mut run = one_call(json!({}));
    for _ in 0..19 {
        let call = run.call();
        run.start(&call, EffectClass::Safe);
        let events = run.with(recover);
        run.take(events);
        assert_eq!(run.step("a").status, StepStatus::Backoff);
    }
    let call = run.call();
    run.start(&call, EffectClass::Safe);
    let events = run.with(recover);
    run.take(events);
    assert_eq!(run.step("a").status, StepStatus::Unknown);
}

#[test]
fn what_comes_too_late_is_only_noted() {
    let mut run = one_call(json!({}));
    let call = run.call();
    run.start(&call, EffectClass::Unsafe);
    run.take(crate::cancel(&run.state, "Ada"));
    run.end(&call, CallOutcome::Succeeded { output: json!({}), response: None });
    assert_eq!(run.names().last(), Some(&"late_outcome"));
    assert_eq!((run.state.status, run.step("a").status), (RunStatus::Cancelled, StepStatus::Running));
    let before = run.journal.len();
    run.end(&call, CallOutcome::Succeeded { output: json!({}), response: None });
    assert_eq!(run.journal.len(), before, "known already");
}

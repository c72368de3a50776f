//! How long a call's key keeps a second send of it harmless. Past that, `safe` is `lookup` where the receiver can be asked, else
//! `unsafe`.

use model::{
    Timestamp,
    run::{AttemptState, AttemptStatus, EffectClass, KeyLimits, StepError, StepState},
};

/// What may be done at `at` about an attempt nobody knows the end of. `error`: what is seen of it and not recorded yet.
pub(crate) fn class_at(step: &StepState, attempt: &AttemptState, error: Option<&StepError>, at: Timestamp) -> EffectClass {
    if attempt.class != EffectClass::Safe {
        return attempt.class;
    }
    match limits(step, attempt.round) {
        Some(limits) if is_forgotten(step, attempt, limits, at) || is_replayed(step, attempt.round, error) => {
            if limits.lookup {
                EffectClass::Lookup
            } else {
                EffectClass::Unsafe
            }
        }
        _ => EffectClass::Safe,
    }
}

/// Whether the receiver would answer an error it keeps, instead of carrying out a call of this round.
pub(crate) fn is_replayed(step: &StepState, round: u32, error: Option<&StepError>) -> bool {
    let failed = |error: &StepError| error.status.is_some_and(|status| (500..600).contains(&status));
    let known = step.calls().filter(|attempt| attempt.round == round).filter_map(|attempt| attempt.error.as_ref());
    limits(step, round).is_some_and(|limits| limits.replays_errors) && known.chain(error).any(failed)
}

/// The last call of a round, if it may have been carried out.
pub(crate) fn in_doubt(step: &StepState, round: u32) -> Option<&AttemptState> {
    let is_in_doubt = |attempt: &&AttemptState| match attempt.status {
        AttemptStatus::Lost => true,
        AttemptStatus::Failed | AttemptStatus::TimedOut => attempt.indeterminate,
        AttemptStatus::Started | AttemptStatus::Succeeded => false,
    };
    step.calls().rev().filter(|attempt| attempt.round == round).find(is_in_doubt)
}

fn limits(step: &StepState, round: u32) -> Option<KeyLimits> {
    step.calls().filter(|attempt| attempt.round == round).find_map(|attempt| attempt.key_limits)
}

/// A call sent at `at` may arrive as late as it times out.
fn is_forgotten(step: &StepState, attempt: &AttemptState, limits: KeyLimits, at: Timestamp) -> bool {
    let Some(ttl_s) = limits.ttl_s else { return false };
    // One that could not be sent has no request: the receiver has not seen the key.
    let first = step.calls().find(|other| other.round == attempt.round && other.request.is_some());
    let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    first.is_some_and(|first| at.plus_ms(ms(attempt.timeout_ms)) > first.started_at.plus_ms(ms(ttl_s.saturating_mul(1000))))
}

#[cfg(test)]
mod tests {
    use model::run::{CallOutcome, ErrorClass, Hold, RunEventKind, StepStatus};
    use serde_json::json;

    use super::*;
    use crate::{
        Call, LookupOutcome, Next,
        fixture::{Run, http, with, workflow},
        recover,
    };

    const TTL_S: u64 = 3_600;

    fn run(policy: serde_json::Value) -> (Run, Call) {
        let mut run = Run::new(workflow(&["a"], json!({ "a": with(http(), "policy", policy) })), json!({}));
        let call = run.call();
        (run, call)
    }

    fn limits(ttl_s: Option<u64>, replays_errors: bool, lookup: bool) -> Option<KeyLimits> {
        Some(KeyLimits { ttl_s, replays_errors, lookup })
    }

    fn failed(status: Option<u16>, indeterminate: bool, retry_after_ms: Option<u64>) -> CallOutcome {
        let error = StepError { status, ..StepError::new(ErrorClass::Transient, "test", "No.") };
        CallOutcome::Failed { error, indeterminate, retry_after_ms }
    }

    #[test]
    fn within_its_lifetime_a_key_protects() {
        let (mut run, call) = run(json!({}));
        run.start_limited(&call, limits(Some(TTL_S), true, true));
        run.end(&call, failed(None, true, None));
        assert_eq!(run.step("a").status, StepStatus::Backoff);
        let Next::Park { until: Some(until), .. } = run.decide().next else { panic!("not parked") };
        run.now = until;
        let again = run.call();
        assert_eq!((again.lookup, &again.key), (None, &call.key));
    }

    #[test]
    fn a_retry_that_would_come_too_late_is_no_retry() {
        for (lookup, facts) in [(true, ["lookup_due"]), (false, ["attempt_unknown"])] {
            let (mut run, call) = run(json!({}));
            run.start_limited(&call, limits(Some(TTL_S), false, lookup));
            let before = run.journal.len();
            run.end(&call, failed(None, true, Some(TTL_S * 1000)));
            assert_eq!(run.names()[before..], facts);
        }
        // What surely did not happen may be sent whenever.
        let (mut run, call) = run(json!({}));
        run.start_limited(&call, limits(Some(TTL_S), false, false));
        run.end(&call, failed(Some(429), false, Some(TTL_S * 1000)));
        run.now = run.now.plus_ms(i64::try_from(TTL_S * 1000).unwrap());
        assert_eq!(run.call().n, 2);
    }

    #[test]
    fn a_run_that_slept_through_the_lifetime_does_not_send() {
        for (on_unknown, lookup, status) in [
            ("ask", false, StepStatus::Unknown),
            ("ask", true, StepStatus::Backoff),
            ("fail", false, StepStatus::Failed),
            ("retry", false, StepStatus::Backoff),
        ] {
            for dies in [false, true] {
                let (mut run, call) = run(json!({ "on_unknown": on_unknown }));
                run.start_limited(&call, limits(Some(TTL_S), false, lookup));
                if dies {
                    let facts = run.with(recover);
                    run.take(facts);
                } else {
                    run.end(&call, failed(None, true, None));
                }
                run.now = run.now.plus_ms(i64::try_from(TTL_S * 1000).unwrap());
                let decision = run.decide();
                assert_eq!(run.step("a").status, status, "{on_unknown} {lookup} {dies}");
                let calls: Vec<_> = decision.effects.into_iter().filter_map(crate::fixture::call_of).collect();
                match (on_unknown, lookup) {
                    ("ask", true) => assert_eq!(calls[0].lookup, Some(1), "asked instead"),
                    ("retry", _) => assert_eq!((calls[0].lookup, calls[0].n), (None, 2), "its owner wants it so"),
                    ("ask", false) => assert_eq!(decision.next, Next::Park { until: None, hold: Some(Hold::Unknown) }),
                    _ => assert_eq!(decision.next, Next::Done),
                }
            }
        }
    }

    #[test]
    fn a_crash_after_the_lifetime() {
        for (lookup, fact) in [(true, "lookup_due"), (false, "attempt_unknown")] {
            let (mut run, call) = run(json!({}));
            run.start_limited(&call, limits(Some(TTL_S), false, lookup));
            run.now = run.now.plus_ms(i64::try_from(TTL_S * 1000).unwrap());
            let facts: Vec<&str> = run.with(recover).iter().map(RunEventKind::name).collect();
            assert_eq!(facts, [fact]);
        }
    }

    #[test]
    fn an_error_that_is_kept_is_not_asked_for_again() {
        for (status, lookup, facts) in [
            (Some(500), true, ["lookup_due"]),
            (Some(500), false, ["attempt_unknown"]),
            (Some(408), false, ["attempt_failed"]),
            (None, false, ["attempt_failed"]),
        ] {
            let (mut run, call) = run(json!({}));
            run.start_limited(&call, limits(None, true, lookup));
            let before = run.journal.len();
            run.end(&call, failed(status, true, None));
            assert_eq!(run.names()[before..], facts, "{status:?} {lookup}");
        }
    }

    #[test]
    fn a_kept_error_is_left_to_a_person_even_if_it_did_not_happen() {
        let (mut run, call) = run(json!({}));
        run.start_limited(&call, limits(None, true, true));
        run.end(&call, failed(Some(500), true, None));
        let Next::Park { until: Some(until), .. } = run.decide().next else { panic!("not parked") };
        run.now = until;
        let question = run.call();
        run.start(&question, EffectClass::Safe);
        run.looked_up(&question, LookupOutcome::DidNot);
        assert_eq!(run.step("a").status, StepStatus::Unknown, "only a new key helps, and only a person gives one");
    }
}

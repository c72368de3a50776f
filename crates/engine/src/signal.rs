//! What reaches a run from outside: a person's word, an outcome that comes late, a repaired connection.

use model::{
    ids::{SignalId, StepPath},
    run::{
        AttemptState, AttemptStatus, CallOutcome, Choice, Control, Datum, ErrorClass, RunEventKind, RunState, RunStatus,
        SignalKind, StepError, StepStatus,
    },
    step::StepKind,
};
use serde_json::{Value, json};

use crate::{
    Context,
    local::child_ended,
    outcome::{Ending, step_failed},
    step::answered,
    values::{MOST_LEVELS, fits},
};

/// One row of a run's inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    pub id: SignalId,
    pub kind: SignalKind,
    /// The step it is about: settle and late outcome.
    pub path: Option<StepPath>,
    /// Settle: a [`Choice`] as JSON. Late outcome: see [`late_body`].
    pub body: Value,
    /// Who sent it, for people to read.
    pub by: Option<String>,
}

/// The facts that follow from a signal. One that fits nothing is only taken note of.
pub fn signal(ctx: &Context<'_>, state: &RunState, signal: &Signal) -> Vec<RunEventKind> {
    let mut events = vec![RunEventKind::SignalTaken { id: signal.id, kind: signal.kind, by: signal.by.clone() }];
    let by = signal.by.clone().unwrap_or_else(|| "someone".to_owned());
    let live = !state.status.is_final();
    match signal.kind {
        SignalKind::Pause if live && state.control == Control::Active => {
            events.push(RunEventKind::ControlChanged { control: Control::Paused, by });
        }
        SignalKind::Resume if live && state.control == Control::Paused => {
            events.push(RunEventKind::ControlChanged { control: Control::Active, by });
        }
        SignalKind::Settle if live => settle(ctx, state, signal, by, &mut events),
        SignalKind::LateOutcome => late_outcome(ctx, state, signal, &mut events),
        SignalKind::Answered if live => answer(ctx, state, signal, &mut events),
        SignalKind::ChildEnded => {
            let path = signal.path.as_ref();
            events.extend(path.into_iter().flat_map(|path| child_ended(ctx, state, path, &signal.body)));
        }
        // That the signal was taken makes the steps due that wait for a connection: see the fold.
        SignalKind::Reconnected | SignalKind::Pause | SignalKind::Resume | SignalKind::Settle | SignalKind::Answered => {}
    }
    events
}

/// Ends a run at a person's word. Calls under way may still happen; their outcomes are noted when they come.
pub fn cancel(state: &RunState, by: &str) -> Vec<RunEventKind> {
    if state.status.is_final() {
        return Vec::new();
    }
    vec![RunEventKind::RunFinished { status: RunStatus::Cancelled, error: None, message: None, by: Some(by.to_owned()) }]
}

/// The body of a late outcome's signal, for a worker that lost its run during attempt `n`.
pub fn late_body(n: u32, outcome: &CallOutcome) -> Value {
    match outcome {
        CallOutcome::Succeeded { output, response } => json!({ "n": n, "output": output, "response": response }),
        CallOutcome::Failed { error, indeterminate, retry_after_ms } => {
            json!({ "n": n, "error": error, "indeterminate": indeterminate, "retry_after_ms": retry_after_ms })
        }
    }
}

fn read_late(body: &Value) -> Option<(u32, CallOutcome)> {
    let n = u32::try_from(body["n"].as_u64()?).ok()?;
    let outcome = match body.get("error") {
        Some(error) => CallOutcome::Failed {
            error: serde_json::from_value::<StepError>(error.clone()).ok()?,
            indeterminate: body["indeterminate"].as_bool().unwrap_or(true),
            retry_after_ms: body["retry_after_ms"].as_u64(),
        },
        None => CallOutcome::Succeeded {
            output: body.get("output")?.clone(),
            response: serde_json::from_value::<Option<Datum>>(body["response"].clone()).ok()?,
        },
    };
    Some((n, outcome))
}

fn settle(ctx: &Context<'_>, state: &RunState, signal: &Signal, by: String, events: &mut Vec<RunEventKind>) {
    let Some(path) = signal.path.as_ref().filter(|path| state.step_status(path) == StepStatus::Unknown) else { return };
    let Ok(choice) = serde_json::from_value::<Choice>(signal.body.clone()) else { return };
    if !fits(&signal.body, MOST_LEVELS) {
        return;
    }
    let then = match &choice {
        Choice::Happened { output } => Some(RunEventKind::StepFinished {
            path: path.clone(),
            output: Datum::new(output.clone().unwrap_or_else(|| json!({}))),
            notes: Vec::new(),
            detail: None,
        }),
        Choice::RunAgain => None,
        Choice::Fail => {
            let message = format!("{by} said that this call did not happen and is not to be sent again.");
            Some(step_failed(&ctx.policy(path), path, StepError::new(ErrorClass::Permanent, "call.settled_failed", message)))
        }
    };
    events.push(RunEventKind::Settled { path: path.clone(), choice, by });
    events.extend(then);
}

/// Keeps an answer until the run comes to its wait. The first counts, a time-out included.
fn answer(ctx: &Context<'_>, state: &RunState, signal: &Signal, events: &mut Vec<RunEventKind>) {
    let Some(path) = &signal.path else { return };
    let is_wait = ctx.step_at(path).is_some_and(|step| matches!(step.kind, StepKind::Wait(_)));
    let known = state.step(path);
    let is_open = known.is_none_or(|step| !step.status.is_final() && step.timed_out.is_none());
    if !is_wait || !is_open || state.answers.contains_key(path) || state.is_over(path) {
        return;
    }
    let answer = Datum::Inline(answered(&signal.body, ctx.now));
    events.push(RunEventKind::Answered { path: path.clone(), answer, by: signal.by.clone() });
}

fn late_outcome(ctx: &Context<'_>, state: &RunState, signal: &Signal, events: &mut Vec<RunEventKind>) {
    let Some(path) = &signal.path else { return };
    let Some(step) = state.steps.get(path) else { return };
    let Some((n, outcome)) = read_late(&signal.body) else { return };
    let Some(attempt) = step.attempts.iter().find(|attempt| attempt.n == n) else { return };
    let open = !state.status.is_final()
        && attempt.status == AttemptStatus::Lost
        && step.last_call().is_some_and(|last| last.n == n && last.round == step.round);
    let is_asked_about = step.status == StepStatus::Backoff && step.lookup == Some(n);
    match (&outcome, step.status) {
        (CallOutcome::Succeeded { output, .. }, StepStatus::Unknown | StepStatus::Backoff) if open => {
            events.extend(late(attempt, path, &outcome));
            let output = Datum::new(output.clone());
            events.push(RunEventKind::StepFinished { path: path.clone(), output, notes: Vec::new(), detail: None });
        }
        // It surely did not happen, so the retry policy applies after all.
        (CallOutcome::Failed { error, indeterminate: false, retry_after_ms }, status)
            if open && (status == StepStatus::Unknown || is_asked_about) =>
        {
            events.extend(Ending::new(ctx, path, step, attempt).failed(error.clone(), false, *retry_after_ms));
        }
        (CallOutcome::Failed { indeterminate: true, .. }, _) => {}
        _ => events.extend(late(attempt, path, &outcome)),
    }
}

/// The note of an outcome that changes nothing any more, unless the journal knows how the attempt ended.
pub(crate) fn late(attempt: &AttemptState, path: &StepPath, outcome: &CallOutcome) -> Option<RunEventKind> {
    if !matches!(attempt.status, AttemptStatus::Started | AttemptStatus::Lost) {
        return None;
    }
    let (succeeded, detail) = match outcome {
        CallOutcome::Succeeded { output, .. } => (true, Datum::new(output.clone())),
        CallOutcome::Failed { error, .. } => (false, Datum::new(json!(error))),
    };
    Some(RunEventKind::LateOutcome { path: path.clone(), n: attempt.n, succeeded, detail })
}

#[cfg(test)]
mod tests {
    use model::run::{EffectClass, Hold};

    use super::*;
    use crate::{
        Call, Next,
        fixture::{Run, http, with, workflow},
        recover,
    };

    fn send(run: &mut Run, kind: SignalKind, body: Value) -> Vec<&'static str> {
        let signal_ = Signal { id: SignalId(1), kind, path: Some("a".into()), body, by: Some("Ada".into()) };
        let before = run.journal.len();
        let events = run.with(|ctx, state| signal(ctx, state, &signal_));
        run.take(events);
        run.names()[before..].to_vec()
    }

    /// A run that waits for a person, and the call it waits for.
    fn unknown() -> (Run, Call) {
        let mut run = Run::new(workflow(&["a"], json!({ "a": http() })), json!({}));
        let call = run.call();
        run.start(&call, EffectClass::Unsafe);
        let events = run.with(recover);
        run.take(events);
        assert_eq!(run.decide().next, Next::Park { until: None, hold: Some(Hold::Unknown) });
        (run, call)
    }

    fn failed(indeterminate: bool, class: ErrorClass) -> CallOutcome {
        CallOutcome::Failed { error: StepError::new(class, "test", "No."), indeterminate, retry_after_ms: Some(50) }
    }

    #[test]
    fn it_happened() {
        let (mut run, _) = unknown();
        let facts = send(&mut run, SignalKind::Settle, json!({ "happened": { "output": { "id": 5 } } }));
        assert_eq!(facts, ["signal_taken", "settled", "step_finished"]);
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!((run.state.status, run.output("a")), (RunStatus::Succeeded, &json!({ "id": 5 })));
    }

    #[test]
    fn run_it_again() {
        let (mut run, first) = unknown();
        assert_eq!(send(&mut run, SignalKind::Settle, json!("run_again")), ["signal_taken", "settled"]);
        let call = run.call();
        assert_eq!((call.n, call.round, &call.resend), (2, 1, &None), "rendered anew");
        assert_ne!(call.key, first.key);
        assert_eq!(call.input, first.input);
    }

    #[test]
    fn let_it_fail() {
        let (mut run, _) = unknown();
        assert_eq!(send(&mut run, SignalKind::Settle, json!("fail")), ["signal_taken", "settled", "step_failed"]);
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.state.status, RunStatus::Failed);
    }

    #[test]
    fn words_that_fit_nothing_are_only_taken() {
        let (mut run, call) = unknown();
        assert_eq!(send(&mut run, SignalKind::Settle, json!("maybe")), ["signal_taken"]);
        assert_eq!(send(&mut run, SignalKind::LateOutcome, json!({ "n": "x" })), ["signal_taken"]);
        assert_eq!(send(&mut run, SignalKind::LateOutcome, late_body(9, &failed(false, ErrorClass::Rejected))), ["signal_taken"]);
        assert_eq!(
            send(&mut run, SignalKind::LateOutcome, late_body(call.n, &failed(true, ErrorClass::TimedOut))),
            ["signal_taken"]
        );
        send(&mut run, SignalKind::Settle, json!({ "happened": { "output": null } }));
        assert_eq!(send(&mut run, SignalKind::Settle, json!("run_again")), ["signal_taken"], "settled before");
        run.decide();
        for kind in [SignalKind::Settle, SignalKind::Pause, SignalKind::Resume, SignalKind::Reconnected] {
            assert_eq!(send(&mut run, kind, json!("fail")), ["signal_taken"], "the run has ended");
        }
    }

    #[test]
    fn a_late_outcome_settles_what_is_unknown() {
        let (mut run, call) = unknown();
        let body =
            late_body(call.n, &CallOutcome::Succeeded { output: json!({ "id": 1 }), response: Some(Datum::new(json!("raw"))) });
        assert_eq!(send(&mut run, SignalKind::LateOutcome, body), ["signal_taken", "late_outcome", "step_finished"]);
        assert_eq!(run.decide().next, Next::Done);

        let (mut run, call) = unknown();
        let facts = send(&mut run, SignalKind::LateOutcome, late_body(call.n, &failed(false, ErrorClass::RateLimited)));
        assert_eq!(facts, ["signal_taken", "attempt_failed"], "it surely did not happen: retried");
        let until = Some(run.now.plus_ms(50));
        assert_eq!(run.decide().next, Next::Park { until, hold: None });

        let (mut run, call) = unknown();
        let facts = send(&mut run, SignalKind::LateOutcome, late_body(call.n, &failed(false, ErrorClass::Rejected)));
        assert_eq!(facts, ["signal_taken", "attempt_failed", "step_failed"]);
    }

    #[test]
    fn a_late_success_spares_the_second_send() {
        let kind = with(http(), "policy", json!({ "on_unknown": "retry" }));
        let mut run = Run::new(workflow(&["a"], json!({ "a": kind })), json!({}));
        let call = run.call();
        run.start(&call, EffectClass::Unsafe);
        run.end(&call, failed(true, ErrorClass::TimedOut));
        let body = late_body(call.n, &CallOutcome::Succeeded { output: json!(1), response: None });
        assert_eq!(send(&mut run, SignalKind::LateOutcome, body), ["signal_taken", "late_outcome", "step_finished"]);
        assert_eq!(run.decide().next, Next::Done);
    }

    #[test]
    fn pause_and_resume() {
        let mut run = Run::new(workflow(&["a"], json!({ "a": http() })), json!({}));
        assert_eq!(send(&mut run, SignalKind::Pause, json!(null)), ["signal_taken", "control_changed"]);
        assert_eq!(send(&mut run, SignalKind::Pause, json!(null)), ["signal_taken"]);
        let paused = run.decide();
        assert_eq!((paused.next, paused.effects), (Next::Park { until: None, hold: Some(Hold::Paused) }, vec![]));
        assert!(run.decide().events.is_empty(), "parked is parked");
        assert_eq!(send(&mut run, SignalKind::Resume, json!(null)), ["signal_taken", "control_changed"]);
        run.call();
        assert_eq!(run.state.status, RunStatus::Running);
    }

    #[test]
    fn a_repaired_connection_makes_its_steps_due() {
        let connection = model::ids::ConnectionId(1).to_string();
        let mut run = Run::new(workflow(&["a"], json!({ "a": with(http(), "connection", json!(connection)) })), json!({}));
        let call = run.call();
        run.start(&call, EffectClass::Unsafe);
        run.end(&call, failed(false, ErrorClass::Auth));
        assert!(matches!(run.decide().next, Next::Park { hold: Some(Hold::Connection), .. }));
        send(&mut run, SignalKind::Reconnected, json!(null));
        let again = run.call();
        assert_eq!((again.n, again.key), (2, call.key));
    }
}

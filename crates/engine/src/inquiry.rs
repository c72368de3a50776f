//! Asking the other side whether a call happened, and what follows from its answer.

use model::{
    ids::StepPath,
    run::{
        AttemptState, AttemptStatus, Datum, EffectClass, ErrorClass, LookupAnswer, RunEventKind, RunState, StepError, StepState,
    },
    step::Retry,
};
use serde_json::Value;

use crate::{
    Context,
    outcome::{Ending, finished},
    retry,
};

/// So often it is asked at most, and so many milliseconds lie between two questions.
const QUESTIONS: Retry = Retry { max_attempts: 5, first_delay_ms: 5_000, max_delay_ms: 300_000 };

/// After a call that got no answer, milliseconds before it is asked about: the other side may still be at work on it.
pub(crate) const SETTLE_MS: i64 = 5_000;

/// What came of asking the other side whether a call happened.
#[derive(Debug, Clone, PartialEq)]
pub enum LookupOutcome {
    /// It did; this is the output it had.
    Happened(Value),
    /// It surely did not.
    DidNot,
    /// Nobody said. `retry_after_ms`: the other side asked for it.
    Failed { error: StepError, retry_after_ms: Option<u64> },
}

/// The facts that follow from the end of attempt `n`, which was a question. One that comes too late changes nothing.
pub fn looked_up(ctx: &Context<'_>, state: &RunState, path: &StepPath, n: u32, outcome: LookupOutcome) -> Vec<RunEventKind> {
    let Some(step) = state.steps.get(path) else { return Vec::new() };
    let Some((question, about)) = question(step, n) else { return Vec::new() };
    if state.status.is_final() || question.status != AttemptStatus::Started || step.lookup != Some(about.n) {
        return Vec::new();
    }
    let ending = Ending::new(ctx, path, step, about);
    let ended = |answer| RunEventKind::LookupEnded { path: path.clone(), n, answer };
    // Its own outcome may have come in the meantime, and says more.
    if let Some((answer, facts)) = told(&ending, about, path) {
        return std::iter::once(ended(answer)).chain(facts).collect();
    }
    let (answer, facts) = match outcome {
        LookupOutcome::Happened(output) => (LookupAnswer::Happened, vec![finished(ctx, path, output)]),
        LookupOutcome::DidNot => (LookupAnswer::DidNot, ending.did_not_happen()),
        LookupOutcome::Failed { error, retry_after_ms } => {
            let retry_at = asked_again_at(ctx, step, question, &error, retry_after_ms);
            let facts = if retry_at.is_some() { Vec::new() } else { ending.nobody_can_say(&error.message) };
            (LookupAnswer::Failed { error, retry_at }, facts)
        }
    };
    std::iter::once(ended(answer)).chain(facts).collect()
}

/// The facts that follow when a question's process lost the run. It changes nothing, so it is asked again.
pub(crate) fn lost(ctx: &Context<'_>, path: &StepPath, step: &StepState, question: &AttemptState) -> Vec<RunEventKind> {
    let Some(about) = step.attempts.iter().find(|attempt| Some(attempt.n) == question.lookup) else { return Vec::new() };
    let reason = "Patchbay stopped while it asked whether the call happened.".to_owned();
    let ending = Ending::new(ctx, path, step, about);
    let failed = |reason: &str| {
        let error = StepError::new(ErrorClass::System, "lookup.lost", reason);
        let answer = LookupAnswer::Failed { error, retry_at: None };
        RunEventKind::LookupEnded { path: path.clone(), n: question.n, answer }
    };
    if let Some((_, facts)) = told(&ending, about, path) {
        return std::iter::once(failed(&reason)).chain(facts).collect();
    }
    if retry::may_resend(asked(step, about.n)) {
        return vec![RunEventKind::AttemptLost { path: path.clone(), n: question.n, reason, retry_at: ctx.now }];
    }
    std::iter::once(failed(&reason)).chain(ending.nobody_can_say(&reason)).collect()
}

/// A question that could not even be sent.
pub(crate) fn refused(ctx: &Context<'_>, path: &StepPath, step: &StepState, of: u32, error: StepError) -> Vec<RunEventKind> {
    let Some(about) = step.attempts.iter().find(|attempt| attempt.n == of) else { return Vec::new() };
    let n = step.last_attempt().map_or(0, |last| last.n) + 1;
    // As it would stand in the journal, so that it counts.
    let question = AttemptState { n, lookup: Some(of), status: AttemptStatus::Started, error: None, ..about.clone() };
    let mut with_it = step.clone();
    with_it.attempts.push(question.clone());
    let retry_at = asked_again_at(ctx, &with_it, &question, &error, None);
    let ending = Ending::new(ctx, path, step, about);
    let then = if retry_at.is_some() { Vec::new() } else { ending.nobody_can_say(&error.message) };
    let started = RunEventKind::LookupStarted {
        path: path.clone(),
        n,
        of,
        round: about.round,
        key: about.key.clone(),
        timeout_ms: about.timeout_ms,
        connection: about.connection,
    };
    let answer = LookupAnswer::Failed { error, retry_at };
    [started, RunEventKind::LookupEnded { path: path.clone(), n, answer }].into_iter().chain(then).collect()
}

fn question(step: &StepState, n: u32) -> Option<(&AttemptState, &AttemptState)> {
    let question = step.attempts.iter().find(|attempt| attempt.n == n)?;
    let about = step.attempts.iter().find(|attempt| Some(attempt.n) == question.lookup)?;
    Some((question, about))
}

/// What a late outcome has said of the call.
fn told(ending: &Ending<'_>, about: &AttemptState, path: &StepPath) -> Option<(LookupAnswer, Vec<RunEventKind>)> {
    let said = about.response.as_ref();
    match about.status {
        AttemptStatus::Succeeded => {
            let output = said.cloned().unwrap_or_else(|| Datum::new(Value::Null));
            let end = RunEventKind::StepFinished { path: path.clone(), output, notes: Vec::new(), detail: None };
            Some((LookupAnswer::Happened, vec![end]))
        }
        AttemptStatus::Failed if about.class == EffectClass::Lookup && about.lost.is_some() => {
            let error = said.and_then(Datum::inline).and_then(|said| serde_json::from_value::<StepError>((**said).clone()).ok());
            let facts = error.map_or_else(|| ending.did_not_happen(), |error| ending.failed(error, false, None));
            Some((LookupAnswer::DidNot, facts))
        }
        _ => None,
    }
}

/// When a question that got no answer is asked again, if it is.
fn asked_again_at(
    ctx: &Context<'_>,
    step: &StepState,
    question: &AttemptState,
    error: &StepError,
    retry_after_ms: Option<u64>,
) -> Option<model::Timestamp> {
    if error.class == ErrorClass::Auth && question.connection.is_some() {
        return Some(retry::connection_retry_at(ctx.now));
    }
    let asked = asked(step, question.lookup?);
    let again = error.class.retryable() && asked < QUESTIONS.max_attempts;
    again.then(|| retry::retry_at(ctx.now, &QUESTIONS, &question.key, asked, retry_after_ms))
}

/// How often it was asked about an attempt, but for questions that waited for a person to repair the connection.
fn asked(step: &StepState, of: u32) -> u32 {
    let waited = |attempt: &AttemptState| attempt.error.as_ref().is_some_and(|error| error.class == ErrorClass::Auth);
    step.attempts.iter().filter(|attempt| attempt.lookup == Some(of) && !waited(attempt)).count() as u32
}

#[cfg(test)]
mod tests;

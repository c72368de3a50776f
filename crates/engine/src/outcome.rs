//! What the end of a call means for its step.

use model::{
    Timestamp,
    ids::StepPath,
    run::{
        AttemptState, AttemptStatus, CallOutcome, Datum, EffectClass, ErrorClass, RunEventKind, RunState, StepError, StepState,
        StepStatus,
    },
    step::{OnError, OnUnknown, Policy},
};
use serde_json::Value;

use crate::{
    Context,
    decision::{Call, started},
    inquiry::{self, SETTLE_MS},
    key_limits::{class_at, is_replayed},
    retry,
    signal::late,
    values::bounded,
};

/// The facts that follow from the end of attempt `n`. One that comes too late is only noted.
pub fn outcome(ctx: &Context<'_>, state: &RunState, path: &StepPath, n: u32, outcome: CallOutcome) -> Vec<RunEventKind> {
    let Some(step) = state.steps.get(path) else { return Vec::new() };
    let Some(attempt) = step.attempts.iter().find(|attempt| attempt.n == n) else { return Vec::new() };
    if state.status.is_final() || step.status != StepStatus::Running || attempt.status != AttemptStatus::Started {
        return late(attempt, path, &outcome).into_iter().collect();
    }
    match outcome {
        CallOutcome::Succeeded { output, response } => {
            vec![RunEventKind::AttemptSucceeded { path: path.clone(), n, response }, finished(ctx, path, output)]
        }
        CallOutcome::Failed { error, indeterminate, retry_after_ms } => {
            Ending::new(ctx, path, step, attempt).failed(error, indeterminate, retry_after_ms)
        }
    }
}

/// The step ends with what its call gave. A value that cannot be kept does not undo that it happened.
pub(crate) fn finished(ctx: &Context<'_>, path: &StepPath, output: Value) -> RunEventKind {
    match bounded(output, path) {
        Ok(output) => {
            RunEventKind::StepFinished { path: path.clone(), output: Datum::new(output), notes: Vec::new(), detail: None }
        }
        Err(error) => step_failed(&ctx.policy(path), path, *error),
    }
}

/// A call that could not even be sent: the input does not make a request, or its credentials are not there. It surely did not happen.
pub fn refused(ctx: &Context<'_>, state: &RunState, call: &Call, error: StepError) -> Vec<RunEventKind> {
    let nothing = StepState::default();
    let step = state.steps.get(&call.path).unwrap_or(&nothing);
    if let Some(of) = call.lookup {
        return inquiry::refused(ctx, &call.path, step, of, error);
    }
    let waits = error.class == ErrorClass::Auth && call.connection.is_some();
    let policy = ctx.policy(&call.path);
    let used = retry::used(step, call.round) + 1;
    let at = if waits {
        Some(retry::connection_retry_at(ctx.now))
    } else {
        (error.class.retryable() && retry::attempts_left(&policy, used))
            .then(|| retry::retry_at(ctx.now, &policy.retry, &call.key, used, None))
    };
    match at {
        // Counts as an attempt, so that the step waits as after any other.
        Some(at) => vec![
            started(call, EffectClass::Safe, None),
            RunEventKind::AttemptFailed { path: call.path.clone(), n: call.n, error, retry_at: Some(at), indeterminate: false },
        ],
        None => vec![step_failed(&policy, &call.path, error)],
    }
}

/// Attempts under way when their process lost the run: nobody knows how they ended. To be recorded under a new lease, before
/// anything is decided.
pub fn recover(ctx: &Context<'_>, state: &RunState) -> Vec<RunEventKind> {
    let mut events = Vec::new();
    if state.status.is_final() {
        return events;
    }
    for (path, attempt) in state.in_flight() {
        let Some(step) = state.steps.get(path) else { continue };
        if attempt.lookup.is_some() {
            events.extend(inquiry::lost(ctx, path, step, attempt));
        } else {
            events.extend(Ending::new(ctx, path, step, attempt).lost());
        }
    }
    events
}

/// The end of one attempt.
pub(crate) struct Ending<'a> {
    now: Timestamp,
    path: &'a StepPath,
    step: &'a StepState,
    attempt: &'a AttemptState,
    policy: Policy,
    used: u32,
}

impl<'a> Ending<'a> {
    pub(crate) fn new(ctx: &Context<'_>, path: &'a StepPath, step: &'a StepState, attempt: &'a AttemptState) -> Self {
        Ending { now: ctx.now, path, step, attempt, policy: ctx.policy(path), used: retry::used(step, attempt.round) }
    }

    pub(crate) fn failed(&self, error: StepError, indeterminate: bool, retry_after_ms: Option<u64>) -> Vec<RunEventKind> {
        let left = retry::attempts_left(&self.policy, self.used);
        let again = self.again(retry_after_ms);
        if indeterminate {
            match class_at(self.step, self.attempt, Some(&error), again) {
                EffectClass::Safe => {}
                EffectClass::Lookup => {
                    // Whoever says when to come back means questions too.
                    let wait = retry_after_ms.map_or(SETTLE_MS, |wait| i64::try_from(wait).unwrap_or(i64::MAX).max(SETTLE_MS));
                    return vec![self.lookup_due(error.message.clone(), Some(error), self.now.plus_ms(wait))];
                }
                EffectClass::Unsafe => return self.by_policy(error.message.clone(), error, again),
            }
        }
        if error.class == ErrorClass::Auth && self.attempt.connection.is_some() {
            return vec![self.attempt_failed(error, Some(retry::connection_retry_at(self.now)), indeterminate)];
        }
        if error.class.retryable() && left {
            return vec![self.attempt_failed(error, Some(again), indeterminate)];
        }
        self.give_up(error, indeterminate)
    }

    fn lost(&self) -> Vec<RunEventKind> {
        let reason = "Patchbay stopped while this call was under way. It may have been carried out.".to_owned();
        let resend = retry::may_resend(self.used);
        match (class_at(self.step, self.attempt, None, self.now), self.policy.on_unknown) {
            (EffectClass::Lookup, _) => {
                // Whoever lost the run may still be sending: not before that has timed out.
                let timeout = i64::try_from(self.attempt.timeout_ms).unwrap_or(i64::MAX);
                vec![self.lookup_due(reason, None, self.now.plus_ms(timeout))]
            }
            (EffectClass::Safe, _) | (_, OnUnknown::Retry) if resend => vec![self.lost_until(reason, self.now)],
            (EffectClass::Safe, _) | (_, OnUnknown::Ask) => vec![self.unknown(reason)],
            (_, OnUnknown::Retry | OnUnknown::Fail) => self.give_up(lost_error(reason), false),
        }
    }

    /// The other side was asked: it surely did not happen, so the retry policy applies. A call that was lost with its process was
    /// nobody's failure and goes out again at once.
    pub(crate) fn did_not_happen(&self) -> Vec<RunEventKind> {
        match self.attempt.error.clone() {
            Some(error) if is_replayed(self.step, self.attempt.round, None) && self.policy.on_unknown == OnUnknown::Ask => {
                vec![self.unknown(format!(
                    "{} Asked, the other side says that the call did not happen, but it would answer this error to the same key \
                     again. Running it again sends it with a new key.",
                    sentence(&error.message)
                ))]
            }
            Some(error) => self.failed(error, false, None),
            None => {
                let message = "Patchbay stopped during this call. Asked, the other side said that it did not happen.";
                let error = StepError::new(ErrorClass::Transient, "call.interrupted", message);
                if retry::may_resend(self.used) {
                    vec![self.attempt_failed(error, Some(self.now), false)]
                } else {
                    self.give_up(error, false)
                }
            }
        }
    }

    /// The other side could not say whether it happened; `why`: in its words.
    pub(crate) fn nobody_can_say(&self, why: &str) -> Vec<RunEventKind> {
        let seen = self.attempt.lost.clone().unwrap_or_default();
        let reason = format!("{} Asked whether it happened, the other side did not say: {}", sentence(&seen), sentence(why));
        let error = self.attempt.error.clone().unwrap_or_else(|| lost_error(reason.clone()));
        self.by_policy(reason, error, self.again(None))
    }

    /// What follows instead of the next call of the round, where its key protects no longer; `None`: it is sent.
    pub(crate) fn without_key(&self) -> Option<Vec<RunEventKind>> {
        if self.attempt.class != EffectClass::Safe {
            return None;
        }
        let class = class_at(self.step, self.attempt, None, self.now);
        let seen = self.attempt.error.as_ref().map(|error| error.message.clone()).or_else(|| self.attempt.lost.clone());
        let seen = seen.unwrap_or_default();
        let was_asked = || self.step.attempts.iter().any(|attempt| attempt.lookup == Some(self.attempt.n));
        match (class, self.policy.on_unknown) {
            (EffectClass::Safe, _) => None,
            (EffectClass::Lookup, _) if !was_asked() => Some(vec![self.lookup_due(seen, self.attempt.error.clone(), self.now)]),
            (_, OnUnknown::Retry) => None,
            (_, OnUnknown::Ask) => {
                let late = "The other side no longer remembers the key of the call, so it was not sent again.";
                Some(vec![self.unknown(format!("{} {late}", sentence(&seen)))])
            }
            (_, OnUnknown::Fail) => {
                let error = self.attempt.error.clone().unwrap_or_else(|| lost_error(seen));
                Some(self.give_up(error, true))
            }
        }
    }

    /// Nobody knows how it ended, and it must not be repeated by itself.
    fn by_policy(&self, reason: String, error: StepError, again: Timestamp) -> Vec<RunEventKind> {
        match self.policy.on_unknown {
            OnUnknown::Ask => vec![self.unknown(reason)],
            OnUnknown::Retry if retry::attempts_left(&self.policy, self.used) => vec![self.lost_until(reason, again)],
            OnUnknown::Retry | OnUnknown::Fail => self.give_up(error, true),
        }
    }

    fn again(&self, retry_after_ms: Option<u64>) -> Timestamp {
        retry::retry_at(self.now, &self.policy.retry, &self.attempt.key, self.used, retry_after_ms)
    }

    fn attempt_failed(&self, error: StepError, retry_at: Option<Timestamp>, indeterminate: bool) -> RunEventKind {
        RunEventKind::AttemptFailed { path: self.path.clone(), n: self.attempt.n, error, retry_at, indeterminate }
    }

    fn lost_until(&self, reason: String, retry_at: Timestamp) -> RunEventKind {
        RunEventKind::AttemptLost { path: self.path.clone(), n: self.attempt.n, reason, retry_at }
    }

    fn unknown(&self, reason: String) -> RunEventKind {
        RunEventKind::AttemptUnknown { path: self.path.clone(), n: self.attempt.n, reason }
    }

    fn lookup_due(&self, reason: String, error: Option<StepError>, at: Timestamp) -> RunEventKind {
        let error = error.map(|error| StepError { response: None, ..error });
        RunEventKind::LookupDue { path: self.path.clone(), n: self.attempt.n, reason, error, at }
    }

    fn give_up(&self, error: StepError, indeterminate: bool) -> Vec<RunEventKind> {
        vec![self.attempt_failed(error.clone(), None, indeterminate), step_failed(&self.policy, self.path, error)]
    }
}

fn lost_error(reason: String) -> StepError {
    StepError::new(ErrorClass::System, "call.lost", reason)
}

fn sentence(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

pub(crate) fn step_failed(policy: &Policy, path: &StepPath, error: StepError) -> RunEventKind {
    RunEventKind::StepFailed { path: path.clone(), error, continued: policy.on_error == OnError::Continue }
}

#[cfg(test)]
mod tests;

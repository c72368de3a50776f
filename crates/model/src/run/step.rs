//! What the journal says of one step.

use serde::{Deserialize, Serialize};

use super::{
    AttemptStatus, Choice, Datum, EffectClass, ErrorClass, Iterations, KeyLimits, LookupAnswer, RunEventKind, SkipReason,
    StepError, StepStatus,
};
use crate::{
    Timestamp,
    ids::{ArmId, ConnectionId, RunId},
};

/// What is known of one step of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepState {
    pub status: StepStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Datum>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Datum>,
    /// What the step looked at, where that is neither input nor output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Datum>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<expr::Note>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StepError>,
    /// Failed, but by its policy the run went on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continued: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkipReason>,
    /// The arms a branch took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arms: Option<Vec<ArmId>>,
    /// How far a loop has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<Iterations>,
    /// Nobody answered in time: since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timed_out: Option<Timestamp>,
    /// The run this step has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<RunId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<AttemptState>,
    /// The round of the next attempt.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub round: u32,
    /// The attempt the other side is to be asked about, or is being asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<u32>,
    /// Waiting or backing off: until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// One attempt of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptState {
    pub n: u32,
    pub round: u32,
    pub key: String,
    pub class: EffectClass,
    pub timeout_ms: u64,
    pub status: AttemptStatus,
    pub started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Datum>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Datum>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StepError>,
    /// Why its end is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// Failed, and may have been carried out all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub indeterminate: bool,
    /// How long its key protects, where that is not for ever. The first attempt of a round knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_limits: Option<KeyLimits>,
    /// This is no call but a question: what became of the attempt of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<u32>,
    /// What the other side said to the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened: Option<bool>,
}

impl StepState {
    /// The attempt that has not ended yet, or the last one; questions included.
    pub fn last_attempt(&self) -> Option<&AttemptState> {
        self.attempts.last()
    }

    /// Attempts that are calls, questions left out.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &AttemptState> {
        self.attempts.iter().filter(|attempt| attempt.lookup.is_none())
    }

    /// The last attempt that is a call.
    pub fn last_call(&self) -> Option<&AttemptState> {
        self.calls().next_back()
    }

    /// Whether a call was begun that nobody knows the end of, or that was promised to be made again.
    pub fn is_under_way(&self) -> bool {
        !self.status.is_final() && !self.attempts.is_empty()
    }

    /// From when on its call may be made again on a person's word: before that the lost one may still be under way, in a process that was
    /// stopped or cut off.
    pub fn again_from(&self) -> Option<Timestamp> {
        let lost = self.last_call().filter(|call| call.status == AttemptStatus::Lost)?;
        Some(lost.started_at.plus_ms(i64::try_from(lost.timeout_ms).unwrap_or(i64::MAX)))
    }

    /// Calls under way, notes, retries.
    pub(super) fn counted(&self) -> (u32, u32, u32) {
        let running = u32::from(self.status == StepStatus::Running);
        (running, self.notes.len() as u32, self.calls().count().saturating_sub(1) as u32)
    }

    /// Whether the next attempt waits for a connection to be repaired.
    pub fn waits_for_connection(&self) -> bool {
        let refused = |attempt: &AttemptState| {
            attempt.status == AttemptStatus::Failed && attempt.error.as_ref().is_some_and(|error| error.class == ErrorClass::Auth)
        };
        self.status == StepStatus::Backoff && self.last_attempt().is_some_and(refused)
    }

    /// The values it holds, but for those of a loop's iterations.
    pub(super) fn data_mut(&mut self) -> impl Iterator<Item = &mut Datum> {
        let own = [&mut self.input, &mut self.output, &mut self.detail].into_iter().flatten();
        let errors = self.error.iter_mut().filter_map(|error| error.response.as_mut());
        let attempts = self.attempts.iter_mut().flat_map(|attempt| {
            let error = attempt.error.as_mut().and_then(|error| error.response.as_mut());
            attempt.request.iter_mut().chain(attempt.response.iter_mut()).chain(error)
        });
        own.chain(errors).chain(attempts)
    }

    fn attempt(&mut self, n: u32) -> Option<&mut AttemptState> {
        self.attempts.iter_mut().rev().find(|attempt| attempt.n == n)
    }

    fn end(&mut self, status: StepStatus, at: Timestamp) {
        self.status = status;
        self.until = None;
        self.lookup = None;
        self.started_at.get_or_insert(at);
        self.finished_at = Some(at);
    }

    pub(super) fn apply(&mut self, at: Timestamp, kind: &RunEventKind) {
        match kind {
            RunEventKind::StepReady { input, notes, .. } => {
                self.status = StepStatus::Ready;
                self.input = Some(input.clone());
                self.notes.clone_from(notes);
                self.started_at.get_or_insert(at);
            }
            RunEventKind::AttemptStarted { n, round, key, class, timeout_ms, request, connection, .. } => {
                self.status = StepStatus::Running;
                self.until = None;
                self.started_at.get_or_insert(at);
                let begun = AttemptState::begun(*n, *round, key, *class, *timeout_ms, at);
                self.attempts.push(AttemptState { request: request.clone(), connection: *connection, ..begun });
            }
            RunEventKind::KeyLimited { n, limits, .. } => {
                if let Some(attempt) = self.attempt(*n) {
                    attempt.key_limits = Some(*limits);
                }
            }
            RunEventKind::AttemptSucceeded { n, response, .. } => {
                if let Some(attempt) = self.attempt(*n) {
                    attempt.status = AttemptStatus::Succeeded;
                    attempt.finished_at = Some(at);
                    attempt.response.clone_from(response);
                }
            }
            RunEventKind::AttemptFailed { n, error, retry_at, indeterminate, .. } => {
                self.lookup = None;
                if let Some(attempt) = self.attempt(*n) {
                    attempt.indeterminate = *indeterminate;
                    attempt.status = AttemptStatus::of(error);
                    attempt.finished_at = Some(at);
                    attempt.error = Some(error.clone());
                    attempt.retry_at = *retry_at;
                }
                if retry_at.is_some() {
                    self.status = StepStatus::Backoff;
                    self.until = *retry_at;
                }
            }
            RunEventKind::AttemptLost { n, reason, retry_at, .. } => {
                self.lose(*n, reason, at);
                // A question that was lost is asked again.
                if self.attempt(*n).is_some_and(|attempt| attempt.lookup.is_none()) {
                    self.lookup = None;
                }
                self.status = StepStatus::Backoff;
                self.until = Some(*retry_at);
            }
            RunEventKind::AttemptUnknown { n, reason, .. } => {
                self.lose(*n, reason, at);
                self.lookup = None;
                self.status = StepStatus::Unknown;
            }
            RunEventKind::LookupDue { n, reason, error, at: due, .. } => {
                self.lose(*n, reason, at);
                if let Some(attempt) = self.attempt(*n) {
                    attempt.error.clone_from(error);
                }
                self.lookup = Some(*n);
                self.status = StepStatus::Backoff;
                self.until = Some(*due);
            }
            RunEventKind::LookupStarted { n, of, round, key, timeout_ms, connection, .. } => {
                self.status = StepStatus::Running;
                self.until = None;
                let begun = AttemptState::begun(*n, *round, key, EffectClass::Safe, *timeout_ms, at);
                self.attempts.push(AttemptState { lookup: Some(*of), connection: *connection, ..begun });
            }
            RunEventKind::LookupEnded { n, answer, .. } => self.answered(*n, answer, at),
            RunEventKind::LateOutcome { n, succeeded, detail, .. } => {
                if let Some(attempt) = self.attempt(*n) {
                    attempt.status = if *succeeded { AttemptStatus::Succeeded } else { AttemptStatus::Failed };
                    attempt.response = Some(detail.clone());
                }
            }
            RunEventKind::Settled { choice: Choice::RunAgain, .. } => {
                self.status = StepStatus::Ready;
                self.round += 1;
            }
            RunEventKind::StepWaiting { until, .. } => {
                self.status = StepStatus::Waiting;
                self.until = *until;
                self.started_at.get_or_insert(at);
            }
            RunEventKind::StepFinished { output, notes, detail, .. } => {
                self.output = Some(output.clone());
                self.notes.extend(notes.iter().cloned());
                if detail.is_some() {
                    self.detail.clone_from(detail);
                }
                self.end(StepStatus::Succeeded, at);
            }
            RunEventKind::StepFailed { error, continued, .. } => {
                self.error = Some(error.clone());
                self.continued = *continued;
                self.end(StepStatus::Failed, at);
            }
            RunEventKind::StepSkipped { reason, .. } => {
                self.skipped = Some(*reason);
                self.status = StepStatus::Skipped;
            }
            RunEventKind::ArmChosen { arms, .. } => {
                self.arms = Some(arms.clone());
                self.started_at.get_or_insert(at);
            }
            RunEventKind::StepEntered { .. } => {
                self.status = StepStatus::Ready;
                self.started_at.get_or_insert(at);
            }
            RunEventKind::ChildStarted { run, waits, .. } => {
                self.child = Some(*run);
                if *waits {
                    self.status = StepStatus::Waiting;
                }
                self.started_at.get_or_insert(at);
            }
            RunEventKind::TimedOut { .. } => {
                self.status = StepStatus::Ready;
                self.until = None;
                self.timed_out = Some(at);
            }
            RunEventKind::IterationCaught { index, error, .. } => {
                if let Some(all) = &mut self.iterations {
                    all.caught.insert(*index, error.clone());
                }
            }
            RunEventKind::LoopStarted { count, .. } => {
                self.status = StepStatus::Ready;
                self.iterations = Some(Iterations { count: *count, ..Iterations::default() });
                self.started_at.get_or_insert(at);
            }
            _ => {}
        }
    }

    fn lose(&mut self, n: u32, reason: &str, at: Timestamp) {
        if let Some(attempt) = self.attempt(n) {
            attempt.lost = Some(reason.to_owned());
            // One that failed indeterminately has ended all the same.
            if attempt.status == AttemptStatus::Started {
                attempt.status = AttemptStatus::Lost;
                attempt.finished_at = Some(at);
            }
        }
    }

    fn answered(&mut self, n: u32, answer: &LookupAnswer, at: Timestamp) {
        let Some(asking) = self.attempt(n) else { return };
        asking.finished_at = Some(at);
        let about = asking.lookup;
        let mut again = None;
        match answer {
            LookupAnswer::Happened => (asking.status, asking.happened) = (AttemptStatus::Succeeded, Some(true)),
            LookupAnswer::DidNot => (asking.status, asking.happened) = (AttemptStatus::Succeeded, Some(false)),
            LookupAnswer::Failed { error, retry_at } => {
                asking.status = AttemptStatus::of(error);
                asking.error = Some(error.clone());
                asking.retry_at = *retry_at;
                again = *retry_at;
            }
        }
        if let (LookupAnswer::Happened, Some(about)) = (answer, about.and_then(|n| self.attempt(n)))
            && about.status == AttemptStatus::Lost
        {
            about.status = AttemptStatus::Succeeded;
        }
        if again.is_some() {
            self.status = StepStatus::Backoff;
            self.until = again;
        }
    }
}

impl AttemptState {
    fn begun(n: u32, round: u32, key: &str, class: EffectClass, timeout_ms: u64, at: Timestamp) -> Self {
        AttemptState {
            n,
            round,
            key: key.to_owned(),
            class,
            timeout_ms,
            status: AttemptStatus::Started,
            started_at: at,
            finished_at: None,
            request: None,
            response: None,
            error: None,
            lost: None,
            retry_at: None,
            connection: None,
            indeterminate: false,
            key_limits: None,
            lookup: None,
            happened: None,
        }
    }
}

impl AttemptStatus {
    fn of(error: &StepError) -> Self {
        if error.class == ErrorClass::TimedOut { AttemptStatus::TimedOut } else { AttemptStatus::Failed }
    }
}

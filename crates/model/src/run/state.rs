//! The fold: what a journal says about a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AttemptStatus, Choice, Control, Datum, EffectClass, ErrorClass, Hold, IterationEnd, Iterations, RunError, RunEvent,
    RunEventKind, RunKind, RunStatus, SignalKind, SkipReason, StepError, StepStatus,
};
use crate::{
    Timestamp, WorkflowDefinition,
    ids::{ArmId, ConnectionId, EventId, StepId, StepPath, TriggerId},
};

/// Everything the journal says, and nothing else: no clock, no database.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunState {
    pub kind: RunKind,
    pub version: u32,
    pub trigger: Option<TriggerId>,
    pub event: Option<EventId>,
    /// Tests: the draft they run.
    pub definition: Option<Box<WorkflowDefinition>>,
    pub given: BTreeMap<StepId, Datum>,
    pub status: RunStatus,
    pub control: Control,
    pub hold: Option<Hold>,
    pub wake_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub error: Option<RunError>,
    /// Said by the Stop step that ended the run.
    pub message: Option<String>,
    /// Status, headers and body of the first answer.
    #[expect(clippy::type_complexity, reason = "three parts of one answer, named in the comment")]
    pub responded: Option<(u16, Vec<(String, String)>, Datum)>,
    /// The output of the step that finished last.
    pub last_output: Option<Datum>,
    /// Those of finished iterations are gone: what they gave stands in their loop's [`Iterations`].
    pub steps: BTreeMap<StepPath, StepState>,
    /// In the order they first appeared.
    pub order: Vec<StepPath>,
    /// Tests: what steps of finished iterations gave, each the last time.
    pub gave: BTreeMap<StepId, Datum>,
    /// Calls under way.
    pub running: u32,
    /// Optional fields that were missing and left out, over all steps, also those that are gone.
    pub notes: u32,
    /// Attempts after the first, over all steps, also those that are gone.
    pub retries: u32,
}

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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<AttemptState>,
    /// The round of the next attempt.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub round: u32,
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
}

/// The run's row: the only projection of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    pub status: RunStatus,
    pub control: Control,
    pub hold: Option<Hold>,
    pub wake_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub error: Option<RunError>,
    /// Optional fields that were missing and left out, over all steps.
    pub notes: u32,
    /// Attempts after the first, over all steps.
    pub retries: u32,
}

impl RunState {
    /// Folds a whole journal.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a RunEvent>) -> Self {
        let mut state = RunState::default();
        for event in events {
            state.apply(event);
        }
        state
    }

    /// Takes one fact in. Total: a fact that fits nothing (written by a newer release, say) changes nothing.
    pub fn apply(&mut self, event: &RunEvent) {
        let at = event.at;
        match &event.kind {
            RunEventKind::RunCreated { kind, version, trigger, event, definition, given } => {
                self.kind = kind.clone();
                self.version = *version;
                self.trigger = Some(trigger.clone());
                self.event = *event;
                self.definition.clone_from(definition);
                self.given = given.iter().cloned().collect();
                self.created_at = at;
            }
            RunEventKind::RunStarted => {
                self.status = RunStatus::Running;
                self.started_at = Some(at);
            }
            RunEventKind::Parked { until, hold } => {
                self.status = RunStatus::Waiting;
                self.wake_at = *until;
                self.hold = *hold;
            }
            RunEventKind::Resumed { .. } => {
                self.status = RunStatus::Running;
                self.wake_at = None;
                self.hold = None;
            }
            RunEventKind::ControlChanged { control, .. } => self.control = *control,
            RunEventKind::Responded { status, headers, body, .. } => {
                self.responded.get_or_insert_with(|| (*status, headers.clone(), body.clone()));
            }
            RunEventKind::RunFinished { status, error, message, .. } => {
                self.status = *status;
                self.error.clone_from(error);
                self.message.clone_from(message);
                self.finished_at = Some(at);
                self.wake_at = None;
                self.hold = None;
            }
            RunEventKind::SignalTaken { kind: SignalKind::Reconnected, .. } => {
                self.steps.values_mut().filter(|step| step.waits_for_connection()).for_each(|step| step.until = Some(at));
            }
            RunEventKind::SignalTaken { .. } => {}
            RunEventKind::StepFinished { output, .. } => {
                self.last_output = Some(output.clone());
                self.apply_to_step(at, &event.kind);
            }
            RunEventKind::IterationsFinished { path, from, to, outputs } => {
                for (index, end) in (*from..*to).zip(outputs) {
                    self.end_iteration(path, index, end, at);
                }
            }
            _ => self.apply_to_step(at, &event.kind),
        }
    }

    fn apply_to_step(&mut self, at: Timestamp, kind: &RunEventKind) {
        let Some(path) = kind.path() else { return };
        if !self.steps.contains_key(path) {
            self.order.push(path.clone());
        }
        let step = self.steps.entry(path.clone()).or_default();
        let before = step.counted();
        step.apply(at, kind);
        let after = step.counted();
        self.running = (self.running + after.0).saturating_sub(before.0);
        self.notes = (self.notes + after.1).saturating_sub(before.1);
        self.retries = (self.retries + after.2).saturating_sub(before.2);
        if step.status.is_final() && self.is_over(path) {
            self.drop_steps(|other| other == path);
        }
    }

    /// Whether an iteration the step stands in has ended before it.
    fn is_over(&self, path: &StepPath) -> bool {
        path.0.contains('[')
            && path.iterations().any(|(path, index)| {
                self.steps.get(&path).and_then(|step| step.iterations.as_ref()).is_some_and(|all| all.end(index).is_some())
            })
    }

    /// Keeps what an iteration gave, and lets its steps go; a call that is still under way stays until it has ended.
    fn end_iteration(&mut self, path: &StepPath, index: u32, end: &IterationEnd, at: Timestamp) {
        let output = |path: &StepPath| self.steps.get(path).and_then(|step| step.output.clone());
        let end = match end {
            IterationEnd::Step(step) => output(step).map_or(IterationEnd::Nothing, IterationEnd::Value),
            end => end.clone(),
        };
        let Some(all) = self.steps.get_mut(path).and_then(|step| step.iterations.as_mut()) else { return };
        all.finish(index, end, at);
        let prefix = path.iteration_prefix(index);
        self.drop_steps(|path| path.0.starts_with(&prefix));
    }

    fn drop_steps(&mut self, gone: impl Fn(&StepPath) -> bool) {
        let is_test = matches!(self.kind, RunKind::Test { .. });
        let (steps, gave) = (&mut self.steps, &mut self.gave);
        self.order.retain(|path| {
            let keep = !gone(path) || steps.get(path).is_some_and(StepState::is_under_way);
            if !keep
                && let Some(step) = steps.remove(path)
                && let Some(output) = step.output.filter(|_| is_test)
            {
                gave.insert(path.step(), output);
            }
            keep
        });
    }

    pub fn step(&self, path: &StepPath) -> Option<&StepState> {
        self.steps.get(path)
    }

    /// Where a step stands; one the journal does not mention is pending.
    pub fn step_status(&self, path: &StepPath) -> StepStatus {
        self.steps.get(path).map_or(StepStatus::Pending, |step| step.status)
    }

    /// Attempts that were started and whose end the journal does not know.
    pub fn in_flight(&self) -> impl Iterator<Item = (&StepPath, &AttemptState)> {
        self.steps
            .iter()
            .filter(|(_, step)| step.status == StepStatus::Running)
            .filter_map(|(path, step)| step.attempts.last().filter(|a| a.status == AttemptStatus::Started).map(|a| (path, a)))
    }

    pub fn projection(&self) -> Projection {
        Projection {
            status: self.status,
            control: self.control,
            hold: self.hold,
            wake_at: self.wake_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            error: self.error.clone(),
            notes: self.notes,
            retries: self.retries,
        }
    }
}

impl StepState {
    /// The attempt that has not ended yet, or the last one.
    pub fn last_attempt(&self) -> Option<&AttemptState> {
        self.attempts.last()
    }

    /// Whether a call was begun that nobody knows the end of, or that was promised to be made again.
    pub fn is_under_way(&self) -> bool {
        !self.status.is_final() && !self.attempts.is_empty()
    }

    /// Calls under way, notes, retries.
    fn counted(&self) -> (u32, u32, u32) {
        let running = u32::from(self.status == StepStatus::Running);
        (running, self.notes.len() as u32, self.attempts.len().saturating_sub(1) as u32)
    }

    /// Whether the next attempt waits for a connection to be repaired.
    pub fn waits_for_connection(&self) -> bool {
        let refused = |attempt: &AttemptState| attempt.error.as_ref().is_some_and(|error| error.class == ErrorClass::Auth);
        self.status == StepStatus::Backoff && self.last_attempt().is_some_and(refused)
    }

    fn attempt(&mut self, n: u32) -> Option<&mut AttemptState> {
        self.attempts.iter_mut().rev().find(|attempt| attempt.n == n)
    }

    fn end(&mut self, status: StepStatus, at: Timestamp) {
        self.status = status;
        self.until = None;
        self.started_at.get_or_insert(at);
        self.finished_at = Some(at);
    }

    fn apply(&mut self, at: Timestamp, kind: &RunEventKind) {
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
                self.attempts.push(AttemptState {
                    n: *n,
                    round: *round,
                    key: key.clone(),
                    class: *class,
                    timeout_ms: *timeout_ms,
                    status: AttemptStatus::Started,
                    started_at: at,
                    finished_at: None,
                    request: request.clone(),
                    response: None,
                    error: None,
                    lost: None,
                    retry_at: None,
                    connection: *connection,
                });
            }
            RunEventKind::AttemptSucceeded { n, response, .. } => {
                if let Some(attempt) = self.attempt(*n) {
                    attempt.status = AttemptStatus::Succeeded;
                    attempt.finished_at = Some(at);
                    attempt.response.clone_from(response);
                }
            }
            RunEventKind::AttemptFailed { n, error, retry_at, .. } => {
                if let Some(attempt) = self.attempt(*n) {
                    attempt.status =
                        if error.class == ErrorClass::TimedOut { AttemptStatus::TimedOut } else { AttemptStatus::Failed };
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
                self.status = StepStatus::Backoff;
                self.until = Some(*retry_at);
            }
            RunEventKind::AttemptUnknown { n, reason, .. } => {
                self.lose(*n, reason, at);
                self.status = StepStatus::Unknown;
            }
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
            attempt.status = AttemptStatus::Lost;
            attempt.finished_at = Some(at);
            attempt.lost = Some(reason.to_owned());
        }
    }
}

impl RunEventKind {
    /// The step an event is about.
    pub fn path(&self) -> Option<&StepPath> {
        match self {
            RunEventKind::StepReady { path, .. }
            | RunEventKind::AttemptStarted { path, .. }
            | RunEventKind::AttemptSucceeded { path, .. }
            | RunEventKind::AttemptFailed { path, .. }
            | RunEventKind::AttemptLost { path, .. }
            | RunEventKind::AttemptUnknown { path, .. }
            | RunEventKind::LateOutcome { path, .. }
            | RunEventKind::Settled { path, .. }
            | RunEventKind::StepWaiting { path, .. }
            | RunEventKind::StepFinished { path, .. }
            | RunEventKind::StepFailed { path, .. }
            | RunEventKind::StepSkipped { path, .. }
            | RunEventKind::ArmChosen { path, .. }
            | RunEventKind::StepEntered { path }
            | RunEventKind::LoopStarted { path, .. }
            | RunEventKind::IterationsFinished { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The stable name of the fact.
    pub fn name(&self) -> &'static str {
        match self {
            RunEventKind::RunCreated { .. } => "run_created",
            RunEventKind::RunStarted => "run_started",
            RunEventKind::StepReady { .. } => "step_ready",
            RunEventKind::AttemptStarted { .. } => "attempt_started",
            RunEventKind::AttemptSucceeded { .. } => "attempt_succeeded",
            RunEventKind::AttemptFailed { .. } => "attempt_failed",
            RunEventKind::AttemptLost { .. } => "attempt_lost",
            RunEventKind::AttemptUnknown { .. } => "attempt_unknown",
            RunEventKind::LateOutcome { .. } => "late_outcome",
            RunEventKind::Settled { .. } => "settled",
            RunEventKind::StepWaiting { .. } => "step_waiting",
            RunEventKind::StepFinished { .. } => "step_finished",
            RunEventKind::StepFailed { .. } => "step_failed",
            RunEventKind::StepSkipped { .. } => "step_skipped",
            RunEventKind::ArmChosen { .. } => "arm_chosen",
            RunEventKind::StepEntered { .. } => "step_entered",
            RunEventKind::LoopStarted { .. } => "loop_started",
            RunEventKind::IterationsFinished { .. } => "iterations_finished",
            RunEventKind::Responded { .. } => "responded",
            RunEventKind::Parked { .. } => "parked",
            RunEventKind::Resumed { .. } => "resumed",
            RunEventKind::SignalTaken { .. } => "signal_taken",
            RunEventKind::ControlChanged { .. } => "control_changed",
            RunEventKind::RunFinished { .. } => "run_finished",
        }
    }
}

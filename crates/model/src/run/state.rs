//! The fold: what a journal says about a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AttemptState, AttemptStatus, Control, Datum, Ending, Hold, IterationEnd, RunError, RunEvent, RunEventKind, RunKind,
    RunStatus, SignalKind, StepState, StepStatus, Tally,
};
use crate::{
    Timestamp, WorkflowDefinition,
    ids::{EventId, StepId, StepPath, TriggerId},
};

/// Everything the journal says, and nothing else: no clock, no database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
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
    /// How steps of finished iterations ended, counted over all of them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub past: BTreeMap<StepId, Tally>,
    /// Answers to waits the run has not come to yet, or has not looked at.
    pub answers: BTreeMap<StepPath, Datum>,
    /// What it gives back to the step that started it.
    pub returned: Option<Datum>,
    /// How it ends as soon as no call is under way.
    pub ending: Option<Ending>,
    /// Calls under way.
    pub running: u32,
    /// Optional fields that were missing and left out, over all steps, also those that are gone.
    pub notes: u32,
    /// Attempts after the first, over all steps, also those that are gone.
    pub retries: u32,
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

    /// Takes the lists of loops from how their facts are kept: a long one, which stands in a row of its own by then, would be in memory
    /// and in every snapshot for as long as the loop runs.
    pub fn set_lists_aside(&mut self, kept: &[RunEvent]) {
        for event in kept {
            if let RunEventKind::StepReady { path, input: input @ Datum::Stored { .. }, .. } = &event.kind
                && let Some(step) = self.steps.get_mut(path).filter(|step| step.iterations.is_some())
            {
                step.input = Some(input.clone());
            }
        }
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
            RunEventKind::Answered { path, answer, .. } => {
                if !self.step_status(path).is_final() {
                    self.answers.entry(path.clone()).or_insert_with(|| answer.clone());
                }
            }
            RunEventKind::Returned { output } => self.returned = Some(output.clone()),
            RunEventKind::RunEnding(ending) => self.ending = Some(ending.clone()),
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
        if step.status.is_final() || step.timed_out.is_some() {
            self.answers.remove(path);
        }
        if self.step_status(path).is_final() && self.is_over(path) {
            self.drop_steps(|other| other == path);
        }
    }

    /// Whether an iteration the step stands in has ended before it.
    pub fn is_over(&self, path: &StepPath) -> bool {
        path.0.contains('[')
            && path.iterations().any(|(path, index)| {
                self.steps.get(&path).and_then(|step| step.iterations.as_ref()).is_some_and(|all| all.has_ended(index))
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
        self.answers.retain(|path, _| !path.0.starts_with(&prefix));
        self.drop_steps(|path| path.0.starts_with(&prefix));
    }

    fn drop_steps(&mut self, gone: impl Fn(&StepPath) -> bool) {
        let is_test = matches!(self.kind, RunKind::Test { .. });
        let (steps, gave, past) = (&mut self.steps, &mut self.gave, &mut self.past);
        self.order.retain(|path| {
            let keep = !gone(path) || steps.get(path).is_some_and(StepState::is_under_way);
            if !keep && let Some(step) = steps.remove(path) {
                past.entry(path.step()).or_default().add(path, &step);
                if let Some(output) = step.output.filter(|_| is_test) {
                    gave.insert(path.step(), output);
                }
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

use serde::{Deserialize, Serialize};

use super::{
    Choice, Control, Datum, EffectClass, Hold, IterationEnd, KeyLimits, LookupAnswer, RunError, RunKind, RunStatus, SignalKind,
    StepError,
};
use crate::{
    Timestamp, WorkflowDefinition,
    ids::{ArmId, ConnectionId, EventId, RunId, SignalId, StepId, StepPath, TriggerId},
};

/// One fact of a run's journal. The journal is the truth; everything shown of a run is folded from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunEvent {
    pub at: Timestamp,
    pub kind: RunEventKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunEventKind {
    /// Always first. The event's payload stands in the event's own row.
    RunCreated {
        kind: RunKind,
        /// The published version the run keeps to; 0 for a test of a draft.
        version: u32,
        trigger: TriggerId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<EventId>,
        /// Tests: the draft they run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        definition: Option<Box<WorkflowDefinition>>,
        /// Tests and replays: outputs of steps that are not carried out again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        given: Vec<(StepId, Datum)>,
    },
    RunStarted,
    /// The step's input is evaluated; for steps that call or wait.
    StepReady {
        path: StepPath,
        input: Datum,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<expr::Note>,
    },
    /// The intent: durable before the first byte is sent.
    AttemptStarted {
        path: StepPath,
        /// 1, 2, 3 ... over all rounds.
        n: u32,
        /// Rises when a person says "run it again".
        round: u32,
        /// The idempotency key: one per logical call, so the same for every automatic retry of a round.
        key: String,
        class: EffectClass,
        /// Milliseconds after which the attempt counts as timed out.
        timeout_ms: u64,
        /// The exact request, secrets as references; absent: the round's first attempt has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Datum>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connection: Option<ConnectionId>,
    },
    /// How long the key of the calls of this round protects; in the commit of the first one's intent. Absent: it does for ever.
    KeyLimited {
        path: StepPath,
        n: u32,
        limits: KeyLimits,
    },
    AttemptSucceeded {
        path: StepPath,
        n: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response: Option<Datum>,
    },
    /// `retry_at`: when the next attempt starts; absent: the step fails or waits. `indeterminate`: the call may have been carried out
    /// all the same.
    AttemptFailed {
        path: StepPath,
        n: u32,
        error: StepError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        indeterminate: bool,
    },
    /// Nobody knows how the attempt ended, and it may be repeated.
    AttemptLost {
        path: StepPath,
        n: u32,
        reason: String,
        retry_at: Timestamp,
    },
    /// Nobody knows how the attempt ended, and it must not be repeated without a person's word.
    AttemptUnknown {
        path: StepPath,
        n: u32,
        reason: String,
    },
    /// Nobody knows how attempt `n` ended, and from `at` on the other side is asked. `error`: what was seen of it; absent: its process
    /// died.
    LookupDue {
        path: StepPath,
        n: u32,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<StepError>,
        at: Timestamp,
    },
    /// The intent to ask the other side what became of attempt `of`. An attempt of its own that changes nothing.
    LookupStarted {
        path: StepPath,
        /// Counted with the other attempts.
        n: u32,
        of: u32,
        round: u32,
        /// The key of the call that is asked about.
        key: String,
        /// Milliseconds after which the question counts as unanswered.
        timeout_ms: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connection: Option<ConnectionId>,
    },
    LookupEnded {
        path: StepPath,
        n: u32,
        answer: LookupAnswer,
    },
    /// An outcome that arrived after the run had gone on or ended.
    LateOutcome {
        path: StepPath,
        n: u32,
        succeeded: bool,
        detail: Datum,
    },
    /// A person has said what happened to a call whose outcome was unknown.
    Settled {
        path: StepPath,
        choice: Choice,
        by: String,
    },
    /// The step waits: a delay until `until`, or for somebody.
    StepWaiting {
        path: StepPath,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// `detail`: what the step looked at, where that is not its output: a filter's comparisons.
    StepFinished {
        path: StepPath,
        output: Datum,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<expr::Note>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<Datum>,
    },
    /// `continued`: by its policy the run goes on; the output is `{error: {...}}`.
    StepFailed {
        path: StepPath,
        error: StepError,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        continued: bool,
    },
    StepSkipped {
        path: StepPath,
        reason: SkipReason,
    },
    /// Which arms a branch takes; empty: none.
    ArmChosen {
        path: StepPath,
        arms: Vec<ArmId>,
    },
    /// A step that holds others begins.
    StepEntered {
        path: StepPath,
    },
    /// The step has started another run, in the same commit. `waits`: the step goes on when that one has ended.
    ChildStarted {
        path: StepPath,
        run: RunId,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits: bool,
    },
    /// The other run has ended.
    ChildFinished {
        path: StepPath,
        run: RunId,
        status: RunStatus,
    },
    /// Somebody answered a wait, maybe before the run came to it. `answer`: the step's output.
    Answered {
        path: StepPath,
        answer: Datum,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Nobody answered a wait in time; an answer that comes later is refused.
    TimedOut {
        path: StepPath,
    },
    /// A loop begins. `count`: its elements; absent: nobody knows how often.
    LoopStarted {
        path: StepPath,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
    },
    /// The body of an iteration has failed, and the loop's error body begins for it.
    IterationCaught {
        path: StepPath,
        index: u32,
        error: Box<StepError>,
    },
    /// Iterations `from` to before `to` have ended: of each only this remains, its steps are no longer part of the run's state.
    IterationsFinished {
        path: StepPath,
        from: u32,
        to: u32,
        outputs: Vec<IterationEnd>,
    },
    /// The answer for a sender that waits.
    Responded {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<StepPath>,
        status: u16,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, String)>,
        body: Datum,
    },
    /// The run gives its place back. `until`: when it goes on by itself.
    Parked {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<Hold>,
    },
    Resumed {
        cause: String,
    },
    SignalTaken {
        id: SignalId,
        kind: SignalKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    ControlChanged {
        control: Control,
        by: String,
    },
    /// What the run gives back to the step that started it.
    Returned {
        output: Datum,
    },
    /// The run is to end so, after the calls that are under way; nothing else begins.
    RunEnding(Ending),
    /// Always last but for late outcomes.
    RunFinished {
        status: RunStatus,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<RunError>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
}

impl RunEventKind {
    /// The step an event is about.
    pub fn path(&self) -> Option<&StepPath> {
        match self {
            RunEventKind::StepReady { path, .. }
            | RunEventKind::AttemptStarted { path, .. }
            | RunEventKind::KeyLimited { path, .. }
            | RunEventKind::AttemptSucceeded { path, .. }
            | RunEventKind::AttemptFailed { path, .. }
            | RunEventKind::AttemptLost { path, .. }
            | RunEventKind::AttemptUnknown { path, .. }
            | RunEventKind::LookupDue { path, .. }
            | RunEventKind::LookupStarted { path, .. }
            | RunEventKind::LookupEnded { path, .. }
            | RunEventKind::LateOutcome { path, .. }
            | RunEventKind::Settled { path, .. }
            | RunEventKind::StepWaiting { path, .. }
            | RunEventKind::StepFinished { path, .. }
            | RunEventKind::StepFailed { path, .. }
            | RunEventKind::StepSkipped { path, .. }
            | RunEventKind::ArmChosen { path, .. }
            | RunEventKind::StepEntered { path }
            | RunEventKind::ChildStarted { path, .. }
            | RunEventKind::ChildFinished { path, .. }
            | RunEventKind::Answered { path, .. }
            | RunEventKind::TimedOut { path }
            | RunEventKind::LoopStarted { path, .. }
            | RunEventKind::IterationCaught { path, .. }
            | RunEventKind::IterationsFinished { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The values it carries: those that may be kept in rows of their own.
    pub fn data_mut(&mut self) -> Vec<&mut Datum> {
        match self {
            RunEventKind::RunCreated { given, .. } => given.iter_mut().map(|(_, datum)| datum).collect(),
            RunEventKind::StepReady { input, .. } => vec![input],
            RunEventKind::AttemptStarted { request, .. } => request.iter_mut().collect(),
            RunEventKind::AttemptSucceeded { response, .. } => response.iter_mut().collect(),
            RunEventKind::AttemptFailed { error, .. } | RunEventKind::StepFailed { error, .. } => {
                error.response.iter_mut().collect()
            }
            RunEventKind::LateOutcome { detail, .. } => vec![detail],
            RunEventKind::StepFinished { output, detail, .. } => std::iter::once(output).chain(detail).collect(),
            RunEventKind::Answered { answer, .. } => vec![answer],
            RunEventKind::Responded { body, .. } => vec![body],
            RunEventKind::Returned { output } => vec![output],
            RunEventKind::IterationsFinished { outputs, .. } => {
                outputs.iter_mut().filter_map(super::IterationEnd::datum_mut).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The stable name of the fact.
    pub fn name(&self) -> &'static str {
        match self {
            RunEventKind::RunCreated { .. } => "run_created",
            RunEventKind::RunStarted => "run_started",
            RunEventKind::StepReady { .. } => "step_ready",
            RunEventKind::AttemptStarted { .. } => "attempt_started",
            RunEventKind::KeyLimited { .. } => "key_limited",
            RunEventKind::AttemptSucceeded { .. } => "attempt_succeeded",
            RunEventKind::AttemptFailed { .. } => "attempt_failed",
            RunEventKind::AttemptLost { .. } => "attempt_lost",
            RunEventKind::AttemptUnknown { .. } => "attempt_unknown",
            RunEventKind::LookupDue { .. } => "lookup_due",
            RunEventKind::LookupStarted { .. } => "lookup_started",
            RunEventKind::LookupEnded { .. } => "lookup_ended",
            RunEventKind::LateOutcome { .. } => "late_outcome",
            RunEventKind::Settled { .. } => "settled",
            RunEventKind::StepWaiting { .. } => "step_waiting",
            RunEventKind::StepFinished { .. } => "step_finished",
            RunEventKind::StepFailed { .. } => "step_failed",
            RunEventKind::StepSkipped { .. } => "step_skipped",
            RunEventKind::ArmChosen { .. } => "arm_chosen",
            RunEventKind::StepEntered { .. } => "step_entered",
            RunEventKind::ChildStarted { .. } => "child_started",
            RunEventKind::ChildFinished { .. } => "child_finished",
            RunEventKind::Answered { .. } => "answered",
            RunEventKind::TimedOut { .. } => "timed_out",
            RunEventKind::LoopStarted { .. } => "loop_started",
            RunEventKind::IterationCaught { .. } => "iteration_caught",
            RunEventKind::IterationsFinished { .. } => "iterations_finished",
            RunEventKind::Responded { .. } => "responded",
            RunEventKind::Returned { .. } => "returned",
            RunEventKind::Parked { .. } => "parked",
            RunEventKind::Resumed { .. } => "resumed",
            RunEventKind::SignalTaken { .. } => "signal_taken",
            RunEventKind::ControlChanged { .. } => "control_changed",
            RunEventKind::RunEnding(_) => "run_ending",
            RunEventKind::RunFinished { .. } => "run_finished",
        }
    }
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ending {
    pub status: RunStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Why a step was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Its arm was not chosen.
    ArmNotChosen,
    /// An earlier filter did not let the data pass.
    Filtered,
    SwitchedOff,
    /// The run ended before it.
    RunEnded,
    /// A step before it failed, another arm was first, or the loop around it ended.
    Abandoned,
}

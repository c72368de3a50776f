//! One walk over the definition with a working copy of the run's state: every fact is applied at once, so later steps see it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use expr::{Data, Names, Note, StepData};
use model::{
    Timestamp,
    ids::{StepId, StepPath},
    run::{
        Datum, ErrorClass, Hold, RunError, RunEvent, RunEventKind, RunKind, RunState, RunStatus, SkipReason, StepError,
        StepState, StepStatus,
    },
    step::{OnError, Step},
};
use serde_json::{Value, json};

use crate::{
    Context,
    decision::{Call, Effect},
    needs::steps_seen,
    step,
};

/// Steps in arms in arms ... deeper than this are refused rather than carried out.
const MOST_NESTED: usize = 64;

/// What follows in the body after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The next step of the body.
    Next,
    /// Nothing more in this body: a filter did not let the data pass.
    EndBody,
    /// Nothing more for now: a call, a moment or a signal has to come first.
    Blocked,
    /// The run has ended.
    Ended,
}

pub(crate) struct Walk<'a> {
    pub ctx: &'a Context<'a>,
    pub state: RunState,
    pub data: Data,
    pub events: Vec<RunEvent>,
    pub effects: Vec<Effect>,
    /// Attempts of earlier decisions have not ended.
    pub in_flight: bool,
    /// Hashes of payload rows without which the walk could not go on.
    pub needed: BTreeSet<String>,
    pub wait: Option<Wait>,
    /// The run is parked; the cause with which it goes on as soon as anything happens.
    resume: Option<&'static str>,
    /// Outputs that stand in rows not loaded, by step.
    unloaded: BTreeMap<StepId, String>,
    /// Built when it is first asked for.
    names: Option<Names>,
    /// The steps whose arms the walk is in, outermost first.
    around: Vec<StepId>,
    /// A test of one step alone.
    pub alone: bool,
}

/// What the run waits for when nothing else is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    pub until: Option<Timestamp>,
    pub hold: Option<Hold>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(ctx: &'a Context<'a>, state: &RunState) -> Self {
        let resume = (state.status == RunStatus::Waiting).then(|| match state.wake_at {
            Some(at) if at <= ctx.now => "time",
            _ => "signal",
        });
        let mut data = Data::new();
        data.set_event(Arc::clone(ctx.event));
        data.set_vars(Arc::clone(ctx.vars));
        data.set_run(Arc::new(json!({ "id": ctx.run_id, "now": ctx.now.rfc3339(), "workflow": ctx.workflow })));
        let mut walk = Walk {
            ctx,
            state: state.clone(),
            data,
            events: Vec::new(),
            effects: Vec::new(),
            in_flight: false,
            needed: BTreeSet::new(),
            wait: None,
            resume,
            unloaded: BTreeMap::new(),
            names: None,
            around: Vec::new(),
            alone: matches!(state.kind, RunKind::Test { only: Some(_) }),
        };
        for (id, step) in &ctx.def.steps {
            walk.show(id, &StepPath::from(id), step);
        }
        walk
    }

    /// Lets expressions see what a step left behind.
    fn show(&mut self, id: &StepId, path: &StepPath, step: &Step) {
        match self.left_behind(id, path) {
            Ok(data) => self.data.set_step(id.as_str(), &step.slug, data),
            Err(hash) => {
                self.data.set_step(id.as_str(), &step.slug, StepData::NotRun);
                self.unloaded.insert(id.clone(), hash);
            }
        }
    }

    /// What a step left behind, or the row that has to be loaded for it.
    fn left_behind(&self, id: &StepId, path: &StepPath) -> Result<StepData, String> {
        let known = self.state.steps.get(path);
        let output = match known.map(|known| (known.status, known)) {
            Some((StepStatus::Succeeded, known)) => known.output.as_ref(),
            Some((StepStatus::Skipped, _)) => return Ok(StepData::Skipped),
            Some((StepStatus::Failed, known)) => {
                let error = known.error.as_ref().filter(|_| known.continued);
                return Ok(error.map_or(StepData::NotRun, |error| StepData::Output(Arc::new(error_output(error)))));
            }
            // A test of one step alone sees the given outputs; other runs carry given steps out as they reach them.
            _ if self.alone => self.state.given.get(id),
            _ => None,
        };
        output.map_or(Ok(StepData::NotRun), |output| self.ctx.resolve(output).map(StepData::Output))
    }

    /// Records a fact. A parked run goes on with its first.
    pub(crate) fn emit(&mut self, kind: RunEventKind) {
        if let Some(cause) = self.resume.take() {
            self.emit(RunEventKind::Resumed { cause: cause.to_owned() });
        }
        let event = RunEvent { at: self.ctx.now, kind };
        self.state.apply(&event);
        self.events.push(event);
    }

    /// Whether the run was parked and nothing has happened since.
    pub(crate) fn still_parked(&self) -> bool {
        self.resume.is_some()
    }

    /// Changes what a parked run waits for.
    pub(crate) fn park_again(&mut self, until: Option<Timestamp>, hold: Option<Hold>) {
        self.resume = None;
        self.emit(RunEventKind::Parked { until, hold });
    }

    pub(crate) fn call(&mut self, call: Call) {
        if let Some(cause) = self.resume.take() {
            self.emit(RunEventKind::Resumed { cause: cause.to_owned() });
        }
        self.effects.push(Effect::Call(call));
    }

    /// The run cannot go on before `until`, or before somebody lets it.
    pub(crate) fn wait(&mut self, until: Option<Timestamp>, hold: Option<Hold>) -> Flow {
        let weight = |hold: Option<Hold>| match hold {
            Some(Hold::Unknown) => 3,
            Some(Hold::Connection) => 2,
            Some(_) => 1,
            None => 0,
        };
        self.wait = Some(match self.wait {
            None => Wait { until, hold },
            Some(wait) => Wait {
                until: match (wait.until, until) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                },
                hold: if weight(hold) > weight(wait.hold) { hold } else { wait.hold },
            },
        });
        Flow::Blocked
    }

    pub(crate) fn step_state(&self, path: &StepPath) -> Option<&StepState> {
        self.state.steps.get(path)
    }

    pub(crate) fn status(&self, path: &StepPath) -> StepStatus {
        self.state.step_status(path)
    }

    /// Whether every output the step may look at is loaded; otherwise notes which rows are needed.
    pub(crate) fn loaded(&mut self, step: &Step) -> bool {
        if self.unloaded.is_empty() {
            return true;
        }
        let ctx = self.ctx;
        let names = self.names.get_or_insert_with(|| ctx.def.names());
        let before = self.needed.len();
        for id in steps_seen(step, names) {
            self.needed.extend(self.unloaded.get(&StepId(id)).cloned());
        }
        self.needed.len() == before
    }

    /// Carries out a body from its first step that has not ended.
    pub(crate) fn body(&mut self, body: &'a [StepId]) -> Flow {
        for (at, id) in body.iter().enumerate() {
            match step::advance(self, id) {
                Flow::Next => {}
                Flow::EndBody => {
                    // At top level the run ends, and what it did not reach needs no word.
                    if !self.around.is_empty() {
                        self.skip(&body[at + 1..], SkipReason::Filtered);
                    }
                    return Flow::EndBody;
                }
                flow => return flow,
            }
        }
        Flow::Next
    }

    /// Carries out a body within `owner`.
    pub(crate) fn inner_body(&mut self, owner: &StepId, body: &'a [StepId]) -> Flow {
        self.around.push(owner.clone());
        let flow = self.body(body);
        self.around.pop();
        flow
    }

    /// Whether a step can be entered; if the definition contradicts itself there, the run ends.
    pub(crate) fn may_enter(&mut self, id: &StepId, path: &StepPath) -> Result<(), Flow> {
        if self.around.contains(id) {
            return Err(self.contradiction(path, "definition.cycle", format!("Step `{id}` stands in its own arm.")));
        }
        if self.around.len() > MOST_NESTED {
            let message = format!("Steps are nested deeper than {MOST_NESTED} levels.");
            return Err(self.contradiction(path, "definition.too_deep", message));
        }
        Ok(())
    }

    /// Passes steps over, with everything in their arms.
    pub(crate) fn skip(&mut self, ids: &[StepId], reason: SkipReason) {
        let ctx = self.ctx;
        let mut open: Vec<&StepId> = ids.iter().rev().collect();
        while let Some(id) = open.pop() {
            let path = StepPath::from(id);
            // A branch that is being carried out has chosen its arms: a definition may name it within itself.
            if self.step_state(&path).is_some_and(|step| step.status != StepStatus::Pending || step.arms.is_some()) {
                continue;
            }
            self.emit(RunEventKind::StepSkipped { path, reason });
            if let Some(step) = ctx.def.steps.get(id) {
                self.data.set_step(id.as_str(), &step.slug, StepData::Skipped);
                let inner: Vec<&StepId> = step.kind.bodies().flatten().collect();
                open.extend(inner.into_iter().rev());
            }
        }
    }

    pub(crate) fn finish(&mut self, id: &StepId, path: &StepPath, output: Datum, notes: Vec<Note>, detail: Option<Value>) {
        self.emit(RunEventKind::StepFinished { path: path.clone(), output, notes, detail: detail.map(Datum::new) });
        self.refresh(id, path);
    }

    /// Ends a step as failed; by its policy the body goes on or the run ends.
    pub(crate) fn fail(&mut self, id: &StepId, path: &StepPath, step: &Step, error: impl Into<Box<StepError>>) -> Flow {
        let error = *error.into();
        let continued = step.policy.on_error == OnError::Continue;
        let run_error = run_error(path, &error);
        self.emit(RunEventKind::StepFailed { path: path.clone(), error, continued });
        self.refresh(id, path);
        if continued { Flow::Next } else { self.end_failed(run_error) }
    }

    /// The definition contradicts itself: whatever the step's policy says, the run ends.
    pub(crate) fn contradiction(&mut self, path: &StepPath, code: &str, message: String) -> Flow {
        let error = StepError::new(ErrorClass::System, code, message);
        let run_error = run_error(path, &error);
        if self.status(path).may_become(StepStatus::Failed) {
            self.emit(RunEventKind::StepFailed { path: path.clone(), error, continued: false });
        }
        self.end_failed(run_error)
    }

    pub(crate) fn end_failed(&mut self, error: RunError) -> Flow {
        let message = None;
        self.emit(RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error), message, by: None });
        Flow::Ended
    }

    pub(crate) fn end(&mut self, status: RunStatus, message: Option<String>) -> Flow {
        self.emit(RunEventKind::RunFinished { status, error: None, message, by: None });
        Flow::Ended
    }

    fn refresh(&mut self, id: &StepId, path: &StepPath) {
        let ctx = self.ctx;
        if let Some(step) = ctx.def.steps.get(id) {
            self.show(id, path, step);
        }
    }
}

pub(crate) fn run_error(path: &StepPath, error: &StepError) -> RunError {
    RunError { path: Some(path.clone()), class: error.class, code: error.code.clone(), message: error.message.clone() }
}

/// What expressions see of a step that failed while the run went on.
fn error_output(error: &StepError) -> Value {
    json!({ "error": { "class": error.class.as_str(), "code": error.code, "message": error.message } })
}

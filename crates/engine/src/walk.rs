//! One walk from where the cursor stands: every fact is applied at once, so later steps see it.

use std::{collections::BTreeSet, sync::Arc};

use expr::{Data, Note, StepData};
use model::{
    Timestamp,
    ids::{StepId, StepPath},
    run::{
        Datum, Ending, ErrorClass, Hold, RunError, RunEvent, RunEventKind, RunKind, RunState, RunStatus, SkipReason, StepError,
        StepState, StepStatus,
    },
    step::{OnError, Step},
};
use serde_json::{Value, json};

use crate::{
    Context, Cursor,
    cursor::{Body, Inner, Root, Scope},
    decision::{Call, Effect},
    links::Waits,
    local::{Local, LocalWork},
    step::{self, At},
    values::bounded,
};

/// Steps in arms in arms ... deeper than this are refused rather than carried out.
pub(crate) const MOST_NESTED: usize = 64;
/// A decision of more facts than this is made in parts, so that no commit grows without bound.
const MOST_EVENTS: usize = 1_000;

/// What follows in the body after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The next step of the body.
    Next,
    /// Nothing more in this body: a filter did not let the data pass.
    EndBody,
    /// Nothing more in this iteration of the loop around it.
    Continue,
    /// Nothing more in the loop around it.
    Break,
    /// A step failed and is not to go on; the walk's `failure` says why.
    Failed,
    /// The run is to end; the walk's `stop` says how.
    Stopped,
    /// Nothing more for now: a call, a moment or a signal has to come first.
    Blocked,
}

pub(crate) struct Walk<'a> {
    pub ctx: &'a Context<'a>,
    pub state: &'a mut RunState,
    pub cursor: &'a mut Cursor,
    pub scope: Scope,
    pub events: Vec<RunEvent>,
    pub effects: Vec<Effect>,
    /// Hashes of payload rows without which the walk could not go on.
    pub needed: BTreeSet<String>,
    /// More could be decided at once than one commit should hold.
    pub again: bool,
    /// Of the step that made the flow [`Flow::Failed`]; `at` says where.
    pub failure: Option<Box<StepError>>,
    pub stop: Option<Ending>,
    /// The run is to end because its item has joined a batch.
    pub gathered: bool,
    /// The run is parked; the cause with which it goes on as soon as anything happens.
    resume: Option<&'static str>,
    run: Arc<Value>,
    /// The steps whose bodies the walk is in, outermost first.
    pub around: Vec<StepId>,
    /// How many of them are loops.
    pub loops: usize,
    /// A test of one step alone.
    pub alone: bool,
}

/// What the run waits for when nothing else is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    pub until: Option<Timestamp>,
    pub hold: Option<Hold>,
}

impl Wait {
    pub(crate) fn and(self, other: Wait) -> Wait {
        let weight = |hold: Option<Hold>| match hold {
            Some(Hold::Unknown) => 3,
            Some(Hold::Connection) => 2,
            Some(_) => 1,
            None => 0,
        };
        Wait {
            until: match (self.until, other.until) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
            hold: if weight(other.hold) > weight(self.hold) { other.hold } else { self.hold },
        }
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new(ctx: &'a Context<'a>, state: &'a mut RunState, cursor: &'a mut Cursor) -> Self {
        let resume = (state.status == RunStatus::Waiting).then(|| match state.wake_at {
            Some(at) if at <= ctx.now => "time",
            _ => "signal",
        });
        let run = Arc::new(json!({ "id": ctx.run_id, "now": ctx.now.rfc3339(), "workflow": ctx.workflow }));
        let alone = matches!(state.kind, RunKind::Test { only: Some(_) });
        Walk {
            ctx,
            state,
            cursor,
            scope: Scope::default(),
            events: Vec::new(),
            effects: Vec::new(),
            needed: BTreeSet::new(),
            again: false,
            failure: None,
            stop: None,
            gathered: false,
            resume,
            run,
            around: Vec::new(),
            loops: 0,
            alone,
        }
    }

    /// Takes the cursor's position, or begins one; to be given back by [`Walk::close`].
    pub(crate) fn open(&mut self) -> Body {
        let ctx = self.ctx;
        self.cursor.mark_due(ctx.now);
        if let Some(Root { body, scope }) = self.cursor.root.take() {
            self.scope = scope;
            self.scope.data.set_run(Arc::clone(&self.run));
            return body;
        }
        let mut data = Data::new();
        data.set_event(Arc::clone(ctx.event));
        data.set_vars(Arc::clone(ctx.vars));
        data.set_run(Arc::clone(&self.run));
        let links = self.waits().links(ctx, None, "", None);
        if let Some(links) = &links {
            data.push_local("links", Arc::clone(links));
        }
        self.scope = Scope { data, links, ..Scope::default() };
        for (id, step) in &ctx.def.steps {
            // A test of one step alone sees the outputs it was given; others are shown as the walk comes past them.
            if self.alone {
                self.show(id, step);
            } else {
                self.scope.data.set_step(id.as_str(), &step.slug, StepData::NotRun);
            }
        }
        let under_way = self.state.steps.iter().filter(|(_, step)| step.is_under_way());
        self.cursor.unreached = under_way.map(|(path, _)| path.clone()).collect();
        Body::default()
    }

    pub(crate) fn close(&mut self, body: Body) {
        self.cursor.root = Some(Root { body, scope: std::mem::take(&mut self.scope) });
        if self.needed.is_empty() && !self.again {
            // The walk has come past everything that is still part of the run.
            let left = std::mem::take(&mut self.cursor.unreached);
            self.cursor.orphans.extend(left);
        }
    }

    /// A step is looked at.
    pub(crate) fn visit(&mut self, path: &StepPath) {
        self.cursor.visited += 1;
        self.cursor.forget_wait(path);
        if !self.cursor.unreached.is_empty() {
            self.cursor.unreached.remove(path);
        }
    }

    pub(crate) fn path(&self, id: &StepId) -> StepPath {
        StepPath(format!("{}{id}", self.scope.prefix))
    }

    /// Records a fact. A parked run goes on with its first.
    pub(crate) fn emit(&mut self, kind: RunEventKind) {
        if let Some(cause) = self.resume.take() {
            self.emit(RunEventKind::Resumed { cause: cause.to_owned() });
        }
        if let Some(path) = kind.path() {
            self.cursor.forget_wait(path);
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
        // Asked for again until it is recorded as started.
        self.cursor.mark(&call.path);
        self.effects.push(Effect::Call(call));
    }

    /// Asks for work inside Patchbay; the step's input is recorded already.
    pub(crate) fn local(&mut self, id: &StepId, path: &StepPath, work: LocalWork) -> Flow {
        if let Some(cause) = self.resume.take() {
            self.emit(RunEventKind::Resumed { cause: cause.to_owned() });
        }
        // Asked for again until its outcome is recorded.
        self.cursor.mark(path);
        self.effects.push(Effect::Local(Local { path: path.clone(), step: id.clone(), work }));
        Flow::Blocked
    }

    /// The step cannot go on before `until`, or before somebody lets it.
    pub(crate) fn wait(&mut self, path: &StepPath, until: Option<Timestamp>, hold: Option<Hold>) -> Flow {
        self.cursor.wait(path, Wait { until, hold });
        Flow::Blocked
    }

    /// Whether this decision holds enough; if so, the rest follows in the next.
    pub(crate) fn is_full(&mut self, path: &StepPath) -> bool {
        if self.events.len() < MOST_EVENTS {
            return false;
        }
        self.again = true;
        self.cursor.mark(path);
        true
    }

    pub(crate) fn step_state(&self, path: &StepPath) -> Option<&StepState> {
        self.state.steps.get(path)
    }

    pub(crate) fn status(&self, path: &StepPath) -> StepStatus {
        self.state.step_status(path)
    }

    /// Carries out a body from its first step that has not ended. `spelled`: what a filter keeps from running is said to be skipped; at
    /// top level the run ends, and in a loop the iteration does, and what they did not reach needs no word.
    pub(crate) fn body(&mut self, at: &mut Body, body: &'a [StepId], spelled: bool) -> Flow {
        while let Some(id) = body.get(at.at) {
            match step::advance(self, id, &mut at.inner) {
                Flow::Next => {
                    at.at += 1;
                    at.inner = None;
                }
                Flow::EndBody => {
                    if spelled {
                        self.skip(&body[at.at + 1..], SkipReason::Filtered);
                    }
                    return Flow::EndBody;
                }
                flow => return flow,
            }
        }
        Flow::Next
    }

    /// Carries out a body within `owner`.
    pub(crate) fn inner_body(&mut self, owner: &StepId, at: &mut Body, body: &'a [StepId]) -> Flow {
        self.around.push(owner.clone());
        let flow = self.body(at, body, true);
        self.around.pop();
        flow
    }

    /// Goes into an iteration of the loop `owner`, and comes back.
    pub(crate) fn within<R>(&mut self, owner: &StepId, scope: &mut Scope, work: impl FnOnce(&mut Self) -> R) -> R {
        std::mem::swap(&mut self.scope, scope);
        self.scope.data.set_run(Arc::clone(&self.run));
        self.around.push(owner.clone());
        self.loops += 1;
        let result = work(self);
        self.loops -= 1;
        self.around.pop();
        std::mem::swap(&mut self.scope, scope);
        result
    }

    /// What an iteration sees to begin with.
    pub(crate) fn iteration_scope(&mut self, path: &StepPath, index: u32, around: Value) -> Scope {
        let ctx = self.ctx;
        let prefix = path.iteration_prefix(index);
        let outer = self.scope.links.clone();
        let links = self.waits().links(ctx, Some(&path.step()), &prefix, outer.as_ref());
        let mut data = self.scope.data.layer();
        if let Some(links) = links.as_ref().filter(|links| outer.as_ref().is_none_or(|outer| !Arc::ptr_eq(links, outer))) {
            data.push_local("links", Arc::clone(links));
        }
        data.push_local("loop", Arc::new(around));
        Scope { prefix, data, unloaded: self.scope.unloaded.clone(), links }
    }

    fn waits(&mut self) -> &Waits {
        let ctx = self.ctx;
        self.cursor.waits_of.get_or_insert_with(|| Waits::of(ctx.def))
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
            let path = self.path(id);
            // A branch that is being carried out has chosen its arms: a definition may name it within itself.
            if self.step_state(&path).is_some_and(|step| step.status != StepStatus::Pending || step.arms.is_some()) {
                continue;
            }
            self.emit(RunEventKind::StepSkipped { path, reason });
            if let Some(step) = ctx.def.steps.get(id) {
                self.scope.data.set_step(id.as_str(), &step.slug, StepData::Skipped);
                if !step.kind.is_loop() {
                    let inner: Vec<&StepId> = step.kind.bodies().flatten().collect();
                    open.extend(inner.into_iter().rev());
                }
            }
        }
    }

    pub(crate) fn finish(&mut self, id: &StepId, path: &StepPath, output: Datum, notes: Vec<Note>, detail: Option<Value>) {
        self.emit(RunEventKind::StepFinished { path: path.clone(), output, notes, detail: detail.map(Datum::new) });
        self.refresh(id);
    }

    /// Ends a step with what its bodies gave, which may nest deeper than can be kept.
    pub(crate) fn conclude(&mut self, at: At<'_, '_>, output: Value) -> Flow {
        match bounded(output, at.path) {
            Ok(output) => {
                self.finish(at.id, at.path, Datum::new(output), Vec::new(), None);
                Flow::Next
            }
            Err(error) => self.fail(at.id, at.path, at.step, error),
        }
    }

    /// Ends a step as failed; by its policy the body goes on or fails with it.
    pub(crate) fn fail(&mut self, id: &StepId, path: &StepPath, step: &Step, error: impl Into<Box<StepError>>) -> Flow {
        let error = *error.into();
        let continued = step.policy.on_error == OnError::Continue;
        self.emit(RunEventKind::StepFailed { path: path.clone(), error: error.clone(), continued });
        self.refresh(id);
        if continued { Flow::Next } else { self.failed(path, error) }
    }

    /// The flow after a step that failed and is not to go on.
    pub(crate) fn failed(&mut self, path: &StepPath, mut error: StepError) -> Flow {
        error.at.get_or_insert_with(|| path.clone());
        error.response = None;
        self.failure = Some(Box::new(error));
        Flow::Failed
    }

    /// Why the body just left failed.
    pub(crate) fn take_failure(&mut self) -> Box<StepError> {
        let unknown = || Box::new(StepError::new(ErrorClass::System, "step.failed", "The step failed."));
        self.failure.take().unwrap_or_else(unknown)
    }

    /// The definition contradicts itself: whatever the step's policy says, the run ends.
    pub(crate) fn contradiction(&mut self, path: &StepPath, code: &str, message: String) -> Flow {
        let error = StepError::new(ErrorClass::System, code, message);
        let run_error = run_error(path, &error);
        if self.status(path).may_become(StepStatus::Failed) {
            self.emit(RunEventKind::StepFailed { path: path.clone(), error, continued: false });
        }
        self.stopped(Ending { status: RunStatus::Failed, error: Some(run_error), message: None })
    }

    /// The run is to end, after the calls that are under way.
    pub(crate) fn stopped(&mut self, end: Ending) -> Flow {
        self.stop = Some(end);
        Flow::Stopped
    }

    pub(crate) fn end(&mut self, end: Ending) {
        let Ending { status, error, message } = end;
        self.emit(RunEventKind::RunFinished { status, error, message, by: None });
    }

    pub(crate) fn bodies(inner: &mut Option<Box<Inner>>, count: usize) -> Vec<crate::cursor::Child> {
        match inner.take().map(|inner| *inner) {
            Some(Inner::Bodies(children)) if children.len() == count => children,
            _ => std::iter::repeat_with(Default::default).take(count).collect(),
        }
    }
}

pub(crate) fn run_error(path: &StepPath, error: &StepError) -> RunError {
    RunError {
        path: Some(error.at.clone().unwrap_or_else(|| path.clone())),
        class: error.class,
        code: error.code.clone(),
        message: error.message.clone(),
    }
}

//! Definitions and runs in few words, for the tests beside the code.

use std::sync::Arc;

use model::{
    Timestamp, WorkflowDefinition,
    ids::{RunId, SignalId, StepId, StepPath},
    run::{
        CallOutcome, Datum, EffectClass, Iterations, KeyLimits, RunEvent, RunEventKind, RunKind, RunState, SignalKind, StepError,
        StepState,
    },
    step::{Action, Step},
};
use serde_json::{Value, json};

use crate::{
    Call, Context, Cursor, Decision, Effect, Links, Local, LookupOutcome, OperationFacts, Operations, Payloads, Signal, decide,
    intent, local_ended, looked_up, outcome, signal, started,
};

/// One operation: `http.request`, which needs a `url`.
pub(crate) struct Http;

impl Operations for Http {
    fn facts(&self, action: &Action) -> OperationFacts {
        OperationFacts { timeout_ms: 30_000, required: vec!["url".into()], known: action.connector == "http" }
    }
}

/// Links that name what they are for.
pub(crate) struct Named;

impl Links for Named {
    fn url(&self, run: RunId, path: &StepPath) -> String {
        format!("https://p.example/wait/{run}/{path}/s")
    }
}

/// A workflow from JSON: `[[id, kind], ...]`, a kind being a step's `kind` with `policy` and `disabled` beside it where wanted. Ids are
/// slugs. Steps inside arms follow anywhere in the list; `body` names the top-level ones.
pub(crate) fn workflow(body: &[&str], steps: Value) -> WorkflowDefinition {
    let mut def = WorkflowDefinition { body: body.iter().map(|id| StepId::from(*id)).collect(), ..WorkflowDefinition::default() };
    for (id, mut kind) in serde_json::from_value::<serde_json::Map<String, Value>>(steps).unwrap() {
        let mut step = json!({ "slug": id, "label": id });
        for key in ["policy", "disabled"] {
            if let Some(value) = kind.as_object_mut().unwrap().remove(key) {
                step[key] = value;
            }
        }
        step["kind"] = kind;
        def.steps.insert(StepId(id), serde_json::from_value::<Step>(step).unwrap());
    }
    def
}

/// A run in memory. Facts are applied as they are decided.
pub(crate) struct Run {
    pub def: WorkflowDefinition,
    pub event: Arc<Value>,
    pub payloads: Payloads,
    pub now: Timestamp,
    pub state: RunState,
    pub cursor: Cursor,
    pub journal: Vec<RunEventKind>,
}

impl Run {
    pub(crate) fn new(def: WorkflowDefinition, body: Value) -> Self {
        Run::of_kind(def, body, RunKind::Live, Vec::new())
    }

    pub(crate) fn of_kind(def: WorkflowDefinition, body: Value, kind: RunKind, given: Vec<(StepId, Datum)>) -> Self {
        let mut run = Run {
            def,
            event: Arc::new(json!({ "body": body })),
            payloads: Payloads::new(),
            now: Timestamp(1_767_225_600_000),
            state: RunState::default(),
            cursor: Cursor::new(),
            journal: Vec::new(),
        };
        let created = RunEventKind::RunCreated { kind, version: 1, trigger: "t".into(), event: None, definition: None, given };
        run.take(vec![created]);
        run
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&Context<'_>, &RunState) -> R) -> R {
        let vars = Arc::new(json!({}));
        let ctx = Context {
            def: &self.def,
            event: &self.event,
            payloads: &self.payloads,
            vars: &vars,
            run_id: RunId(7),
            workflow: "Test",
            now: self.now,
            operations: &Http,
            links: &Named,
        };
        f(&ctx, &self.state)
    }

    pub(crate) fn take(&mut self, kinds: Vec<RunEventKind>) {
        for kind in kinds {
            self.journal.push(kind.clone());
            self.cursor.apply(&mut self.state, &RunEvent { at: self.now, kind });
        }
    }

    pub(crate) fn decide(&mut self) -> Decision {
        let (mut state, mut cursor) = (std::mem::take(&mut self.state), std::mem::take(&mut self.cursor));
        let decision = self.with(|ctx, _| decide(ctx, &mut state, &mut cursor));
        (self.state, self.cursor) = (state, cursor);
        self.journal.extend(decision.events.iter().map(|event| event.kind.clone()));
        decision
    }

    /// Decides, and gives the one call that follows.
    pub(crate) fn call(&mut self) -> Call {
        let decision = self.decide();
        let [Effect::Call(call)] = decision.effects.as_slice() else { panic!("one call expected: {decision:?}") };
        call.clone()
    }

    /// Decides, and gives the one piece of local work that follows.
    pub(crate) fn local(&mut self) -> Local {
        let decision = self.decide();
        let [Effect::Local(local)] = decision.effects.as_slice() else { panic!("local work expected: {decision:?}") };
        local.clone()
    }

    /// Ends local work; the names of the facts that follow.
    pub(crate) fn local_ended(&mut self, path: &str, outcome: Result<Value, StepError>) -> Vec<&'static str> {
        let events = self.with(|ctx, state| local_ended(ctx, state, &path.into(), outcome));
        let names = events.iter().map(RunEventKind::name).collect();
        self.take(events);
        names
    }

    /// Sends a signal; the names of the facts that follow.
    pub(crate) fn signal(&mut self, kind: SignalKind, path: &str, body: Value) -> Vec<&'static str> {
        let signal_ = Signal { id: SignalId(1), kind, path: Some(path.into()), body, by: Some("Ada".into()) };
        let events = self.with(|ctx, state| signal(ctx, state, &signal_));
        let names = events.iter().map(RunEventKind::name).collect();
        self.take(events);
        names
    }

    /// The process dies: what is known is what the journal says.
    pub(crate) fn crash(&mut self) {
        let events: Vec<RunEvent> = self.journal.iter().map(|kind| RunEvent { at: self.now, kind: kind.clone() }).collect();
        // Moments are those of the facts, not of the crash.
        let before = std::mem::take(&mut self.state);
        self.state = RunState::fold(&events);
        for (path, step) in &mut self.state.steps {
            if let Some(known) = before.steps.get(path) {
                (step.started_at, step.finished_at, step.timed_out) = (known.started_at, known.finished_at, known.timed_out);
            }
        }
        self.state.started_at = before.started_at;
        self.cursor = Cursor::new();
    }

    pub(crate) fn start(&mut self, call: &Call, class: EffectClass) {
        self.take(vec![started(call, class, Some(Datum::new(json!({ "request": call.n }))))]);
    }

    /// The same for a safe call whose key protects only so far.
    pub(crate) fn start_limited(&mut self, call: &Call, limits: Option<KeyLimits>) {
        let request = Datum::new(json!({ "request": call.n }));
        self.take(intent(call, EffectClass::Safe, limits.unwrap_or_default(), Some(request)));
    }

    /// Ends the question a call stands for; the names of the facts that follow.
    pub(crate) fn looked_up(&mut self, call: &Call, outcome_: LookupOutcome) -> Vec<&'static str> {
        let events = self.with(|ctx, state| looked_up(ctx, state, &call.path, call.n, outcome_));
        let names = events.iter().map(RunEventKind::name).collect();
        self.take(events);
        names
    }

    /// Ends the attempt a call stands for.
    pub(crate) fn end(&mut self, call: &Call, outcome_: CallOutcome) {
        let events = self.with(|ctx, state| outcome(ctx, state, &call.path, call.n, outcome_));
        self.take(events);
    }

    /// The same call as attempt `n`.
    pub(crate) fn last_call(&self, call: &Call, n: u32) -> Call {
        Call { n, ..call.clone() }
    }

    pub(crate) fn step(&self, id: &str) -> &StepState {
        self.state.steps.get(&StepPath(id.into())).unwrap_or_else(|| panic!("{id} is not in the journal"))
    }

    /// Of how far a loop has come; the default where it has not begun.
    pub(crate) fn step_or<R: Default>(&self, id: &str, of: impl FnOnce(&Iterations) -> R) -> R {
        self.state.steps.get(&id.into()).and_then(|step| step.iterations.as_ref()).map(of).unwrap_or_default()
    }

    pub(crate) fn output(&self, id: &str) -> &Value {
        self.step(id).output.as_ref().and_then(Datum::inline).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.journal.iter().map(RunEventKind::name).collect()
    }
}

pub(crate) fn call_of(effect: Effect) -> Option<Call> {
    match effect {
        Effect::Call(call) => Some(call),
        Effect::Local(_) => None,
    }
}

/// `event.body.<path>` as a mapped value.
pub(crate) fn pill(path: &[&str]) -> Value {
    let mut full = vec!["body"];
    full.extend(path);
    json!({ "template": [{ "pill": { "source": "event", "path": full } }] })
}

/// A field of a step's output as a mapped value.
pub(crate) fn from_step(step: &str, path: &[&str]) -> Value {
    json!({ "template": [{ "pill": { "source": { "step": step }, "path": path } }] })
}

pub(crate) fn test(left: Value, op: &str, right: Value) -> Value {
    json!({ "test": { "left": left, "op": op, "right": { "literal": right } } })
}

/// An HTTP request to `url`.
pub(crate) fn http() -> Value {
    json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "input": { "url": { "literal": "http://x.example" } } })
}

pub(crate) fn with(mut kind: Value, key: &str, value: Value) -> Value {
    kind[key] = value;
    kind
}

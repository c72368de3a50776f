//! A worker in memory: decides, commits, performs calls against a pretended outside, and may crash at any commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use engine::{
    Call, Context, Cursor, Decision, Effect, Links, Local, LocalWork, Next, OperationFacts, Operations, Payloads, Signal,
    child_started, closes, decide, intent, local_ended, looked_up, outcome, recover, refused,
};
use model::{
    Timestamp, WorkflowDefinition,
    ids::{RunId, SignalId, StepPath},
    run::{
        ATTEMPT_MOVES, AttemptState, AttemptStatus, Datum, EffectClass, ErrorClass, Hold, RunEvent, RunEventKind, RunKind,
        RunState, SignalKind, Snapshot, StepError, StepStatus,
    },
    step::{Action, StepKind},
};
use serde_json::{Value, json};

mod outside;
mod told;

pub use outside::Outside;

pub struct Http;

impl Operations for Http {
    fn facts(&self, _: &Action) -> OperationFacts {
        OperationFacts { timeout_ms: 30_000, required: vec!["url".into()], known: true }
    }
}

impl Links for Http {
    fn url(&self, run: RunId, path: &StepPath) -> String {
        format!("https://p.example/wait/{run}/{path}/s")
    }
}

pub struct World<'a> {
    def: &'a WorkflowDefinition,
    event: Arc<Value>,
    vars: Arc<Value>,
    payloads: Payloads,
    outside: Outside,
    now: Timestamp,
    /// What is durable.
    pub journal: Vec<RunEvent>,
    /// What is decided and not yet durable.
    open: Vec<RunEvent>,
    pub state: RunState,
    pub cursor: Cursor,
    pub commits: usize,
    /// Commits after which the process dies.
    crashes: BTreeSet<usize>,
    /// Keys of calls that were sent, in the order they first were.
    pub sent: Vec<String>,
    /// How often each was sent.
    pub times: BTreeMap<String, u32>,
    /// What the other side has carried out, by key, each time it was.
    pub effects: BTreeMap<String, u32>,
    /// When it first saw a key.
    seen: BTreeMap<String, Timestamp>,
    /// A person was asked.
    pub asked: bool,
    signals: i64,
    /// Signals the journal does not have yet, and which of them are decided.
    inbox: Vec<Signal>,
    taken: BTreeSet<SignalId>,
    /// Waits somebody has answered, and runs whose end was told.
    told: BTreeSet<StepPath>,
    /// Sent and not answered.
    under_way: Vec<Call>,
    /// Scripts, stored values and batches that are being worked on.
    locals: BTreeMap<StepPath, Local>,
    ended: u32,
}

enum Crash {
    Died,
    /// An answer stands where a time-out was to be written.
    Conflict,
}

impl<'a> World<'a> {
    pub fn new(def: &'a WorkflowDefinition, bits: u8, outside: Outside, crashes: BTreeSet<usize>) -> Self {
        let event: serde_json::Map<String, Value> = (0..8).map(|n| (n.to_string(), json!(bits >> n & 1 == 1))).collect();
        let mut world = World {
            def,
            event: Arc::new(Value::Object(event)),
            vars: Arc::new(json!({})),
            payloads: Payloads::new(),
            outside,
            now: Timestamp(1_767_225_600_000),
            journal: Vec::new(),
            open: Vec::new(),
            state: RunState::default(),
            cursor: Cursor::new(),
            commits: 0,
            crashes,
            sent: Vec::new(),
            times: BTreeMap::new(),
            effects: BTreeMap::new(),
            seen: BTreeMap::new(),
            asked: false,
            signals: 0,
            inbox: Vec::new(),
            taken: BTreeSet::new(),
            told: BTreeSet::new(),
            under_way: Vec::new(),
            locals: BTreeMap::new(),
            ended: 0,
        };
        for (id, step) in &def.steps {
            // Some answer before they were asked.
            if matches!(step.kind, StepKind::Wait(_)) && def.body.contains(id) && world.chance(id.as_str(), 31).is_multiple_of(4)
            {
                world.answer_wait(StepPath::from(id));
            }
        }
        let kind = RunKind::Live;
        world.take(vec![RunEventKind::RunCreated {
            kind,
            version: 1,
            trigger: "t".into(),
            event: None,
            definition: None,
            given: Vec::new(),
        }]);
        world.journal = std::mem::take(&mut world.open);
        world
    }

    fn ask<R>(&self, f: impl FnOnce(&Context<'_>, &RunState) -> R) -> R {
        let ctx = Context {
            def: self.def,
            event: &self.event,
            payloads: &self.payloads,
            vars: &self.vars,
            run_id: RunId(77),
            workflow: "Random",
            now: self.now,
            operations: &Http,
            links: &Http,
        };
        f(&ctx, &self.state)
    }

    /// Records facts from outside a decision.
    fn take(&mut self, kinds: Vec<RunEventKind>) {
        for kind in kinds {
            self.check(RunEvent { at: self.now, kind }, |world, event| world.cursor.apply(&mut world.state, event));
        }
    }

    /// Applies a fact, and checks that it moves states only along the tables.
    fn check(&mut self, event: RunEvent, apply: impl Fn(&mut Self, &RunEvent)) {
        let path = event.kind.path().cloned();
        let run_before = self.state.status;
        let before = path.as_ref().map(|path| (self.state.step_status(path), attempts(&self.state, path)));
        apply(self, &event);
        let run = self.state.status;
        assert!(run == run_before || run_before.may_become(run), "run {run_before:?} -> {run:?} by {:?}", event.kind);
        let still_there = path.filter(|path| self.state.step(path).is_some());
        if let (Some(path), Some((step_before, attempts_before))) = (still_there, before) {
            let step = self.state.step_status(&path);
            let moved = step == step_before || step_before.may_become(step);
            assert!(moved, "step {path} {step_before:?} -> {step:?} by {:?}", event.kind);
            for (n, after) in attempts(&self.state, &path) {
                let Some(from) = attempts_before.get(&n) else {
                    assert_eq!(after, AttemptStatus::Started);
                    continue;
                };
                let moved = *from == after || ATTEMPT_MOVES.contains(&(*from, after));
                assert!(moved, "attempt {from:?} -> {after:?} by {:?}", event.kind);
            }
            let late = matches!(event.kind, RunEventKind::LateOutcome { .. });
            assert!(!run_before.is_final() || late, "after the end: {:?}", event.kind);
        }
        self.open.push(event);
    }

    /// Decides, checks every fact, and checks that a cursor which was there all along sees what a new one sees.
    fn decide(&mut self) -> Decision {
        assert_eq!(self.state.running as usize, self.state.in_flight().count(), "counted along");
        let (mut state, mut anew) = (self.state.clone(), self.state.clone());
        let mut cursor = std::mem::take(&mut self.cursor);
        let decision = self.ask(|ctx, _| decide(ctx, &mut state, &mut cursor));
        let again = self.ask(|ctx, _| decide(ctx, &mut anew, &mut Cursor::new()));
        assert_eq!(decision, again, "the same every time, wherever one comes from");
        self.cursor = cursor;
        decision.events.iter().for_each(|event| self.check(event.clone(), |world, event| world.state.apply(event)));
        assert_eq!(self.state, state);
        decision
    }

    /// A crash comes right before or right after what is decided becomes durable; then some of the `ready` calls were sent.
    fn commit(&mut self, ready: &[Call]) -> Result<(), Crash> {
        let answered = |path: &StepPath| {
            let of_path = |s: &&Signal| s.kind == SignalKind::Answered && s.path.as_ref() == Some(path);
            self.inbox.iter().filter(of_path).any(|s| !self.taken.contains(&s.id))
        };
        if closes(&self.open).iter().any(answered) {
            return Err(Crash::Conflict);
        }
        self.commits += 1;
        let dies = self.crashes.contains(&self.commits);
        let durable = !dies || self.chance("crash", self.commits as u32).is_multiple_of(2);
        if durable {
            self.journal.append(&mut self.open);
            self.inbox.retain(|signal| !self.taken.contains(&signal.id));
            self.taken.clear();
        }
        if !dies {
            return Ok(());
        }
        for call in ready.iter().filter(|_| durable) {
            if self.chance(&call.key, 17).is_multiple_of(2) {
                self.send(call);
            }
        }
        Err(Crash::Died)
    }

    /// Drives the run until it has ended, restarting after every crash.
    pub fn drive(&mut self) {
        for _ in 0..100 {
            match self.until_crash() {
                Ok(()) => return,
                Err(crash) => {
                    self.open.clear();
                    self.taken.clear();
                    self.state = self.folded();
                    self.cursor = Cursor::new();
                    self.under_way.clear();
                    self.locals.clear();
                    if matches!(crash, Crash::Died) {
                        self.now = self.now.plus_ms(30_000);
                    }
                    let lost = self.ask(recover);
                    self.take(lost);
                }
            }
        }
        panic!("the run does not come to an end");
    }

    /// What the journal says, from its beginning and from a snapshot on.
    fn folded(&self) -> RunState {
        let whole = RunState::fold(&self.journal);
        let (before, after) =
            self.journal.split_at(self.chance("snapshot", self.commits as u32) as usize % (self.journal.len() + 1));
        let snapshot = serde_json::to_string(&Snapshot::of(&RunState::fold(before))).unwrap();
        let mut state = serde_json::from_str::<Snapshot>(&snapshot).unwrap().restore();
        after.iter().for_each(|event| state.apply(event));
        assert_eq!(state, whole, "a snapshot says what the journal before it says");
        state
    }

    fn until_crash(&mut self) -> Result<(), Crash> {
        for _ in 0..20_000 {
            self.take_signals();
            let Decision { effects, next, .. } = self.decide();
            let mut ready = Vec::new();
            let (mut again, mut begun) = (false, false);
            for effect in effects {
                match effect {
                    Effect::Call(call) if self.start(&call) => ready.push(call),
                    Effect::Call(_) => again = true,
                    Effect::Local(Local { path, work: LocalWork::Child(child), .. }) => {
                        let run = RunId((self.chance(&path.0, 34) >> 2).cast_signed());
                        let facts = self.ask(|ctx, state| child_started(ctx, state, &path, run, child.waits));
                        assert!(!facts.is_empty(), "asked for and not wanted");
                        self.take(facts);
                        begun = true;
                    }
                    Effect::Local(local) => {
                        let asked = self.locals.entry(local.path.clone()).or_insert_with(|| local.clone());
                        assert_eq!(asked, &local, "the same every time");
                    }
                }
            }
            self.hear();
            if !ready.is_empty() || begun || next == Next::Again {
                self.commit(&ready)?;
            }
            for call in ready {
                self.send(&call);
                self.under_way.push(call);
            }
            match next {
                Next::Done => {
                    assert!(self.state.status.is_final());
                    return self.commit(&[]);
                }
                Next::Need(hashes) => panic!("nothing is stored apart: {hashes:?}"),
                Next::Park { until, hold } => {
                    assert!(self.under_way.is_empty() && !again && !self.state.status.is_final());
                    assert_eq!((self.state.wake_at, self.state.hold), (until, hold), "the journal says why it waits");
                    let child = self.state.steps.values().any(|step| step.status == StepStatus::Waiting && step.child.is_some());
                    assert!(until.is_some() || hold.is_some() || child, "parked without a reason");
                    self.locals.clear();
                    assert_ne!(hold, Some(Hold::System), "the engine lost its way");
                    self.commit(&[])?;
                    if self.inbox.is_empty() {
                        self.wait(until, hold);
                    }
                }
                Next::Again => {}
                Next::Continue if again || begun => {}
                Next::Continue => {
                    assert!(!self.under_way.is_empty() || !self.locals.is_empty(), "nothing is under way");
                    self.end_one();
                }
            }
        }
        panic!("the run does not come to an end");
    }

    fn wait(&mut self, until: Option<Timestamp>, hold: Option<Hold>) {
        if let (Some(until), None | Some(Hold::Connection)) = (until, hold)
            && (hold.is_none() || self.chance("time", 0).is_multiple_of(2))
        {
            assert!(until > self.now);
            self.now = until;
            return;
        }
        self.now = self.now.plus_ms(1);
        let unknown = self
            .state
            .steps
            .iter()
            .find(|(_, step)| step.status == StepStatus::Unknown)
            .map(|(path, step)| (path.clone(), step.clone()));
        let (kind, path, body) = match (hold, unknown) {
            (Some(Hold::Connection), _) => (SignalKind::Reconnected, None, Value::Null),
            (Some(Hold::Unknown), Some((path, step))) => {
                self.asked = true;
                let key = step.attempts.last().map(|a| a.key.clone()).unwrap_or_default();
                let body = match self.chance(&key, 9) % 3 {
                    0 if self.outside.wild => json!("run_again"),
                    1 if self.outside.wild => json!("fail"),
                    _ => json!({ "happened": { "output": self.answer(&key) } }),
                };
                (SignalKind::Settle, Some(path), body)
            }
            other => panic!("nobody can help: {other:?}"),
        };
        self.tell(kind, path, body);
    }

    /// Notes the intent of a call; false: it could not be made, and that is noted.
    fn start(&mut self, call: &Call) -> bool {
        if self.outside.wild && self.chance(&call.key, call.n + 100).is_multiple_of(20) {
            let classes = [ErrorClass::Input, ErrorClass::Auth, ErrorClass::Transient];
            let error = StepError::new(classes[(self.chance(&call.key, call.n) % 3) as usize], "test.refused", "Cannot be sent.");
            let facts = self.ask(|ctx, state| refused(ctx, state, call, error));
            self.take(facts);
            return false;
        }
        let request = Datum::new(json!({ "key": call.key, "input": call.input.as_ref() }));
        let recorded = self.state.steps[&call.path].attempts.iter().any(|a| a.round == call.round && a.request.is_some());
        assert_eq!(
            call.resend.as_ref(),
            recorded.then_some(&request),
            "what an earlier attempt of the round recorded is sent again"
        );
        let class = if self.outside.wild {
            [EffectClass::Safe, EffectClass::Lookup, EffectClass::Unsafe][(self.chance(&call.key, 3) % 3) as usize]
        } else {
            self.outside.class
        };
        if !self.outside.wild && self.outside.limits.replays_errors && class == EffectClass::Safe && call.lookup.is_none() {
            let kept =
                |a: &AttemptState| a.round == call.round && a.error.as_ref().is_some_and(|error| error.status == Some(500));
            assert!(!self.state.steps[&call.path].calls().any(kept), "sent to hear the same error again");
        }
        let limits = if self.outside.wild { self.wild_limits(&call.key) } else { self.outside.limits };
        let facts = intent(call, class, limits, Some(request));
        self.take(facts);
        true
    }

    /// One of the calls under way ends, not always the one that began first.
    fn end_one(&mut self) {
        self.ended += 1;
        let which = self.chance("order", self.ended) as usize % (self.under_way.len() + self.locals.len());
        self.now = self.now.plus_ms(5);
        if let Some(path) = self.locals.keys().nth(which.wrapping_sub(self.under_way.len())).cloned() {
            self.locals.remove(&path);
            let fails = self.outside.wild && self.chance(&path.0, 35).is_multiple_of(4);
            let error = StepError::new(ErrorClass::Permanent, "test", "It failed.");
            let answer = if fails { Err(error) } else { Ok(json!({ "local": path })) };
            let facts = self.ask(|ctx, state| local_ended(ctx, state, &path, answer));
            return self.take(facts);
        }
        let call = self.under_way.remove(which);
        let facts = if call.lookup.is_some() {
            let answer = self.answered(&call);
            self.ask(|ctx, state| looked_up(ctx, state, &call.path, call.n, answer))
        } else {
            let answer = self.outcome(&call);
            self.ask(|ctx, state| outcome(ctx, state, &call.path, call.n, answer))
        };
        self.take(facts);
    }
}

fn attempts(state: &RunState, path: &StepPath) -> BTreeMap<u32, AttemptStatus> {
    state.steps.get(path).map(|step| step.attempts.iter().map(|a| (a.n, a.status)).collect()).unwrap_or_default()
}

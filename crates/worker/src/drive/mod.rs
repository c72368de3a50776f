//! Driving one run: decide, record, perform, and again, until it ends or waits.

mod calls;
mod commit;
mod late;
mod local;
mod pause;
mod snapshot;

use std::{collections::HashSet, sync::Arc, time::Duration};

use engine::{Context, Cursor, Effect, Next, Payloads};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use model::{
    Timestamp, WorkflowDefinition,
    ids::{ConnectionId, SecretId, SignalId, StepPath},
    run::{Hold as RunHold, RunEvent, RunEventKind, RunKind, RunState, RunStatus, SignalKind, StepError, StepStatus},
    step::StepKind,
};
use serde_json::Value;
use store::{Claimed, Inbox, Lease, MOST_CLAIMS, Then};

use crate::{
    calls::{Ended, Ready},
    held::Hold,
    worker::Inner,
};
use commit::Written;
use local::Carried;
use pause::Parted;

/// So often in a row a commit may be refused because something beside the journal has changed.
const MOST_CONFLICTS: u32 = 50;

/// Why driving stops before the run has ended or waits.
enum Stop {
    /// The run is somebody else's now, or its lease is about to be.
    Lost,
    Store(store::Error),
}

/// What has ended that was under way.
enum Finished {
    Call(Ended),
    Local { path: StepPath, outcome: Result<Value, StepError> },
}

type UnderWay<'a> = FuturesUnordered<BoxFuture<'a, Finished>>;

/// Drives `claimed` for as long as it has something to do.
pub(crate) async fn run(inner: &Arc<Inner>, claimed: Claimed, hold: &Arc<Hold>) {
    let run = claimed.lease.run;
    match Box::pin(start(inner, claimed, hold)).await {
        Ok(()) => {}
        Err(Stop::Lost) => tracing::debug!(run.id = %run, "a run was lost to a cancel or another worker"),
        Err(Stop::Store(error)) => {
            tracing::error!(run.id = %run, error = %error, "a run could not be driven; it is tried again when its lease ends");
        }
    }
}

async fn start(inner: &Arc<Inner>, claimed: Claimed, hold: &Arc<Hold>) -> Result<(), Stop> {
    let ((state, since_snapshot), def) = match read(inner, &claimed).await {
        Ok(read) => read,
        // It is left to its lease's end, and so to a newer worker; where none comes, to people.
        Err(error @ (store::Error::Invalid(_) | store::Error::SchemaTooNew { .. } | store::Error::NotFound(_)))
            if claimed.claims > MOST_CLAIMS =>
        {
            let words = format!("This run cannot be carried on: {error}. Upgrade or restore a backup, then let it go on.");
            return inner.store.hold(claimed.lease, "run.unreadable", &words).await.map_err(Stop::Store);
        }
        Err(error) => return Err(Stop::Store(error)),
    };
    let is_told = claimed.signals.iter().any(|signal| signal.kind == SignalKind::Resume);
    if state.status == RunStatus::Waiting && state.hold == Some(RunHold::System) && !is_told {
        // Something else than a person's word to go on has woken it; what came waits with it.
        return inner.store.keep_held(claimed.lease).await.map_err(Stop::Store);
    }
    let has_waits = def.steps.values().any(|step| matches!(step.kind, StepKind::Wait(_)));
    let mut drive = Drive {
        inner,
        hold,
        lease: claimed.lease,
        def,
        name: claimed.workflow_name,
        event: claimed.event,
        state,
        cursor: Cursor::new(),
        payloads: Payloads::new(),
        pending: Vec::new(),
        taken: Vec::new(),
        newer: claimed.newer,
        signalled: false,
        closes: Vec::new(),
        saved: None,
        conflicts: 0,
        has_waits,
        busy: HashSet::new(),
        no_permit: None,
        refused: None,
        since_snapshot,
        kept: Vec::new(),
    };
    if claimed.claims > MOST_CLAIMS {
        metrics::counter!("patchbay_runs_held_total", "reason" => "claims").increment(1);
        tracing::error!(run.id = %drive.lease.run, claims = claimed.claims, "a run was claimed again and again without getting on; it is held");
        return drive.hold_by_system(None).await;
    }
    if drive.state.status == RunStatus::Queued
        && matches!(drive.state.kind, RunKind::Live)
        && let Some(reason) = inner.traces.looped(&drive.event, drive.lease.workflow, inner.store.now())
    {
        metrics::counter!("patchbay_runs_held_total", "reason" => "loop").increment(1);
        tracing::warn!(run.id = %drive.lease.run, workflow.id = %drive.lease.workflow, "a workflow keeps starting itself; its run is held");
        return drive.hold_by_system(Some(reason)).await;
    }
    let lost = engine::recover(&drive.context(), &drive.state);
    drive.push(lost);
    drive.take(claimed.signals);
    drive.go().await
}

type Definition = Arc<WorkflowDefinition>;

/// What is stored of a claimed run, and what it carries out.
async fn read(inner: &Inner, claimed: &Claimed) -> Result<((RunState, snapshot::Since), Definition), store::Error> {
    let (state, since) = snapshot::restore(claimed)?;
    let def = match &state.definition {
        Some(draft) => Arc::new((**draft).clone()),
        None => inner.store.definition(claimed.workflow, claimed.version).await?,
    };
    Ok(((state, since), def))
}

/// What a closing decision began from, should its commit be refused.
struct Saved {
    state: RunState,
    pending: usize,
}

struct Drive<'a> {
    inner: &'a Arc<Inner>,
    hold: &'a Arc<Hold>,
    lease: Lease,
    def: Arc<WorkflowDefinition>,
    name: String,
    event: Arc<Value>,
    state: RunState,
    cursor: Cursor,
    payloads: Payloads,
    /// Facts the journal does not have yet; the state knows them.
    pending: Vec<RunEvent>,
    /// Signals whose facts are among them.
    taken: Vec<SignalId>,
    /// Signals that a newer release has to read.
    newer: u32,
    /// A commit said that more signals wait.
    signalled: bool,
    /// Waits that facts among the pending ones give up.
    closes: Vec<StepPath>,
    saved: Option<Saved>,
    /// Commits in a row that were refused because of something beside the journal.
    conflicts: u32,
    has_waits: bool,
    /// Local work under way.
    busy: HashSet<StepPath>,
    /// The earliest moment at which a call that had to be put off may go, and the connection whose budget is used up until then.
    no_permit: Option<(Timestamp, ConnectionId)>,
    /// The values the other side did not accept last.
    refused: Option<SecretId>,
    since_snapshot: snapshot::Since,
    /// What was written last, as it is kept.
    kept: Vec<RunEvent>,
}

impl<'a> Drive<'a> {
    async fn go(&mut self) -> Result<(), Stop> {
        let inner = self.inner;
        let mut under_way: UnderWay<'a> = FuturesUnordered::new();
        loop {
            if self.hold.lost.is_cancelled() {
                return self.lost(under_way).await;
            }
            if inner.stopping.is_cancelled() && under_way.is_empty() {
                return self.hand_back().await;
            }
            if std::mem::take(&mut self.signalled) {
                self.take_waiting().await?;
            }
            let decision = self.decide();
            let next = decision.next;
            if let Next::Need(hashes) = next {
                self.load(&hashes).await?;
                continue;
            }
            // That a wait is given up has to be known before anything follows from it.
            if !self.closes.is_empty()
                && !matches!(next, Next::Park { .. } | Next::Done)
                && self.commit(Then::Continue).await? == Written::Conflict
            {
                continue;
            }
            let (calls, mut again) = self.begin(decision.effects, &mut under_way).await?;
            if !calls.is_empty() {
                self.commit(Then::Continue).await?;
                store::failpoint::reach("call.after_intent");
                for ready in calls {
                    under_way.push(inner.send(ready, Arc::clone(self.hold)).map(Finished::Call).boxed());
                }
            } else if next == Next::Again {
                self.commit(Then::Continue).await?;
                again = true;
            } else if !again {
                let parted = match next {
                    Next::Park { until, .. } => self.park(until).await?,
                    Next::Done => self.finish().await?,
                    Next::Continue | Next::Again | Next::Need(_) if under_way.is_empty() => {
                        let Some((at, _)) = self.no_permit else {
                            // The engine promises that this does not happen; a held run is better than a busy loop.
                            tracing::error!(run.id = %self.lease.run, "a run has nothing to do and nothing to wait for; it is held");
                            return self.hold_by_system(None).await;
                        };
                        self.wait_for_permit(at).await?
                    }
                    Next::Continue | Next::Again | Next::Need(_) => Parted::No,
                };
                match parted {
                    Parted::Yes => return Ok(()),
                    Parted::Undone => continue,
                    Parted::No => {}
                }
            }
            if again || self.signalled {
                continue;
            }
            self.listen(&mut under_way).await?;
        }
    }

    /// Begins what was decided. Gives the calls whose intents are noted, and whether something is known already that has to be decided
    /// upon.
    async fn begin(&mut self, effects: Vec<Effect>, under_way: &mut UnderWay<'a>) -> Result<(Vec<Ready>, bool), Stop> {
        let (mut calls, mut again) = (Vec::new(), false);
        self.no_permit = None;
        for effect in effects {
            match effect {
                Effect::Call(call) => match self.call(call).await? {
                    calls::Asked::Ready(ready) => calls.push(*ready),
                    calls::Asked::Refused => again = true,
                    calls::Asked::Later => {}
                },
                Effect::Local(local) if self.busy.contains(&local.path) => {}
                Effect::Local(local) => match self.local(local).await? {
                    Carried::Out => again = true,
                    Carried::UnderWay(work) => under_way.push(work),
                },
            }
        }
        Ok((calls, again))
    }

    /// Waits until something has ended, a signal comes, a permit is due or the run is lost.
    async fn listen(&mut self, under_way: &mut UnderWay<'a>) -> Result<(), Stop> {
        let permit = self.no_permit.map(|(at, _)| Duration::from_millis(at.since(self.inner.store.now()).unsigned_abs()));
        tokio::select! {
            biased;
            Some(finished) = under_way.next() => self.finished(finished).await,
            () = self.hold.lost.cancelled() => {}
            () = self.hold.signalled.notified() => {
                // Recorded at once: whoever asked for it wants to see that it was heard.
                self.take_waiting().await?;
                if !self.pending.is_empty() {
                    self.commit(Then::Continue).await?;
                }
            }
            () = tokio::time::sleep(permit.unwrap_or_default()), if permit.is_some() => {}
        }
        // What ended meanwhile rides in the same commit.
        while let Some(Some(finished)) = under_way.next().now_or_never() {
            self.finished(finished).await;
        }
        Ok(())
    }

    async fn finished(&mut self, finished: Finished) {
        match finished {
            Finished::Call(ended) => self.ended(ended).await,
            Finished::Local { path, outcome } => {
                self.busy.remove(&path);
                let facts = engine::local_ended(&self.context(), &self.state, &path, outcome);
                self.push(facts);
            }
        }
    }

    async fn take_waiting(&mut self) -> Result<(), Stop> {
        let Inbox { signals, newer } = self.inner.store.inbox(self.lease.run).await.map_err(Stop::Store)?;
        self.newer = newer;
        self.take(signals);
        Ok(())
    }

    fn context(&self) -> Context<'_> {
        Context {
            def: &self.def,
            event: &self.event,
            payloads: &self.payloads,
            vars: &self.inner.vars,
            run_id: self.lease.run,
            workflow: &self.name,
            now: self.inner.store.now(),
            operations: &self.inner.catalog,
            links: &*self.inner.links,
        }
    }

    fn decide(&mut self) -> engine::Decision {
        let saved = self.may_close().then(|| Saved { state: self.state.clone(), pending: self.pending.len() });
        let (mut state, mut cursor) = (std::mem::take(&mut self.state), std::mem::take(&mut self.cursor));
        let mut decision = engine::decide(&self.context(), &mut state, &mut cursor);
        (self.state, self.cursor) = (state, cursor);
        for hash in self.cursor.take_spent() {
            self.payloads.remove(&hash);
        }
        let closes = engine::closes(&decision.events);
        if !closes.is_empty() {
            self.closes.extend(closes);
            if self.saved.is_none() {
                self.saved = saved;
            }
        }
        // The state knows them already.
        self.pending.append(&mut decision.events);
        decision
    }

    /// Whether the next decision may give up a wait: only then what it begins from is worth keeping.
    fn may_close(&self) -> bool {
        let now = self.inner.store.now();
        self.has_waits
            && self.state.steps.values().any(|step| step.status == StepStatus::Waiting && step.until.is_some_and(|at| at <= now))
    }

    fn push(&mut self, kinds: Vec<RunEventKind>) {
        let at = self.inner.store.now();
        for kind in kinds {
            let event = RunEvent { at, kind };
            self.cursor.apply(&mut self.state, &event);
            self.pending.push(event);
        }
    }

    fn take(&mut self, signals: Vec<store::Signal>) {
        for signal in signals {
            if self.taken.contains(&signal.id) {
                continue;
            }
            let signal = engine::Signal { id: signal.id, kind: signal.kind, path: signal.path, body: signal.body, by: signal.by };
            let facts = engine::signal(&self.context(), &self.state, &signal);
            self.taken.push(signal.id);
            self.push(facts);
        }
    }

    async fn load(&mut self, hashes: &[String]) -> Result<(), Stop> {
        let loaded = self.inner.store.payloads(self.lease.run, hashes).await.map_err(Stop::Store)?;
        let missing = hashes.iter().any(|hash| !loaded.contains_key(hash));
        self.payloads.extend(loaded);
        if missing {
            let gone = "payload rows of a live run are missing".to_owned();
            return Err(Stop::Store(store::Error::Database(gone)));
        }
        Ok(())
    }
}

//! Driving one run: decide, record, perform, and again, until it ends or waits.

use std::{sync::Arc, time::Duration};

use engine::{Context, Cursor, Effect, Next, Payloads};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use model::{
    Timestamp, WorkflowDefinition,
    ids::{ConnectionId, SecretId, SignalId, StepPath},
    run::{CallOutcome, Datum, ErrorClass, Hold as RunHold, RunEvent, RunEventKind, RunKind, RunState, RunStatus, SignalKind},
};
use serde_json::Value;
use store::{Append, Claimed, Lease, Then, failpoint};

use crate::{
    boot_clock,
    calls::{Ended, Ready},
    held::Hold,
    worker::Inner,
};

/// A run claimed this often without a new journal row takes its worker down, or cannot be read: it is held.
const MOST_CLAIMS: u32 = 3;
/// Between two tries to write to a database that cannot be written.
const WRITE_AGAIN: Duration = Duration::from_millis(500);
/// Tries to report an outcome for a run that is somebody else's.
const MOST_REPORTS: u32 = 20;

/// Why driving stops before the run has ended or waits.
enum Stop {
    /// The run is somebody else's now, or its lease is about to be.
    Lost,
    Store(store::Error),
}

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
    let state = RunState::fold(&claimed.journal);
    let def = match &state.definition {
        Some(draft) => Arc::new((**draft).clone()),
        None => inner.store.definition(claimed.workflow, claimed.version).await.map_err(Stop::Store)?,
    };
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
        refused: None,
    };
    if claimed.claims > MOST_CLAIMS {
        tracing::error!(run.id = %drive.lease.run, claims = claimed.claims, "a run was claimed again and again without getting on; it is held");
        return drive.hold_by_system().await;
    }
    let lost = engine::recover(&drive.context(), &drive.state);
    drive.push(lost);
    drive.take(claimed.signals);
    drive.go().await
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
    /// Facts the journal does not have yet.
    pending: Vec<RunEvent>,
    /// Signals whose facts are among them.
    taken: Vec<SignalId>,
    /// The values the other side did not accept last.
    refused: Option<SecretId>,
}

impl Drive<'_> {
    async fn go(&mut self) -> Result<(), Stop> {
        let inner = self.inner;
        let mut under_way = FuturesUnordered::new();
        loop {
            if self.hold.lost.is_cancelled() {
                return self.lost(under_way).await;
            }
            if inner.stopping.is_cancelled() && under_way.is_empty() {
                return self.hand_back().await;
            }
            let decision = self.decide();
            // The state knows them already.
            self.pending.extend(decision.events);
            if let Next::Need(hashes) = decision.next {
                self.load(&hashes).await?;
                continue;
            }
            let mut calls: Vec<Ready> = Vec::new();
            let mut again = false;
            for Effect::Call(call) in decision.effects {
                match self.ready(call).await? {
                    Some(ready) => calls.push(ready),
                    None => again = true,
                }
            }
            let mut signalled = false;
            if !calls.is_empty() {
                signalled = self.commit(Then::Continue).await?;
                failpoint::reach("call.after_intent");
                for ready in calls {
                    under_way.push(inner.send(ready, Arc::clone(self.hold)));
                }
            } else if decision.next == Next::Again {
                signalled = self.commit(Then::Continue).await?;
            } else if !again {
                match decision.next {
                    Next::Park { until, hold } => return self.park(until, hold).await,
                    Next::Done => return self.finish().await,
                    Next::Continue | Next::Again | Next::Need(_) if under_way.is_empty() => {
                        // The engine promises that this does not happen; a held run is better than a busy loop.
                        tracing::error!(run.id = %self.lease.run, "a run has nothing to do and nothing to wait for; it is held");
                        return self.hold_by_system().await;
                    }
                    Next::Continue | Next::Again | Next::Need(_) => {}
                }
            }
            again |= decision.next == Next::Again;
            if signalled {
                self.take_waiting().await?;
                again = true;
            }
            if again {
                continue;
            }
            tokio::select! {
                biased;
                Some(ended) = under_way.next() => self.ended(ended).await,
                () = self.hold.lost.cancelled() => {}
                () = self.hold.signalled.notified() => {
                    // Recorded at once: whoever asked for it wants to see that it was heard.
                    self.take_waiting().await?;
                    if !self.pending.is_empty() {
                        self.commit(Then::Continue).await?;
                    }
                }
            }
            // What ended meanwhile rides in the same commit.
            while let Some(Some(ended)) = under_way.next().now_or_never() {
                self.ended(ended).await;
            }
        }
    }

    /// The run is somebody else's: calls under way are broken off, what is known of ended ones is passed on.
    async fn lost(&mut self, mut under_way: FuturesUnordered<impl Future<Output = Ended>>) -> Result<(), Stop> {
        while let Some(Some(ended)) = under_way.next().now_or_never() {
            self.ended(ended).await;
        }
        drop(under_way);
        let pending = std::mem::take(&mut self.pending);
        self.late(&pending).await;
        Err(Stop::Lost)
    }

    async fn park(&mut self, until: Option<Timestamp>, hold: Option<RunHold>) -> Result<(), Stop> {
        if self.pending.is_empty() {
            // Claimed for nothing: it waits on as before, and says so, because a commit without a fact is none.
            self.push(vec![RunEventKind::Parked { until, hold }]);
        }
        let awaited = self.awaited_connection();
        failpoint::reach("run.before_park");
        self.commit(Then::Park { until }).await?;
        if let Some(connection) = awaited {
            self.inner.repaired_meanwhile(self.lease.workspace, connection, self.refused, self.lease.run).await;
        }
        Ok(())
    }

    /// Shown to people, and not tried again by itself.
    async fn hold_by_system(&mut self) -> Result<(), Stop> {
        if self.state.status == RunStatus::Queued {
            self.push(vec![RunEventKind::RunStarted]);
        }
        self.push(vec![RunEventKind::Parked { until: None, hold: Some(RunHold::System) }]);
        self.commit(Then::Park { until: None }).await?;
        Ok(())
    }

    async fn take_waiting(&mut self) -> Result<(), Stop> {
        let signals = self.inner.store.signals(self.lease.run).await.map_err(Stop::Store)?;
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
        }
    }

    fn decide(&mut self) -> engine::Decision {
        let (mut state, mut cursor) = (std::mem::take(&mut self.state), std::mem::take(&mut self.cursor));
        let decision = engine::decide(&self.context(), &mut state, &mut cursor);
        (self.state, self.cursor) = (state, cursor);
        decision
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

    /// The call with its intent noted; nothing: it cannot be made, and what follows from that is noted.
    async fn ready(&mut self, call: engine::Call) -> Result<Option<Ready>, Stop> {
        let resend = match &call.resend {
            None => None,
            Some(Datum::Inline(value)) => Some(Arc::clone(value)),
            Some(Datum::Stored { hash, .. }) => {
                if !self.payloads.contains_key(hash) {
                    self.load(std::slice::from_ref(hash)).await?;
                }
                self.payloads.get(hash).cloned()
            }
        };
        match self.inner.ready(self.lease.workspace, call, resend).await {
            Ok(ready) => {
                let recorded = ready.recorded.clone();
                self.push(vec![engine::started(&ready.call, ready.class, Some(recorded))]);
                Ok(Some(ready))
            }
            Err((call, error)) => {
                let facts = engine::refused(&self.context(), &self.state, &call, error);
                self.push(facts);
                Ok(None)
            }
        }
    }

    async fn ended(&mut self, ended: Ended) {
        if let (CallOutcome::Failed { error, .. }, Some((connection, secret))) = (&ended.outcome, ended.connection)
            && error.class == ErrorClass::Auth
        {
            self.refused = Some(secret);
            self.inner.needs_reauth(self.lease.workspace, connection, secret).await;
        }
        let facts = engine::outcome(&self.context(), &self.state, &ended.path, ended.n, ended.outcome);
        self.push(facts);
    }

    /// Writes what is pending. True: a signal waits.
    async fn commit(&mut self, then: Then) -> Result<bool, Stop> {
        let append = Append {
            lease: self.lease,
            events: std::mem::take(&mut self.pending),
            projection: self.state.projection(),
            then,
            taken: std::mem::take(&mut self.taken),
            hold_ref: self.awaited_connection(),
        };
        loop {
            match self.inner.store.append(append.clone()).await {
                Ok(appended) => {
                    self.lease = appended.lease;
                    return Ok(appended.signalled);
                }
                Err(store::Error::Fenced) => {
                    self.late(&append.events).await;
                    return Err(Stop::Lost);
                }
                // The facts are known and must not be lost. Should the lease end meanwhile, the guard tells when somebody else has the run.
                Err(store::Error::Unavailable(reason)) if !self.given_up() => {
                    tracing::warn!(run.id = %self.lease.run, reason = %reason, "a run's journal cannot be written; trying again");
                    tokio::time::sleep(WRITE_AGAIN).await;
                }
                Err(error) => return Err(Stop::Store(error)),
            }
        }
    }

    /// The process stops and cannot wait any longer.
    fn given_up(&self) -> bool {
        self.inner.stopping.is_cancelled() && self.hold.lost.is_cancelled()
    }

    /// The connection whose repair the run waits for.
    fn awaited_connection(&self) -> Option<ConnectionId> {
        if self.state.hold != Some(RunHold::Connection) {
            return None;
        }
        self.state.steps.values().filter(|step| step.waits_for_connection()).find_map(|step| step.last_attempt()?.connection)
    }

    /// Outcomes that came after the run was lost are told to whoever holds it now.
    async fn late(&self, events: &[RunEvent]) {
        for event in events {
            let (path, n, outcome) = match &event.kind {
                RunEventKind::AttemptSucceeded { path, n, .. } => {
                    // A step of an iteration that ended is no longer part of the state.
                    let output = events.iter().find_map(|event| match &event.kind {
                        RunEventKind::StepFinished { path: of, output, .. } if of == path => output.inline(),
                        _ => None,
                    });
                    let output = output.map(|v| (**v).clone()).unwrap_or_default();
                    (path, *n, CallOutcome::Succeeded { output, response: None })
                }
                RunEventKind::AttemptFailed { path, n, error, .. } => {
                    (path, *n, CallOutcome::Failed { error: error.clone(), indeterminate: false, retry_after_ms: None })
                }
                _ => continue,
            };
            self.report(path, engine::late_body(n, &outcome)).await;
        }
    }

    async fn report(&self, path: &StepPath, body: Value) {
        for _ in 0..MOST_REPORTS {
            match self.inner.store.signal(self.lease.run, SignalKind::LateOutcome, Some(path.clone()), body.clone(), None).await {
                Ok(_) | Err(store::Error::Ended) => return,
                Err(store::Error::Unavailable(_)) if !self.given_up() => tokio::time::sleep(WRITE_AGAIN).await,
                Err(error) => {
                    tracing::warn!(run.id = %self.lease.run, error = %error, "a late outcome could not be reported");
                    return;
                }
            }
        }
    }

    async fn hand_back(&mut self) -> Result<(), Stop> {
        if !self.pending.is_empty() {
            self.commit(Then::Continue).await?;
        }
        self.inner.store.release(&[self.lease]).await.map_err(Stop::Store)
    }

    async fn finish(&mut self) -> Result<(), Stop> {
        if matches!(self.state.kind, RunKind::Test { .. }) {
            // Before the end is known, so that whoever sees the end finds the samples.
            let lease = self.lease;
            self.inner.keep_samples(lease.workspace, lease.workflow, lease.run, &self.state, &self.payloads).await;
        }
        failpoint::reach("run.before_end");
        self.commit(Then::Done).await?;
        let status = self.state.status;
        metrics::counter!("patchbay_runs_finished_total", "status" => status.as_str()).increment(1);
        tracing::debug!(run.id = %self.lease.run, status = status.as_str(), boot_ms = boot_clock::now_ms(), "a run ended");
        Ok(())
    }
}

//! Writing what has happened.

use std::time::Duration;

use model::{
    ids::ConnectionId,
    run::{Datum, Hold as RunHold, RunEvent, RunEventKind, RunKind},
};
use serde_json::{Value, json};
use store::{Append, CollectJoin, KvWrite, NewChild, Then};

use super::{Drive, MOST_CONFLICTS, Saved, Stop, pause::Parted};
use crate::boot_clock;

/// Between two tries to write to a database that cannot be written.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    /// Something beside the journal has changed: nothing was written, and what led to it is undone.
    Conflict,
}

/// What is written besides facts.
#[derive(Default)]
pub(super) struct Riders {
    pub kv: Vec<KvWrite>,
    pub children: Vec<NewChild>,
    pub collect: Vec<CollectJoin>,
}

impl Drive<'_> {
    /// Writes what is pending; with nothing pending there is nothing to write.
    pub(super) async fn commit(&mut self, then: Then) -> Result<Written, Stop> {
        if self.pending.is_empty() && then == Then::Continue {
            return Ok(Written::Yes);
        }
        let mut append = self.append_of(then);
        let packed = self.snapshot_if_due(&mut append);
        let written = self.write(append).await?;
        if written == Written::Yes {
            self.let_go(packed);
        }
        Ok(written)
    }

    /// Writes what is pending together with facts the state does not know yet, and what rides with them. After a conflict they are
    /// forgotten; what is pending still is.
    pub(super) async fn commit_with(&mut self, facts: Vec<RunEventKind>, riders: Riders) -> Result<Written, Stop> {
        if self.write_snapshot_ahead().await? == Written::Conflict {
            return Ok(Written::Conflict);
        }
        let at = self.inner.store.now();
        let mut append = self.append_of(Then::Continue);
        let known = append.events.len();
        append.events.extend(facts.into_iter().map(|kind| RunEvent { at, kind }));
        append.projection.notes += notes(&append.events[known..]);
        (append.kv, append.children, append.collect) = (riders.kv, riders.children, riders.collect);
        let written = self.write(append).await?;
        if written == Written::Yes {
            // As they were kept: a place in a batch is known only now.
            let kept = std::mem::take(&mut self.kept);
            kept.iter().skip(known).for_each(|event| self.cursor.apply(&mut self.state, event));
        }
        Ok(written)
    }

    /// Facts that ride with something are not part of the state yet, so that a snapshot cannot go with them: one that is due goes ahead, in
    /// a commit of its own. Runs that do nothing but local work would have none otherwise.
    async fn write_snapshot_ahead(&mut self) -> Result<Written, Stop> {
        if !self.snapshot_is_due() {
            return Ok(Written::Yes);
        }
        let mut append = self.append_of(Then::Continue);
        let packed = self.snapshot_if_due(&mut append);
        let written = self.write(append).await?;
        if written == Written::Yes {
            self.let_go(packed);
        }
        Ok(written)
    }

    pub(super) fn append_of(&mut self, then: Then) -> Append {
        let mut append = Append::new(self.lease, self.pending.clone(), self.state.projection(), then);
        append.taken.clone_from(&self.taken);
        append.newer = self.newer;
        append.closes.clone_from(&self.closes);
        append.hold_ref = match self.state.hold {
            Some(RunHold::Budget) => self.no_permit.map(|(_, connection)| connection),
            _ => self.awaited_connection(),
        };
        append
    }

    pub(super) async fn write(&mut self, append: Append) -> Result<Written, Stop> {
        loop {
            match self.inner.store.append(append.clone()).await {
                Ok(appended) => {
                    self.lease = appended.lease;
                    self.signalled |= appended.signalled;
                    self.since_snapshot.wrote(&append);
                    self.kept = appended.events;
                    self.state.set_lists_aside(&self.kept);
                    self.pending.clear();
                    self.taken.clear();
                    self.closes.clear();
                    self.saved = None;
                    self.conflicts = 0;
                    return Ok(Written::Yes);
                }
                Err(store::Error::Fenced) => {
                    self.pending.clear();
                    self.late(&append.events).await;
                    return Err(Stop::Lost);
                }
                Err(error @ store::Error::Conflict { .. }) => {
                    self.conflicts += 1;
                    // Facts alone are in nobody's way.
                    let rides = !(append.closes.is_empty()
                        && append.kv.is_empty()
                        && append.children.is_empty()
                        && append.collect.is_empty());
                    if !rides || self.conflicts > MOST_CONFLICTS {
                        return Err(Stop::Store(error));
                    }
                    self.undo().await?;
                    return Ok(Written::Conflict);
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

    /// Goes back to before a wait was given up, and hears who answered it.
    async fn undo(&mut self) -> Result<(), Stop> {
        if let Some(Saved { state, pending }) = self.saved.take() {
            self.state = state;
            self.cursor = engine::Cursor::new();
            self.pending.truncate(pending);
            self.closes.clear();
            self.take_waiting().await?;
        }
        Ok(())
    }

    /// The process stops and cannot wait any longer.
    pub(super) fn given_up(&self) -> bool {
        self.inner.stopping.is_cancelled() && self.hold.lost.is_cancelled()
    }

    /// The connection whose repair the run waits for.
    pub(super) fn awaited_connection(&self) -> Option<ConnectionId> {
        if self.state.hold != Some(RunHold::Connection) {
            return None;
        }
        self.state.steps.values().filter(|step| step.waits_for_connection()).find_map(|step| step.last_attempt()?.connection)
    }

    pub(super) async fn hand_back(&mut self) -> Result<(), Stop> {
        self.commit(Then::Continue).await?;
        self.inner.store.release(&[self.lease]).await.map_err(Stop::Store)
    }

    pub(super) async fn finish(&mut self) -> Result<Parted, Stop> {
        let is_test = matches!(self.state.kind, RunKind::Test { .. });
        if is_test {
            // Before the end is known, so that whoever sees the end finds the samples.
            let lease = self.lease;
            self.inner.keep_samples(lease.workspace, lease.workflow, lease.run, &self.state, &self.payloads).await;
        }
        let mut append = self.append_of(Then::Done);
        if let RunKind::Child { parent, path, waits: true, .. } = self.state.kind.clone() {
            append.parent = Some((parent, path, self.told_to_parent().await?));
        }
        store::failpoint::reach("run.before_end");
        if self.write(append).await? == Written::Conflict {
            return Ok(Parted::Undone);
        }
        if is_test {
            self.inner.overlays.forget(self.lease.run);
        }
        let status = self.state.status;
        metrics::counter!("patchbay_runs_finished_total", "status" => status.as_str()).increment(1);
        if let Some(began) = self.state.started_at {
            let ms = self.inner.store.now().since(began).max(0);
            metrics::histogram!("patchbay_run_duration_seconds").record(ms as f64 / 1_000.0);
        }
        tracing::debug!(run.id = %self.lease.run, status = status.as_str(), boot_ms = boot_clock::now_ms(), "a run ended");
        Ok(Parted::Yes)
    }

    /// The body of the signal that tells the parent how its child ended.
    async fn told_to_parent(&mut self) -> Result<Value, Stop> {
        let output = match self.state.returned.clone() {
            None => Value::Null,
            Some(Datum::Inline(value)) => (*value).clone(),
            Some(Datum::Stored { hash, .. }) => {
                if !self.payloads.contains_key(&hash) {
                    self.load(std::slice::from_ref(&hash)).await?;
                }
                self.payloads.get(&hash).map(|value| (**value).clone()).unwrap_or_default()
            }
        };
        Ok(json!({ "run": self.lease.run, "status": self.state.status, "output": output, "error": self.state.error }))
    }
}

/// Fields that were missing and left out.
fn notes(events: &[RunEvent]) -> u32 {
    let count = |event: &RunEvent| match &event.kind {
        RunEventKind::StepReady { notes, .. } | RunEventKind::StepFinished { notes, .. } => notes.len(),
        _ => 0,
    };
    u32::try_from(events.iter().map(count).sum::<usize>()).unwrap_or(u32::MAX)
}

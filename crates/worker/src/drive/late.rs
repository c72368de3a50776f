//! Outcomes that came after the run was lost: told to whoever holds it now, or noted on a run that has ended.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use model::{
    ids::StepPath,
    run::{CallOutcome, RunEvent, RunEventKind, RunState, SignalKind},
};
use serde_json::Value;

use super::{Drive, Stop, UnderWay};

/// Between two tries to report.
const AGAIN: Duration = Duration::from_millis(500);
/// Tries to report an outcome for a run that is somebody else's.
const MOST_REPORTS: u32 = 20;

impl Drive<'_> {
    /// The run is somebody else's: what is under way is broken off, what is known of ended calls is passed on.
    pub(super) async fn lost(&mut self, mut under_way: UnderWay<'_>) -> Result<(), Stop> {
        while let Some(Some(finished)) = under_way.next().now_or_never() {
            self.finished(finished).await;
        }
        drop(under_way);
        let pending = std::mem::take(&mut self.pending);
        self.late(&pending).await;
        Err(Stop::Lost)
    }

    pub(super) async fn late(&self, events: &[RunEvent]) {
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
                RunEventKind::AttemptFailed { path, n, error, indeterminate, .. } => {
                    (path, *n, CallOutcome::Failed { error: error.clone(), indeterminate: *indeterminate, retry_after_ms: None })
                }
                _ => continue,
            };
            self.report(path, engine::late_body(n, &outcome)).await;
        }
    }

    async fn report(&self, path: &StepPath, body: Value) {
        for _ in 0..MOST_REPORTS {
            let run = self.lease.run;
            let told = match self.inner.store.signal(run, SignalKind::LateOutcome, Some(path.clone()), body.clone(), None).await {
                Ok(_) => Ok(()),
                Err(store::Error::Ended) => self.note(path, &body).await,
                Err(error) => Err(error),
            };
            match told {
                Ok(()) => return,
                Err(store::Error::Unavailable(_)) if !self.given_up() => tokio::time::sleep(AGAIN).await,
                // Somebody else noted something at the same moment.
                Err(store::Error::Conflict { .. }) => {}
                Err(error) => {
                    tracing::warn!(run.id = %run, error = %error, "a late outcome could not be reported");
                    return;
                }
            }
        }
    }

    /// An outcome is a fact, also of a run that has ended.
    async fn note(&self, path: &StepPath, body: &Value) -> Result<(), store::Error> {
        let Some(ended) = self.inner.store.ended_run(self.lease.run).await? else { return Ok(()) };
        let state = RunState::fold(&ended.journal);
        let signal = engine::Signal {
            id: model::ids::SignalId(0),
            kind: SignalKind::LateOutcome,
            path: Some(path.clone()),
            body: body.clone(),
            by: None,
        };
        let at = self.inner.store.now();
        let facts = engine::signal(&self.context(), &state, &signal).into_iter();
        let notes: Vec<RunEvent> =
            facts.filter(|kind| matches!(kind, RunEventKind::LateOutcome { .. })).map(|kind| RunEvent { at, kind }).collect();
        if notes.is_empty() {
            return Ok(());
        }
        self.inner.store.note_on_ended(self.lease.run, ended.seq, notes).await
    }
}

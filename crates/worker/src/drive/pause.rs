//! Giving a run back: it waits for a moment, for somebody, or for a permit.

use std::time::Duration;

use model::{
    Timestamp,
    run::{Hold as RunHold, RunError, RunEventKind, RunStatus},
};
use serde_json::json;
use store::{Scope, Then};

use super::{Drive, Stop, commit::Written};

/// A run that would have to wait longer for a permit gives its place back, in milliseconds.
const SHORT_WAIT_MS: i64 = 1_000;

/// Whether the run is out of the worker's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parted {
    Yes,
    /// Something is under way.
    No,
    /// It has to be decided anew.
    Undone,
}

impl Drive<'_> {
    pub(super) async fn park(&mut self, until: Option<Timestamp>) -> Result<Parted, Stop> {
        let awaited = self.awaited_connection();
        if self.pending.is_empty() {
            // It was taken up before its time: said again, so that its job is dated anew.
            self.push(vec![RunEventKind::Parked { until, hold: self.state.hold }]);
        }
        store::failpoint::reach("run.before_park");
        if self.commit(Then::Park { until }).await? == Written::Conflict {
            return Ok(Parted::Undone);
        }
        if let Some(connection) = awaited {
            self.inner.repaired_meanwhile(self.lease.workspace, connection, self.refused, self.lease.run).await;
        }
        Ok(Parted::Yes)
    }

    /// Nothing can be done before a connection's budget allows a call at `at`: for a short time the run keeps its place.
    pub(super) async fn wait_for_permit(&mut self, at: Timestamp) -> Result<Parted, Stop> {
        let wait = at.since(self.inner.store.now());
        if wait <= SHORT_WAIT_MS {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(wait.unsigned_abs().max(1))) => {}
                () = self.hold.lost.cancelled() => {}
                () = self.hold.signalled.notified() => self.signalled = true,
            }
            return Ok(Parted::Undone);
        }
        let limit = self.def.settings.run_timeout_ms.zip(self.state.started_at);
        let limit = limit.map(|(limit, started)| started.plus_ms(i64::try_from(limit).unwrap_or(i64::MAX)));
        let until = Some(limit.map_or(at, |limit| limit.min(at)));
        self.push(vec![RunEventKind::Parked { until, hold: Some(RunHold::Budget) }]);
        Ok(match self.commit(Then::Park { until }).await? {
            Written::Yes => Parted::Yes,
            Written::Conflict => Parted::Undone,
        })
    }

    /// Shown to people, and not tried again by itself. `reason`: for whoever looks at it.
    pub(super) async fn hold_by_system(&mut self, reason: Option<String>) -> Result<(), Stop> {
        if self.state.status == RunStatus::Queued {
            self.push(vec![RunEventKind::RunStarted]);
        }
        // What waits for the run is left waiting: it wakes the run, which is then given back by [`store::Store::keep_held`].
        self.push(vec![RunEventKind::Parked { until: None, hold: Some(RunHold::System) }]);
        let mut append = self.append_of(Then::Park { until: None });
        if let Some(message) = &reason {
            let error =
                RunError { path: None, class: model::run::ErrorClass::System, code: "run.loop".into(), message: message.clone() };
            append.projection.error = Some(error);
        }
        self.write(append).await?;
        if let Some(reason) = reason {
            let scope = Scope::system(self.lease.workspace);
            let target = self.lease.run.to_string();
            let detail = json!({ "workflow": self.lease.workflow, "reason": reason });
            if let Err(error) = self.inner.store.audit(&scope, "run.held", &target, detail).await {
                tracing::warn!(run.id = %self.lease.run, error = %error, "that a run is held could not be added to the activity log");
            }
        }
        Ok(())
    }
}

//! Calls in commits, for the figures: how often each account is called, how often it says "too many", and how long steps take.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::{
    Timestamp,
    ids::{ConnectionId, StepPath},
    run::{ErrorClass, RunEvent, RunEventKind},
};

use super::{Append, Lease, Then, rollup::Happened};
use crate::dashboard::Cell;

/// Runs whose calls are followed at once; of further ones only the number of calls is known, not how long they took.
const MOST_RUNS: usize = 50_000;

/// Calls this process has written the intent of, and not yet the end: a commit with an end does not say when the call began, nor which
/// account it was for. Where the process dies in between, that call's time is not known.
#[derive(Default)]
pub(crate) struct OpenCalls(Mutex<HashMap<i64, Vec<OpenCall>>>);

struct OpenCall {
    path: StepPath,
    n: u32,
    at: Timestamp,
    connection: Option<ConnectionId>,
}

fn cell<'a>(happened: &'a mut Happened, lease: &Lease, at: Timestamp) -> &'a mut Cell {
    happened.cell(lease.workspace.0, lease.workflow.0, at.ms())
}

impl OpenCalls {
    fn runs(&self) -> MutexGuard<'_, HashMap<i64, Vec<OpenCall>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what the commit tells. Changes nothing here: the commit may have to be written again.
    pub fn count(&self, append: &Append, happened: &mut Happened) {
        let lease = &append.lease;
        let runs = self.runs();
        let open = runs.get(&lease.run.0).map_or(&[][..], Vec::as_slice);
        for RunEvent { at, kind } in &append.events {
            let (path, n, limited) = match kind {
                RunEventKind::AttemptStarted { connection: Some(connection), .. }
                | RunEventKind::LookupStarted { connection: Some(connection), .. } => {
                    cell(happened, lease, *at).connection(*connection).calls += 1;
                    continue;
                }
                // A step that failed because one inside it did is not counted beside that one.
                RunEventKind::StepFailed { path, error, .. } if error.at.is_none() => {
                    cell(happened, lease, *at).step(lease.workflow.0, path.step().as_str()).failures += 1;
                    continue;
                }
                RunEventKind::AttemptSucceeded { path, n, .. } => (path, *n, false),
                RunEventKind::AttemptFailed { path, n, error, .. } => (path, *n, error.class == ErrorClass::RateLimited),
                _ => continue,
            };
            let begun = open.iter().find(|call| call.n == n && call.path == *path);
            let step = cell(happened, lease, *at).step(lease.workflow.0, path.step().as_str());
            step.calls += 1;
            if let Some(begun) = begun {
                let ms = at.since(begun.at).max(0).unsigned_abs();
                step.timed += 1;
                step.ms += ms;
                step.longest_ms = step.longest_ms.max(ms);
            }
            if let Some(connection) = begun.and_then(|call| call.connection).filter(|_| limited) {
                cell(happened, lease, *at).connection(connection).limited += 1;
            }
        }
    }

    /// Keeps up with a commit that is written; one that was refused has lost its lease.
    pub fn follow(&self, append: &Append, written: bool) {
        let run = append.lease.run.0;
        let mut runs = self.runs();
        if !written || append.then == Then::Done {
            runs.remove(&run);
            return;
        }
        for RunEvent { at, kind } in &append.events {
            match kind {
                RunEventKind::AttemptStarted { path, n, connection, .. } if runs.len() < MOST_RUNS || runs.contains_key(&run) => {
                    let call = OpenCall { path: path.clone(), n: *n, at: *at, connection: *connection };
                    runs.entry(run).or_default().push(call);
                }
                RunEventKind::AttemptSucceeded { path, n, .. }
                | RunEventKind::AttemptFailed { path, n, .. }
                | RunEventKind::AttemptLost { path, n, .. }
                | RunEventKind::AttemptUnknown { path, n, .. }
                | RunEventKind::LookupDue { path, n, .. } => {
                    if let Some(open) = runs.get_mut(&run) {
                        open.retain(|call| call.n != *n || call.path != *path);
                        if open.is_empty() {
                            runs.remove(&run);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

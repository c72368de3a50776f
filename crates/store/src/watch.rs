//! Telling those who wait for a run or watch all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::{
    ids::{RunId, WorkflowId, WorkspaceId},
    run::{Datum, RunError, RunEvent, RunEventKind, RunState, RunStatus},
};
use serde_json::Value;
use tokio::sync::{broadcast, watch};

use crate::{Error, Store, sql, store::Shared};

/// A run was created or went on; sent after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunChange {
    pub run: RunId,
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub status: RunStatus,
    pub seq: i64,
}

/// What a sender that waits for a run gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Responded {
        status: u16,
        headers: Vec<(String, String)>,
        body: Arc<Value>,
    },
    /// Ended without an answer of its own. `output`: of the step that finished last.
    Finished {
        status: RunStatus,
        output: Option<Arc<Value>>,
        error: Option<RunError>,
    },
}

impl Reply {
    /// The answer in a commit, before long values are moved out; none when it neither answers nor ends the run.
    pub(crate) fn of(events: &[RunEvent]) -> Option<Found> {
        let mut output = None;
        for event in events {
            match &event.kind {
                RunEventKind::Responded { status, headers, body: Datum::Inline(body), .. } => {
                    return Some(Found::Reply(Reply::Responded {
                        status: *status,
                        headers: headers.clone(),
                        body: body.clone(),
                    }));
                }
                RunEventKind::Responded { .. } => return Some(Found::Elsewhere),
                RunEventKind::StepFinished { output: Datum::Inline(value), .. } => output = Some(value.clone()),
                RunEventKind::RunFinished { status, error, .. } => {
                    // A run that succeeded in this commit without finishing a step in it has its output in an earlier one.
                    if output.is_none() && *status == RunStatus::Succeeded {
                        return Some(Found::Elsewhere);
                    }
                    return Some(Found::Reply(Reply::Finished { status: *status, output, error: error.clone() }));
                }
                _ => {}
            }
        }
        None
    }
}

/// What a commit says to those who wait.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Reply(Reply),
    /// There is an answer now, to be read from the journal.
    Elsewhere,
}

/// Runs somebody announced to wait for; more are forgotten, and looked up in the journal instead.
const MAX_EXPECTED: usize = 10_000;

/// Those who wait for an answer, by run.
#[derive(Default)]
pub(crate) struct Replies {
    waiting: Mutex<HashMap<RunId, Waiting>>,
}

struct Waiting {
    sender: watch::Sender<Option<Found>>,
    /// The last journal row looked at on behalf of other processes.
    seq: i64,
}

impl Replies {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<RunId, Waiting>) -> T) -> T {
        work(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody will ask for this run, which has just been created: nothing can have been missed.
    pub(crate) fn expect(&self, run: RunId) {
        self.with(|waiting| {
            if waiting.len() >= MAX_EXPECTED {
                // Somebody announced to wait and never did.
                waiting.retain(|_, entry| entry.sender.receiver_count() > 0);
            }
            waiting.insert(run, Waiting { sender: watch::Sender::new(None), seq: 0 });
        });
    }

    /// Joins those who wait; false: nobody did so far, the journal has to be looked at.
    fn join(&self, run: RunId) -> (watch::Receiver<Option<Found>>, bool) {
        self.with(|waiting| {
            let known = waiting.contains_key(&run);
            let entry = waiting.entry(run).or_insert_with(|| Waiting { sender: watch::Sender::new(None), seq: -1 });
            (entry.sender.subscribe(), known)
        })
    }

    fn leave(&self, run: RunId) {
        self.with(|waiting| {
            if waiting.get(&run).is_some_and(|entry| entry.sender.receiver_count() == 0) {
                waiting.remove(&run);
            }
        });
    }

    pub(crate) fn give(&self, run: RunId, found: Found) {
        self.with(|waiting| {
            if let Some(entry) = waiting.get(&run) {
                entry.sender.send_if_modified(|state| {
                    // The first answer counts: a run that has responded may end later.
                    let first = state.is_none();
                    if first {
                        *state = Some(found);
                    }
                    first
                });
            }
        });
    }
}

impl Store {
    /// Changes of runs from now on, this process's own; a slow reader is told how many it missed.
    pub fn watch(&self) -> broadcast::Receiver<RunChange> {
        self.shared.changes.subscribe()
    }

    /// Waits until the run has answered or ended, durably; nothing when `timeout` passes first.
    pub async fn wait_for_response(&self, run: RunId, timeout: Duration) -> Result<Option<Reply>, Error> {
        // Declared first, so that it is dropped after the receiver, however this ends.
        let _leave = Leave(&self.shared, run);
        let (mut receiver, known) = self.shared.replies.join(run);
        self.wait_for_reply(run, timeout, &mut receiver, known).await
    }

    async fn wait_for_reply(
        &self,
        run: RunId,
        timeout: Duration,
        receiver: &mut watch::Receiver<Option<Found>>,
        known: bool,
    ) -> Result<Option<Reply>, Error> {
        if !known && let Some(reply) = self.shared.reply_in_journal(run).await? {
            return Ok(Some(reply));
        }
        let found = match tokio::time::timeout(timeout, receiver.wait_for(Option::is_some)).await {
            Ok(Ok(found)) => found.clone(),
            // Nobody sends any more, or the time is up: the run goes on by itself.
            Ok(Err(_)) | Err(_) => None,
        };
        match found {
            Some(Found::Reply(reply)) => Ok(Some(reply)),
            Some(Found::Elsewhere) => self.shared.reply_in_journal(run).await,
            None => Ok(None),
        }
    }
}

struct Leave<'a>(&'a Shared, RunId);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.replies.leave(self.1);
    }
}

impl Shared {
    /// Folds the journal of a run for its answer.
    async fn reply_in_journal(&self, run: RunId) -> Result<Option<Reply>, Error> {
        let rows = self.journal_rows(run, -1).await?;
        let state = RunState::fold(rows.iter().flat_map(|row| &row.events));
        let value = async |datum: &Datum| match datum {
            Datum::Inline(value) => Ok(value.clone()),
            Datum::Stored { hash, .. } => {
                let found = self.payloads(run, std::slice::from_ref(hash)).await?;
                found.get(hash).cloned().ok_or(Error::NotFound("the answer's data"))
            }
        };
        if let Some((status, headers, body)) = &state.responded {
            return Ok(Some(Reply::Responded { status: *status, headers: headers.clone(), body: value(body).await? }));
        }
        if !state.status.is_final() {
            return Ok(None);
        }
        let output = match &state.last_output {
            Some(output) => Some(value(output).await?),
            None => None,
        };
        Ok(Some(Reply::Finished { status: state.status, output, error: state.error }))
    }

    /// Looks up all awaited runs, which another process may have carried on.
    pub(crate) async fn poll_replies(&self) -> Result<(), Error> {
        let awaited: HashMap<i64, i64> =
            self.replies.with(|waiting| waiting.iter().map(|(run, entry)| (run.0, entry.seq)).collect());
        if awaited.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = awaited.keys().copied().collect();
        for row in sql::all_in(&self.read, "SELECT id, seq FROM run WHERE id IN ", "", &ids).await? {
            let (id, seq): (i64, i64) = (sql::get(&row, 0)?, sql::get(&row, 1)?);
            let before = awaited.get(&id).copied().unwrap_or(-1);
            if seq <= before {
                continue;
            }
            let run = RunId(id);
            let new = self.journal_rows(run, before).await?;
            let answered = new
                .iter()
                .flat_map(|row| &row.events)
                .any(|event| matches!(event.kind, RunEventKind::Responded { .. } | RunEventKind::RunFinished { .. }));
            self.replies.with(|waiting| {
                if let Some(entry) = waiting.get_mut(&run) {
                    entry.seq = seq;
                }
            });
            if answered {
                self.replies.give(run, Found::Elsewhere);
            }
        }
        Ok(())
    }
}

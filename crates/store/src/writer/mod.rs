//! Group commit. Callers prepare their commits and hand them to one task, which writes all that wait in one transaction with
//! a few set-based statements, answers each caller after the commit, and begins again: no timers.

mod accept;
mod append;
mod flush;
mod prepare;

use std::sync::Arc;

use model::{
    Timestamp, WorkflowDefinition,
    ids::{ConnectionId, EventId, RunId, SignalId, StepId, TriggerId, WorkflowId, WorkspaceId},
    run::{Datum, Projection, RunEvent, RunKind},
};
use serde_json::Value;

use tokio::sync::oneshot;

use crate::{Claimed, Error, Store, store::closed};

pub(crate) use accept::{Outcome, insert_runs};
pub(crate) use append::WIDTHS;
pub(crate) use flush::run;
use prepare::PreparedAppend;
pub(crate) use prepare::{PreparedEvent, created};

/// What came in, and what is to become of it.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    /// The version that was live when the event was judged; 0 for a test of a draft.
    pub version: u32,
    pub kind: RunKind,
    pub dedupe: Option<DedupeKey>,
    pub payload: Arc<Value>,
    /// Files the payload names by their hashes; kept and deleted with the event.
    pub files: Vec<EventFile>,
    pub received_at: Timestamp,
    pub order_key: Option<String>,
    pub disposition: Disposition,
    /// Tests: the draft to run.
    pub definition: Option<Box<WorkflowDefinition>>,
    /// Tests and replays: outputs that are not computed again.
    pub given: Vec<(StepId, Datum)>,
    /// Milliseconds: the caller would take the run at once, without a way through the queue.
    pub lease_ms: Option<i64>,
    /// The caller will ask [`Store::wait_for_response`] for the run's answer.
    pub reply: bool,
}

/// The content of a file that came with an event. `sha256`: in hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFile {
    pub sha256: String,
    pub body: Arc<[u8]>,
}

/// SHA-256 of the key; remembered for `keep_ms` after it was last seen (absent: 7 days, 0: for ever).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupeKey {
    pub hash: [u8; 32],
    pub keep_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    Run,
    /// The workflow is paused: kept until it goes on.
    Hold,
    Filtered {
        reason: String,
    },
    Refused {
        reason: String,
    },
}

#[derive(Debug)]
pub enum Accepted {
    /// `lease`: the run is the caller's now.
    Run { event: EventId, run: RunId, lease: Option<Box<Claimed>> },
    /// It came before: the first one's ids, where they are still known (`run` is absent while it is held).
    Duplicate { event: Option<EventId>, run: Option<RunId> },
    /// Held, filtered or refused.
    Stored { event: EventId },
    /// The live version or the state changed in the meantime, nothing was written: judge the event anew.
    Moved,
}

/// The right to write a run's journal. `seq`: the last row written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub run: RunId,
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub epoch: i64,
    pub seq: i64,
}

/// One commit of a lease's holder.
#[derive(Debug, Clone)]
pub struct Append {
    pub lease: Lease,
    pub events: Vec<RunEvent>,
    /// Of the state after these events.
    pub projection: Projection,
    pub then: Then,
    /// Their rows are deleted in the same commit.
    pub taken: Vec<SignalId>,
    /// The connection the run waits for, where its hold is `Connection`.
    pub hold_ref: Option<ConnectionId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Continue,
    /// Gives the run back; a signal or the time brings it up again.
    Park {
        until: Option<Timestamp>,
    },
    Done,
}

#[derive(Debug, Clone)]
pub struct Appended {
    pub lease: Lease,
    /// A signal waits for the run (after `Continue`: read it with [`Store::signals`]).
    pub signalled: bool,
    /// The events as they were kept: long values replaced by references.
    pub events: Vec<RunEvent>,
}

/// What callers hand to the writer.
pub(crate) enum Submission {
    Accept { events: Vec<PreparedEvent>, answer: oneshot::Sender<Result<Vec<Accepted>, Error>> },
    Append { append: Box<PreparedAppend>, answer: oneshot::Sender<Result<Appended, Error>> },
}

impl Store {
    /// Stores an event and, where it is to run, its run with the first journal row and its job, in one commit with others.
    pub async fn accept(&self, new: NewEvent) -> Result<Accepted, Error> {
        self.accept_many(vec![new]).await?.pop().ok_or_else(closed)
    }

    /// Several at once, in one commit; a duplicate never fails its neighbours.
    pub async fn accept_many(&self, new: Vec<NewEvent>) -> Result<Vec<Accepted>, Error> {
        let events = new.into_iter().map(|new| prepare::event(&self.shared, new)).collect::<Result<Vec<_>, Error>>()?;
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        self.submit(Submission::Accept { events, answer }).await?;
        answered.await.map_err(|_| closed())?
    }

    /// Writes a journal row for the lease's holder. `Error::Fenced`: the lease is lost, nothing was written.
    pub async fn append(&self, append: Append) -> Result<Appended, Error> {
        let append = Box::new(prepare::append(append)?);
        let (answer, answered) = oneshot::channel();
        self.submit(Submission::Append { append, answer }).await?;
        answered.await.map_err(|_| closed())?
    }
}

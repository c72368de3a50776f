//! Group commit. Callers prepare their commits and hand them to one task, which writes all that wait in one transaction with
//! a few set-based statements, answers each caller after the commit, and begins again: no timers.

mod accept;
mod append;
mod calls;
mod children;
mod collect;
mod doubt;
mod failures;
mod flush;
mod kv;
mod lanes;
mod parents;
mod prepare;
mod recovered;
mod rollup;
mod runs;
mod snapshots;
mod waits;

use std::sync::Arc;

use model::{
    Timestamp, WorkflowDefinition,
    ids::{ConnectionId, EventId, RunId, SignalId, StepId, StepPath, TriggerId, WorkflowId, WorkspaceId},
    run::{Datum, Projection, RunEvent, RunKind},
    step::StoreScope,
};
use serde_json::Value;

use tokio::sync::oneshot;

use crate::{Claimed, Error, PollLook, Scope, Store, store::closed};

pub(crate) use append::NEVER;
pub(crate) use calls::OpenCalls;
pub(crate) use collect::{Closing, close};
pub(crate) use flush::run;
pub(crate) use lanes::{Leaving, leave_lanes, let_others_pass, lock_ahead};
pub(crate) use parents::{ChildEnd, signal_parents};
use prepare::PreparedAppend;
pub(crate) use prepare::{PreparedEvent, created};
#[cfg(feature = "seed")]
pub(crate) use rollup::keep;
pub(crate) use rollup::{Ended, Happened, roll_up, subtract};
pub(crate) use runs::{JOURNAL, NewRun, insert_runs};

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

/// One commit of a lease's holder: all of it is written, or nothing.
#[derive(Debug, Clone)]
pub struct Append {
    pub lease: Lease,
    pub events: Vec<RunEvent>,
    /// Of the state after these events.
    pub projection: Projection,
    pub then: Then,
    /// Their rows are deleted in the same commit.
    pub taken: Vec<SignalId>,
    /// Signals that were seen and cannot be read, see [`crate::Inbox::newer`].
    pub newer: u32,
    /// The connection the run waits for, where its hold is `Connection`.
    pub hold_ref: Option<ConnectionId>,
    /// Changes of kept values. `Error::Conflict` where one has changed since it was read. Refused for tests.
    pub kv: Vec<KvWrite>,
    /// Waits whose time is up. `Error::Conflict` where an answer was first: it waits among the signals.
    pub closes: Vec<StepPath>,
    /// Runs that begin with this commit. `Error::Conflict` where the live version of a child's workflow is no longer the one named.
    pub children: Vec<NewChild>,
    /// The end of a child its parent waits for: parent, path of the step, body of the signal. Nothing where the parent has ended.
    pub parent: Option<(RunId, StepPath, Value)>,
    /// Items that join the batches of collect steps. Refused for tests.
    pub collect: Vec<CollectJoin>,
    /// Stands for the journal up to its `seq` from now on.
    pub snapshot: Option<Snapshot>,
    /// JSON of long values the snapshot names by their hashes and the journal does not have: kept as the run's.
    pub rows: Vec<Vec<u8>>,
}

impl Append {
    /// A commit of facts and nothing else.
    pub fn new(lease: Lease, events: Vec<RunEvent>, projection: Projection, then: Then) -> Self {
        Append {
            lease,
            events,
            projection,
            then,
            taken: Vec::new(),
            newer: 0,
            hold_ref: None,
            kv: Vec::new(),
            closes: Vec::new(),
            children: Vec::new(),
            parent: None,
            collect: Vec::new(),
            snapshot: None,
            rows: Vec::new(),
        }
    }
}

/// One change of a kept value.
#[derive(Debug, Clone, PartialEq)]
pub struct KvWrite {
    pub scope: StoreScope,
    pub key: String,
    /// The version that was read with [`Store::kv_get`]; absent: there was none.
    pub expected_version: Option<i64>,
    /// Absent: the key goes.
    pub value: Option<Value>,
}

/// A run started by a step of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChild {
    /// Made with [`Store::next_run_id`], so that the parent's `ChildStarted` can name it.
    pub run: RunId,
    pub workflow: WorkflowId,
    /// The live version, as the caller has seen it.
    pub version: u32,
    pub trigger: TriggerId,
    /// The payload of its event.
    pub payload: Arc<Value>,
    /// `RunKind::Child` of the committing run.
    pub kind: RunKind,
    /// Of the child's own workflow.
    pub order_key: Option<String>,
}

/// One item for the open batch of a collect step. The writer puts `{batch, position}` in place as the output of the `StepFinished` at
/// `path` in the same commit: only under the batch's lock it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectJoin {
    pub path: StepPath,
    pub step: StepId,
    /// Batches with different keys fill side by side; empty where the step has none.
    pub key: String,
    pub item: Value,
    /// Of the joining run: the run that goes on keeps to those of the last that joined.
    pub version: u32,
    pub trigger: TriggerId,
    /// Closes the batch with so many items.
    pub count: Option<u32>,
    /// When the batch closes if this is its first item.
    pub closes_at: Option<Timestamp>,
    /// `closes_at` is a time of the step's schedule, not so long after the first item.
    pub by_schedule: bool,
}

/// The state of a run after its journal row `seq`, as the worker encodes it. `format`: the worker's own; a claim hands it back as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub seq: i64,
    pub format: i64,
    pub state: Arc<[u8]>,
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

    /// The same on somebody's behalf (a replay): the commit also writes who did it into the audit list.
    pub async fn accept_as(&self, scope: &Scope, new: NewEvent) -> Result<Accepted, Error> {
        self.hand_in(vec![new], Some(scope.actor.name()), None).await?.pop().ok_or_else(closed)
    }

    /// Several at once, in one commit; a duplicate never fails its neighbours. `Error::Backlog` where too many runs of a workflow wait
    /// already.
    pub async fn accept_many(&self, new: Vec<NewEvent>) -> Result<Vec<Accepted>, Error> {
        self.hand_in(new, None, None).await
    }

    /// Events of a look at a list, with the look, all or nothing.
    pub(crate) async fn accept_look(&self, look: PollLook, new: Vec<NewEvent>) -> Result<Vec<Accepted>, Error> {
        self.hand_in(new, None, Some(Box::new(look))).await
    }

    async fn hand_in(&self, new: Vec<NewEvent>, by: Option<String>, look: Option<Box<PollLook>>) -> Result<Vec<Accepted>, Error> {
        let mut events = Vec::with_capacity(new.len());
        for mut new in new {
            self.mask_reason(&mut new).await?;
            let limits = self.shared.limits(new.workflow).await?;
            events.push(prepare::event(&self.shared, new, limits, by.clone())?);
        }
        let Some(first) = events.first_mut() else { return Ok(Vec::new()) };
        first.look = look;
        self.shared.check_backlogs(&events).await?;
        let (answer, answered) = oneshot::channel();
        self.submit(Submission::Accept { events, answer }).await?;
        answered.await.map_err(|_| closed())?
    }

    /// Writes a journal row for the lease's holder. `Error::Fenced`: the lease is lost, nothing was written. `Error::Conflict`:
    /// something beside the journal has changed since it was read, nothing was written, the lease stands.
    pub async fn append(&self, mut append: Append) -> Result<Appended, Error> {
        let shared = &self.shared;
        if append.projection.error.is_some() {
            self.mask_error(&mut append).await?;
        }
        let mut children = Vec::with_capacity(append.children.len());
        for child in &append.children {
            children.push(prepare::child(shared, &append.lease, child, shared.limits(child.workflow).await?)?);
        }
        let failed = append.then == Then::Done && append.projection.status == model::run::RunStatus::Failed;
        let heard = failed && self.failure_is_heard(append.lease.workspace, append.lease.workflow).await?;
        let limits = if append.collect.is_empty() { Default::default() } else { shared.limits(append.lease.workflow).await? };
        // Runs of workflows without an order are in no lane, but for those that began while there was one: they are found all the same.
        let may_leave = append.then != Then::Continue && shared.live_settings(append.lease.workflow).await?.order_key.is_some();
        let append = Box::new(prepare::append(append, children, heard, may_leave, limits)?);
        let (answer, answered) = oneshot::channel();
        self.submit(Submission::Append { append, answer }).await?;
        answered.await.map_err(|_| closed())?
    }
}

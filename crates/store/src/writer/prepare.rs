//! What can be done before a commit's turn comes: ids, encoding, moving long values out.

use model::{
    Timestamp,
    ids::{EventId, RunId},
    run::{RunEvent, RunEventKind, RunKind},
};

use super::{Append, Disposition, Lease, NewChild, NewEvent, Then};
use crate::{
    Error, PollLook,
    limits::Limits,
    payload::{self, Payload},
    store::Shared,
    watch::{Found, Reply},
};

/// Duplicate keys are remembered this long unless said otherwise: 7 days, in milliseconds.
const KEEP_MS: u64 = 7 * 24 * 3_600_000;

pub(crate) struct PreparedEvent {
    pub new: NewEvent,
    pub event: EventId,
    /// Only with `Disposition::Run`.
    pub run: Option<PreparedRun>,
    pub payload: Vec<u8>,
    pub dedupe: Option<PreparedKey>,
    pub limits: Limits,
    /// Who asked for it, where the audit list is to say so.
    pub by: Option<String>,
    /// On the first event of a look at a list: what is written with it and its neighbours, all or nothing.
    pub look: Option<Box<PollLook>>,
    /// Of the commit as a whole, for the flush's limit.
    pub bytes: usize,
}

pub(crate) struct PreparedRun {
    pub run: RunId,
    pub created_at: Timestamp,
    pub journal: Vec<u8>,
    pub events: Vec<RunEvent>,
    pub payloads: Vec<Payload>,
}

pub(crate) struct PreparedKey {
    /// `<workflow>:<trigger>`
    pub scope: String,
    pub hash: Vec<u8>,
    pub seen_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

pub(crate) fn event(shared: &Shared, new: NewEvent, limits: Limits, by: Option<String>) -> Result<PreparedEvent, Error> {
    if matches!(new.kind, RunKind::Child { .. } | RunKind::Collected { .. }) {
        return Err(Error::Invalid("such a run begins with a commit of another run".into()));
    }
    with_run(shared, new, RunId(shared.next_id()), limits, by)
}

/// A child's event and run.
pub(crate) fn child(shared: &Shared, lease: &Lease, child: &NewChild, limits: Limits) -> Result<PreparedEvent, Error> {
    match &child.kind {
        RunKind::Child { parent, .. } if *parent == lease.run => {}
        RunKind::Test { .. } => {}
        _ => return Err(Error::Invalid("a run begins children of its own only".into())),
    }
    let new = NewEvent {
        workspace: lease.workspace,
        workflow: child.workflow,
        trigger: child.trigger.clone(),
        version: child.version,
        kind: child.kind.clone(),
        dedupe: None,
        payload: child.payload.clone(),
        files: Vec::new(),
        received_at: shared.now(),
        order_key: child.order_key.clone(),
        disposition: Disposition::Run,
        definition: None,
        given: Vec::new(),
        lease_ms: None,
        reply: false,
    };
    with_run(shared, new, child.run, limits, None)
}

fn with_run(shared: &Shared, new: NewEvent, run: RunId, limits: Limits, by: Option<String>) -> Result<PreparedEvent, Error> {
    let event = EventId(shared.next_id());
    let payload = payload::json(&*new.payload)?;
    let runs = matches!(new.disposition, Disposition::Run);
    let run = runs.then(|| created(shared, &new, Some(event), run)).transpose()?;
    let now = shared.now();
    // A duplicate of a test must not count, nor a test as the first of live events.
    let key = new.dedupe.as_ref().filter(|_| {
        matches!(new.kind, RunKind::Live | RunKind::Replay { .. })
            && matches!(new.disposition, Disposition::Run | Disposition::Hold)
    });
    let dedupe = key.map(|key| PreparedKey {
        scope: format!("{}:{}", new.workflow, new.trigger),
        hash: key.hash.to_vec(),
        seen_at: now,
        expires_at: match key.keep_ms.unwrap_or(KEEP_MS) {
            0 => None,
            ms => Some(now.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX))),
        },
    });
    let files: usize = new.files.iter().map(|file| file.body.len()).sum();
    let bytes = payload.len() + files + run.as_ref().map_or(0, PreparedRun::bytes);
    Ok(PreparedEvent { new, event, run, payload, dedupe, limits, by, look: None, bytes })
}

/// The first journal row of a run.
pub(crate) fn created(shared: &Shared, new: &NewEvent, event: Option<EventId>, run: RunId) -> Result<PreparedRun, Error> {
    let at = shared.now();
    let mut events = vec![RunEvent {
        at,
        kind: RunEventKind::RunCreated {
            kind: new.kind.clone(),
            version: new.version,
            trigger: new.trigger.clone(),
            event,
            definition: new.definition.clone(),
            given: new.given.clone(),
        },
    }];
    let (journal, payloads) = payload::encode(&mut events)?;
    Ok(PreparedRun { run, created_at: at, journal, events, payloads })
}

impl PreparedRun {
    /// Of the first journal row and its long values.
    pub(crate) fn bytes(&self) -> usize {
        self.journal.len() + self.payloads.iter().map(|p| p.body.len()).sum::<usize>()
    }
}

pub(crate) struct PreparedAppend {
    pub append: Append,
    pub at: Timestamp,
    pub journal: Vec<u8>,
    pub payloads: Vec<Payload>,
    pub children: Vec<PreparedEvent>,
    pub items: Vec<Vec<u8>>,
    /// The new values of `append.kv`.
    pub values: Vec<Option<Vec<u8>>>,
    /// Of the signal to the parent.
    pub parent_body: Vec<u8>,
    /// A live workflow listens for failures.
    pub heard: bool,
    /// The run may be in a lane, and leave it with this commit.
    pub may_leave: bool,
    /// Of the run's own workflow, where it may begin a collected run.
    pub limits: Limits,
    /// The answer or the end, for a sender that waits.
    pub reply: Option<Found>,
    /// Of the journal row and its long values.
    pub kept: usize,
    /// Of everything, for the flush's limit.
    pub bytes: usize,
}

impl PreparedAppend {
    /// It does more than add to its own journal.
    pub(crate) fn reaches_out(&self) -> bool {
        let append = &self.append;
        !(append.kv.is_empty() && append.closes.is_empty() && append.children.is_empty() && append.collect.is_empty())
    }
}

pub(crate) fn append(
    mut append: Append,
    children: Vec<PreparedEvent>,
    heard: bool,
    may_leave: bool,
    limits: Limits,
) -> Result<PreparedAppend, Error> {
    let Some(at) = append.events.last().map(|event| event.at) else {
        return Err(Error::Invalid("a commit of a run needs at least one event".into()));
    };
    if append.projection.status.is_final() != matches!(append.then, Then::Done) {
        return Err(Error::Invalid("a run is done exactly when it has ended".into()));
    }
    if append.snapshot.as_ref().is_some_and(|snapshot| snapshot.seq > append.lease.seq + 1) {
        return Err(Error::Invalid("a snapshot cannot stand for rows that are not written".into()));
    }
    if append.then == Then::Done {
        // Nobody reads an ended run to go on with it.
        append.snapshot = None;
    }
    let reply = Reply::of(&append.events);
    let (journal, mut payloads) = payload::encode(&mut append.events)?;
    payloads.extend(std::mem::take(&mut append.rows).into_iter().map(Payload::of));
    let kept = journal.len() + payloads.iter().map(|p| p.body.len()).sum::<usize>();
    let items = append.collect.iter().map(|join| payload::json(&join.item)).collect::<Result<Vec<_>, _>>()?;
    let values =
        append.kv.iter().map(|write| write.value.as_ref().map(payload::json).transpose()).collect::<Result<Vec<_>, _>>()?;
    let parent_body = append.parent.as_ref().map(|(_, _, body)| payload::json(body)).transpose()?.unwrap_or_default();
    let bytes = kept
        + parent_body.len()
        + items.iter().map(Vec::len).sum::<usize>()
        + values.iter().flatten().map(Vec::len).sum::<usize>()
        + children.iter().map(|child| child.bytes).sum::<usize>()
        + append.snapshot.as_ref().map_or(0, |snapshot| snapshot.state.len());
    Ok(PreparedAppend {
        append,
        at,
        journal,
        payloads,
        children,
        items,
        values,
        parent_body,
        heard,
        may_leave,
        limits,
        reply,
        kept,
        bytes,
    })
}

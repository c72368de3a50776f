//! What can be done before a commit's turn comes: ids, encoding, moving long values out.

use model::{
    Timestamp,
    ids::{EventId, RunId},
    run::{RunEvent, RunEventKind, RunKind},
};

use super::{Append, Disposition, NewEvent, Then};
use crate::{
    Error,
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

pub(crate) fn event(shared: &Shared, new: NewEvent) -> Result<PreparedEvent, Error> {
    let event = EventId(shared.next_id());
    let payload = payload::json(&*new.payload)?;
    let run = matches!(new.disposition, Disposition::Run).then(|| created(shared, &new, event)).transpose()?;
    let now = shared.now();
    // A duplicate of a test must not count, nor a test as the first of live events.
    let key = new
        .dedupe
        .as_ref()
        .filter(|_| matches!(new.kind, RunKind::Live) && matches!(new.disposition, Disposition::Run | Disposition::Hold));
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
    Ok(PreparedEvent { new, event, run, payload, dedupe, bytes })
}

/// The first journal row of an event's run.
pub(crate) fn created(shared: &Shared, new: &NewEvent, event: EventId) -> Result<PreparedRun, Error> {
    let at = shared.now();
    let mut events = vec![RunEvent {
        at,
        kind: RunEventKind::RunCreated {
            kind: new.kind.clone(),
            version: new.version,
            trigger: new.trigger.clone(),
            event: Some(event),
            definition: new.definition.clone(),
            given: new.given.clone(),
        },
    }];
    let (journal, payloads) = payload::encode(&mut events)?;
    Ok(PreparedRun { run: RunId(shared.next_id()), created_at: at, journal, events, payloads })
}

impl PreparedRun {
    fn bytes(&self) -> usize {
        self.journal.len() + self.payloads.iter().map(|p| p.body.len()).sum::<usize>()
    }
}

pub(crate) struct PreparedAppend {
    pub append: Append,
    pub at: Timestamp,
    pub journal: Vec<u8>,
    pub payloads: Vec<Payload>,
    /// The answer or the end, for a sender that waits.
    pub reply: Option<Found>,
    pub bytes: usize,
}

pub(crate) fn append(mut append: Append) -> Result<PreparedAppend, Error> {
    let Some(at) = append.events.last().map(|event| event.at) else {
        return Err(Error::Invalid("a commit of a run needs at least one event".into()));
    };
    if append.projection.status.is_final() != matches!(append.then, Then::Done) {
        return Err(Error::Invalid("a run is done exactly when it has ended".into()));
    }
    let reply = Reply::of(&append.events);
    let (journal, payloads) = payload::encode(&mut append.events)?;
    let bytes = journal.len() + payloads.iter().map(|p| p.body.len()).sum::<usize>();
    Ok(PreparedAppend { append, at, journal, payloads, reply, bytes })
}

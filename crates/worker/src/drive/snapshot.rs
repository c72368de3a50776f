//! Long journals are not read from their beginning: now and then a commit carries the whole state.

use std::sync::Arc;

use model::run::{Datum, INLINE_BYTES, Page, RunEvent, RunEventKind, RunState, Snapshot};
use sha2::{Digest, Sha256};
use store::{Append, Claimed, Then};

use super::Drive;

/// A snapshot is due after so many facts, or so many bytes of values in them.
const FACTS: usize = 1_000;
const BYTES: usize = 1024 * 1024;
/// Below this many facts their bytes are not counted: most runs are short.
const FEW: usize = 64;

/// What was written since the last snapshot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Since {
    facts: usize,
    bytes: usize,
}

impl Since {
    pub(super) fn wrote(&mut self, append: &Append) {
        if append.snapshot.is_some() {
            *self = Since::default();
            return;
        }
        self.add(&append.events);
    }

    fn add(&mut self, events: &[RunEvent]) {
        self.facts += events.len();
        if self.facts > FEW {
            self.bytes += events.iter().map(|event| bytes(&event.kind)).sum::<usize>();
        }
    }
}

/// The state of a claimed run.
pub(super) fn restore(claimed: &Claimed) -> Result<(RunState, Since), store::Error> {
    let mut state = match &claimed.snapshot {
        None => RunState::default(),
        Some(kept) => {
            let unreadable = || store::Error::Invalid("the snapshot of this run is of a newer release".into());
            if kept.format != i64::from(Snapshot::FORMAT) {
                return Err(unreadable());
            }
            serde_json::from_slice::<Snapshot>(&kept.state).map_err(|_| unreadable())?.restore()
        }
    };
    claimed.journal.iter().for_each(|event| state.apply(event));
    let mut since = Since::default();
    since.add(&claimed.journal);
    Ok((state, since))
}

impl Drive<'_> {
    /// For a commit of everything that is pending.
    pub(super) fn snapshot_if_due(&self, then: Then) -> Option<store::Snapshot> {
        let facts = self.since_snapshot.facts + self.pending.len();
        let due = facts >= FACTS || self.since_snapshot.bytes >= BYTES;
        if !due || then == Then::Done {
            return None;
        }
        let mut snapshot = Snapshot::of(&self.state);
        // Long values stand in rows of their own already, under their hashes: the journal put them there. Whole pages do not.
        let mut ends = std::mem::take(&mut snapshot.ends);
        snapshot.part(part);
        for page in ends.values_mut().flatten() {
            if let Page::Open(ends) = page {
                ends.iter_mut().flatten().filter_map(|end| end.datum_mut()).for_each(part);
            }
        }
        snapshot.ends = ends;
        let state = serde_json::to_vec(&snapshot).ok()?;
        Some(store::Snapshot { seq: self.lease.seq + 1, format: i64::from(Snapshot::FORMAT), state: Arc::from(state) })
    }
}

fn part(datum: &mut Datum) {
    if let Datum::Inline(value) = datum
        && let Some(row) = row_of(value)
    {
        *datum = row;
    }
}

/// The row a long value was put into.
fn row_of(value: &serde_json::Value) -> Option<Datum> {
    let json = serde_json::to_vec(value).ok()?;
    let bytes = json.len() as u64;
    (json.len() > INLINE_BYTES).then(|| Datum::Stored { hash: hex::encode(Sha256::digest(&json)), bytes })
}

fn bytes(kind: &RunEventKind) -> usize {
    serde_json::to_vec(kind).map_or(0, |json| json.len())
}

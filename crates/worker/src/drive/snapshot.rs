//! Long journals are not read from their beginning: now and then a commit carries the whole state.

use std::sync::Arc;

use model::{
    ids::StepPath,
    run::{Datum, INLINE_BYTES, Iterations, Page, RunEvent, RunEventKind, RunState, Snapshot},
};
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

/// A page of a loop that is put into a row of its own.
pub(super) struct PackedPage {
    path: StepPath,
    page: usize,
    row: Datum,
}

impl Drive<'_> {
    pub(super) fn snapshot_is_due(&self) -> bool {
        self.since_snapshot.facts + self.pending.len() >= FACTS || self.since_snapshot.bytes >= BYTES
    }

    /// Lets a commit of everything that is pending carry a snapshot, where one is due. Gives the pages it packs.
    pub(super) fn snapshot_if_due(&self, append: &mut Append) -> Vec<PackedPage> {
        if !self.snapshot_is_due() || append.then == Then::Done {
            return Vec::new();
        }
        let mut snapshot = Snapshot::of(&self.state);
        let mut ends = std::mem::take(&mut snapshot.ends);
        // Long values stand in rows of their own already, under their hashes: the journal put them there.
        snapshot.part(part);
        let mut packed = Vec::new();
        for (path, pages) in &mut ends {
            for (page, found) in pages.iter_mut().enumerate() {
                if let Some((row, json)) = pack(found) {
                    append.rows.push(json);
                    packed.push(PackedPage { path: path.clone(), page, row });
                }
            }
        }
        snapshot.ends = ends;
        // What cannot be written is done without: the journal is all there.
        let Ok(state) = serde_json::to_vec(&snapshot) else {
            append.rows.clear();
            return Vec::new();
        };
        let (seq, format) = (self.lease.seq + 1, i64::from(Snapshot::FORMAT));
        append.snapshot = Some(store::Snapshot { seq, format, state: Arc::from(state) });
        packed
    }

    /// The pages stand in their rows now: they need not be kept in memory, nor written again.
    pub(super) fn let_go(&mut self, packed: Vec<PackedPage>) {
        for PackedPage { path, page, row } in packed {
            let loop_ = self.state.steps.get_mut(&path).and_then(|step| step.iterations.as_mut());
            if let Some(kept) = loop_.and_then(|all| all.pages.get_mut(page)) {
                *kept = Page::Packed(row);
            }
        }
    }
}

/// Parts the values of a page, and packs it where all of its iterations have ended and it is long.
fn pack(page: &mut Page) -> Option<(Datum, Vec<u8>)> {
    let Page::Open(ends) = page else { return None };
    ends.iter_mut().flatten().filter_map(|end| end.datum_mut()).for_each(part);
    if ends.len() < Iterations::PAGE || ends.iter().any(Option::is_none) {
        return None;
    }
    let json = serde_json::to_vec(ends).ok().filter(|json| json.len() > INLINE_BYTES)?;
    let row = row_named(&json);
    *page = Page::Packed(row.clone());
    Some((row, json))
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
    (json.len() > INLINE_BYTES).then(|| row_named(&json))
}

fn row_named(json: &[u8]) -> Datum {
    Datum::Stored { hash: hex::encode(Sha256::digest(json)), bytes: json.len() as u64 }
}

fn bytes(kind: &RunEventKind) -> usize {
    serde_json::to_vec(kind).map_or(0, |json| json.len())
}

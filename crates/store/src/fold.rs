//! What a run's journal says, folded page by page however long it is.

use model::{
    ids::RunId,
    run::{Datum, Iterations, Page, RunState, Snapshot},
};

use crate::{Error, Scope, Store};

/// Journal rows held at once.
const ROWS: u32 = 2_000;

impl Store {
    /// What a run's journal says, with long values as references. Of the elements of its loops it only knows that they have ended: what
    /// they gave is read by page.
    pub async fn folded(&self, scope: &Scope, run: RunId) -> Result<RunState, Error> {
        let (mut state, mut after) = self.beginning(scope, run).await?.unwrap_or((RunState::default(), -1));
        loop {
            let page = self.journal_page(scope, run, after, ROWS).await?;
            page.rows.iter().flat_map(|row| &row.events).for_each(|event| state.apply(event));
            state.steps.values_mut().filter_map(|step| step.iterations.as_mut()).for_each(forget_ends);
            match page.rows.last() {
                Some(last) if page.more => after = last.seq,
                _ => return Ok(state),
            }
        }
    }

    /// The state a fold may begin with, and the journal row it stands for. One of another form is passed over: the journal says the same.
    pub async fn beginning(&self, scope: &Scope, run: RunId) -> Result<Option<(RunState, i64)>, Error> {
        let Some(kept) = self.snapshot(scope, run).await? else { return Ok(None) };
        if kept.format != i64::from(Snapshot::FORMAT) {
            return Ok(None);
        }
        let read = serde_json::from_slice::<Snapshot>(&kept.state);
        Ok(read.ok().map(|snapshot| (snapshot.restore(), kept.seq)))
    }

    /// Puts long values of a run back in place; one whose row is gone stays a reference.
    pub async fn put_back(&self, run: RunId, mut data: Vec<&mut Datum>) -> Result<(), Error> {
        let mut hashes: Vec<String> = data.iter().filter_map(|datum| stored(datum).map(str::to_owned)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let values = self.payloads(run, &hashes).await?;
        for datum in &mut data {
            if let Some(value) = stored(datum).and_then(|hash| values.get(hash)) {
                **datum = Datum::Inline(value.clone());
            }
        }
        Ok(())
    }
}

fn stored(datum: &Datum) -> Option<&str> {
    match datum {
        Datum::Stored { hash, .. } => Some(hash),
        Datum::Inline(_) => None,
    }
}

/// A whole page of iterations leaves only that it has ended.
fn forget_ends(iterations: &mut Iterations) {
    for page in &mut iterations.pages {
        let is_whole = matches!(page, Page::Open(ends) if ends.len() >= Iterations::PAGE && ends.iter().all(Option::is_some));
        if is_whole {
            *page = Page::Packed(Datum::Stored { hash: String::new(), bytes: 0 });
        }
    }
}

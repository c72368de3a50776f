//! What a run's journal says, read page by page however long it is.

use std::{collections::HashMap, sync::Arc};

use model::{
    api::RunSummary,
    ids::RunId,
    run::{Datum, Iterations, Page, RunState, Snapshot, StepState},
};
use serde_json::Value;
use store::{Masking, Scope};

use crate::{app::App, error::ApiError};

/// Journal rows held at once.
const ROWS: u32 = 2_000;

/// Folds a run's journal, with long values put back in place. What finished iterations gave is left out: it is read by page.
pub(crate) async fn state(app: &App, scope: &Scope, run: &RunSummary) -> Result<RunState, ApiError> {
    let (mut state, mut after) = beginning(app, scope, run.id).await?.unwrap_or((RunState::default(), -1));
    loop {
        let page = app.store.journal_page(scope, run.id, after, ROWS).await?;
        page.rows.iter().flat_map(|row| &row.events).for_each(|event| state.apply(event));
        state.steps.values_mut().filter_map(|step| step.iterations.as_mut()).for_each(forget_ends);
        match page.rows.last() {
            Some(last) if page.more => after = last.seq,
            _ => break,
        }
    }
    let mut hashes: Vec<String> = data(&mut state).into_iter().filter_map(|datum| stored(datum).map(str::to_owned)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let values = app.store.payloads(run.id, &hashes).await?;
    data(&mut state).into_iter().for_each(|datum| restore(datum, &values));
    if let Some(mut masking) = masking(app, scope, run).await? {
        mask(&mut state, &mut masking);
    }
    Ok(state)
}

/// What is shown of a run to nobody.
pub(crate) async fn masking(app: &App, scope: &Scope, run: &RunSummary) -> Result<Option<Masking>, ApiError> {
    Ok(app.store.masking_of_run(scope, run.workflow, run.id, run.event).await?)
}

fn mask(state: &mut RunState, masking: &mut Masking) {
    for (path, step) in &mut state.steps {
        let id = path.step();
        if masking.looks_at(&id) {
            // The answer as it came holds the field somewhere else.
            for attempt in &mut step.attempts {
                let of_error = attempt.error.as_mut().and_then(|error| error.response.as_mut());
                attempt.response.iter_mut().chain(of_error).for_each(|datum| {
                    store::hide(datum);
                });
            }
            step.error.iter_mut().filter_map(|error| error.response.as_mut()).for_each(|datum| {
                store::hide(datum);
            });
            if let Some(Datum::Inline(output)) = &mut step.output {
                masking.output(&id, Arc::make_mut(output));
            }
        }
    }
    for datum in data(state) {
        masking.datum(datum);
    }
    for text in state.texts_mut() {
        if let Some(masked) = masking.text(text) {
            *text = masked;
        }
    }
}

/// The state a fold may begin with, and the journal row it stands for. One of another form is passed over: the journal says the same.
pub(crate) async fn beginning(app: &App, scope: &Scope, run: RunId) -> Result<Option<(RunState, i64)>, ApiError> {
    let Some(kept) = app.store.snapshot(scope, run).await? else { return Ok(None) };
    if kept.format != i64::from(Snapshot::FORMAT) {
        return Ok(None);
    }
    let read = serde_json::from_slice::<Snapshot>(&kept.state);
    Ok(read.ok().map(|snapshot| (snapshot.restore(), kept.seq)))
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

fn stored(datum: &Datum) -> Option<&str> {
    match datum {
        Datum::Stored { hash, .. } => Some(hash),
        Datum::Inline(_) => None,
    }
}

/// A value whose row is gone stays a reference.
fn restore(datum: &mut Datum, values: &HashMap<String, Arc<Value>>) {
    if let Some(value) = stored(datum).and_then(|hash| values.get(hash)) {
        *datum = Datum::Inline(value.clone());
    }
}

/// The values that are shown of a run.
fn data(state: &mut RunState) -> Vec<&mut Datum> {
    let mut data: Vec<&mut Datum> = state.steps.values_mut().flat_map(of_step).collect();
    data.extend(state.responded.as_mut().map(|(_, _, body)| body));
    data.extend(state.answers.values_mut());
    data
}

fn of_step(step: &mut StepState) -> Vec<&mut Datum> {
    let StepState { input, output, detail, error, attempts, .. } = step;
    let mut data: Vec<&mut Datum> = input.iter_mut().chain(output).chain(detail).collect();
    data.extend(error.as_mut().and_then(|error| error.response.as_mut()));
    for attempt in attempts {
        data.extend(attempt.request.iter_mut().chain(&mut attempt.response));
        data.extend(attempt.error.as_mut().and_then(|error| error.response.as_mut()));
    }
    data
}

//! What a run's journal says, as it is shown.

use std::sync::Arc;

use model::{
    api::RunSummary,
    run::{Datum, RunState, StepState},
};
use store::{Masking, Scope};

use crate::{app::App, error::ApiError};

/// Folds a run's journal, with long values put back in place. What finished iterations gave is left out: it is read by page.
pub(crate) async fn state(app: &App, scope: &Scope, run: &RunSummary) -> Result<RunState, ApiError> {
    let mut state = app.store.folded(scope, run.id).await?;
    app.store.put_back(run.id, data(&mut state)).await?;
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

//! From a run that failed to the editor: its data becomes the workflow's samples.

use std::{collections::HashSet, sync::Arc};

use model::{
    api::*,
    ids::{StepId, StepPath},
    run::RunState,
};
use serde_json::Value;
use store::RunSamples;

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError, reading};

/// Bytes of JSON an output may have to become a sample: every opening of the editor reads them all.
const MOST_BYTES: usize = 1_000_000;

pub(crate) async fn mend(app: App, caller: Member, input: Input<MendRun>) -> Result<Mend, ApiError> {
    let scope = &caller.scope;
    let run = app.store.run(scope, input.path.0).await?;
    if run.kind == "test" {
        return Err(ApiError::field("id", "This is a test of a draft; its data is in the editor already."));
    }
    let draft = app.store.workflow(scope, run.workflow).await?.draft;
    let state = reading::state(&app, scope, &run).await?;
    let event = match run.event {
        Some(id) if draft.trigger(&run.trigger).is_some() => match app.store.event(scope, id).await {
            Ok(row) => Some((run.trigger.clone(), row.payload)).filter(|(_, payload)| !payload.is_null()),
            Err(store::Error::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        },
        _ => None,
    };
    let failed = run.error.as_ref().and_then(|error| error.path.clone());
    let mut samples = RunSamples { event, outputs: Vec::new() };
    let mut left_out = 0;
    for (step, output) in outputs(&state, failed.as_ref()) {
        if draft.step(&step).is_none() {
            continue;
        }
        if output.to_string().len() > MOST_BYTES {
            left_out += 1;
        } else {
            samples.outputs.push((step, output));
        }
    }
    let sample = app.store.keep_run_samples(scope, run.workflow, &samples).await?;
    let alike = run.error.as_ref().map(|error| RunsQuery {
        workflow: Some(run.workflow),
        status: Some(model::run::RunStatus::Failed.as_str().to_owned()),
        error_class: Some(error.class),
        error_step: error.path.as_ref().map(StepPath::step),
        error_shape: Some(store::message_shape(&error.message)),
        replayed: Some(false),
        ..RunsQuery::default()
    });
    let step = failed.map(|path| path.step()).filter(|step| draft.step(step).is_some());
    Ok(Mend { run, step, sample, left_out, alike })
}

/// What each step gave: in loops that of the iteration the run failed in, else of the first.
fn outputs(state: &RunState, failed: Option<&StepPath>) -> Vec<(StepId, Arc<Value>)> {
    let mut known = HashSet::new();
    let mut paths: Vec<&StepPath> = state.order.iter().collect();
    // Those that stand in the same iteration come first.
    paths.sort_by_key(|path| failed.is_none_or(|failed| !path_is_beside(path, failed)));
    let mut found = Vec::new();
    for path in paths {
        let Some(output) = state.step(path).and_then(|step| step.output.as_ref()?.inline().cloned()) else { continue };
        if known.insert(path.step()) {
            found.push((path.step(), output));
        }
    }
    found
}

/// Whether the other step stands in every iteration that the one stands in: `each[3].look` beside `each[3].send`.
fn path_is_beside(path: &StepPath, other: &StepPath) -> bool {
    path.iterations().all(|around| other.iterations().any(|its| its == around))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_the_same_iteration_are_beside_one_another() {
        let beside = |one: &str, other: &str| path_is_beside(&StepPath::from(one), &StepPath::from(other));
        assert!(beside("each[3].look", "each[3].send"));
        assert!(beside("first", "each[3].send"));
        assert!(!beside("each[2].look", "each[3].send"));
        assert!(!beside("each[3].look", "each[31].send"));
        assert!(beside("each[3].look", "each[3].inner[0].send"));
    }
}

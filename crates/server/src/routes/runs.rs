use std::sync::Arc;

use axum::http::StatusCode;
use model::{
    Role, WorkflowDefinition,
    api::*,
    run::{Choice, Datum, Hold, RunState, StepStatus},
    step::StepKind,
};
use serde_json::{Value, json};

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError, reading};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListRuns>) -> Result<Page<RunSummary>, ApiError> {
    Ok(app.store.find_runs(&caller.scope, &input.query).await?)
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetRun>) -> Result<RunDetail, ApiError> {
    let mut run = app.store.run(&caller.scope, input.path.0).await?;
    // Of a run that is held because nobody can read it, its row still says why.
    let unreadable = run.hold == Some(Hold::System) && run.error.as_ref().is_some_and(|error| error.code == "run.unreadable");
    let state = match reading::state(&app, &caller.scope, &run).await {
        Err(_) if unreadable => RunState::default(),
        state => state?,
    };
    if let (Some(error), Some(masked)) = (&mut run.error, &state.error) {
        // Of runs from before a field was masked the row still says it.
        error.message.clone_from(&masked.message);
    }
    let definition = match &state.definition {
        Some(definition) => Arc::new(definition.as_ref().clone()),
        None => match app.store.definition(run.workflow, run.version).await {
            Err(_) if unreadable => Arc::default(),
            Ok(definition) => definition,
            // What happened is still worth showing.
            Err(error @ (store::Error::NotFound(_) | store::Error::Database(_))) => {
                tracing::warn!(run.id = %run.id, workflow.version = run.version, error = %error, "the definition of a run cannot be read");
                Arc::default()
            }
            Err(error) => return Err(error.into()),
        },
    };
    let event = match run.event {
        Some(id) => match app.store.event(&caller.scope, id).await {
            Ok(row) => Some(row.payload.as_ref().clone()).filter(|payload| !payload.is_null()),
            Err(store::Error::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let steps = state.order.iter().filter_map(|path| state.step(path).map(|step| run_step(&definition, path, step)));
    let mut steps: Vec<RunStep> = steps.collect();
    if caller.scope.role >= Role::Operator {
        for step in steps.iter_mut().filter(|step| step.kind == "wait" && step.state.status == StepStatus::Waiting) {
            step.wait_url = Some(app.wait_links().await?.url(run.id, &step.path));
        }
    }
    let response = state.responded.map(|(status, headers, body)| RunResponse { status, headers, body: value(&body) });
    let published = app.store.published(&caller.scope, run.workflow, run.version).await?;
    Ok(RunDetail {
        run,
        event,
        published,
        steps,
        past: state.past,
        message: state.message,
        response,
        definition: Arc::unwrap_or_clone(definition),
    })
}

fn run_step(definition: &WorkflowDefinition, path: &model::ids::StepPath, state: &model::run::StepState) -> RunStep {
    let id = path.step();
    let step = definition.step(&id);
    let kind = match step.map(|step| &step.kind) {
        Some(StepKind::Action(action)) => action.connector.clone(),
        Some(kind) => kind.name().to_owned(),
        None => "unknown".to_owned(),
    };
    let label = step.map_or_else(|| id.to_string(), |step| step.label.clone());
    RunStep { path: path.clone(), step: id, label, kind, state: state.clone(), wait_url: None }
}

/// Long values were put back in place already; one whose row is gone shows as null.
fn value(datum: &Datum) -> Value {
    datum.inline().map(|value| value.as_ref().clone()).unwrap_or_default()
}

pub(crate) async fn cancel(app: App, caller: Member, input: Input<CancelRun>) -> Result<Empty, ApiError> {
    app.store.cancel(&caller.scope, input.path.0).await?;
    Ok(Empty {})
}

pub(crate) async fn resume(app: App, caller: Member, input: Input<ResumeRun>) -> Result<Empty, ApiError> {
    app.store.let_go_on(&caller.scope, input.path.0).await?;
    Ok(Empty {})
}

pub(crate) async fn settle(app: App, caller: Member, input: Input<SettleRun>) -> Result<Empty, ApiError> {
    let Settle { path, choice } = input.body;
    let run = app.store.run(&caller.scope, input.path.0).await?;
    if run.status.is_final() {
        return Err(store::Error::Ended.into());
    }
    let state = reading::state(&app, &caller.scope, &run).await?;
    if state.step_status(&path) != StepStatus::Unknown {
        return Err(ApiError::field("path", "The outcome of this step is not unknown; there is nothing to decide.")
            .with(json!({ "path": "path", "status": state.step_status(&path) })));
    }
    let again_from = state.step(&path).and_then(|step| app.store.again_from(step));
    if let (Choice::RunAgain, Some(at)) = (&choice, again_from) {
        let message = format!(
            "The call may still be under way, in a process that was cut off. It can be made again from {} on.",
            at.rfc3339()
        );
        return Err(ApiError::new(StatusCode::CONFLICT, "call.under_way", message).with(json!({ "path": "choice", "from": at })));
    }
    app.store.settle(&caller.scope, run.id, &path, &choice).await?;
    Ok(Empty {})
}

pub(crate) async fn replay(app: App, caller: Member, input: Input<ReplayRun>) -> Result<Receipt, ApiError> {
    Ok(app.ingest.replay(&caller.scope, input.path.0, input.body).await?)
}

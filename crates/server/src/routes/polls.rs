//! Triggers of connectors that look at lists.

use std::collections::HashSet;

use axum::http::StatusCode;
use connect::{Since, Want};
use model::{
    api::*,
    definition::TriggerKind,
    ids::{TriggerId, WorkflowId},
};
use serde_json::{Value, json};
use store::{Origin, PollPhase, PollRow};

use crate::{
    accounts::{Ask, Told, ask},
    app::App,
    auth::Member,
    endpoint::Input,
    error::ApiError,
};

/// Events that are shown when a trigger is tried.
const TRIED: usize = 10;

pub(crate) async fn states(app: App, caller: Member, input: Input<GetTriggerStates>) -> Result<TriggerStates, ApiError> {
    listed(&app, &caller, input.path.0).await
}

async fn listed(app: &App, caller: &Member, workflow: WorkflowId) -> Result<TriggerStates, ApiError> {
    app.store.workflow(&caller.scope, workflow).await?;
    let items = app.store.polls(&caller.scope, workflow).await?.into_iter().map(shown).collect();
    Ok(TriggerStates { items })
}

fn shown(row: PollRow) -> TriggerState {
    let PollRow { trigger, state, .. } = row;
    let phase = match state.phase {
        PollPhase::First => TriggerPhase::First,
        PollPhase::Live => TriggerPhase::Live,
        PollPhase::Held => TriggerPhase::Held,
        PollPhase::GoingOn => TriggerPhase::GoingOn,
    };
    let error = state.error.map(|error| TriggerError { class: error.class, code: error.code, message: error.message });
    TriggerState {
        trigger,
        phase,
        last_at: state.last_at,
        next_at: state.next_at,
        found: state.found,
        waiting: state.waiting,
        left_out: state.left_out,
        left_out_why: state.left_out_why,
        error,
        failures: state.failures,
        note: state.note,
        note_at: state.note_at,
    }
}

pub(crate) async fn decide(app: App, caller: Member, input: Input<DecideTrigger>) -> Result<TriggerStates, ApiError> {
    let (workflow, trigger) = input.path;
    app.store.workflow(&caller.scope, workflow).await?;
    app.store.decide_poll(&caller.scope, workflow, &trigger, input.body.choice == HeldChoice::Skip).await?;
    app.live.publish(caller.scope.workspace, &StreamEvent::Workflow { workflow });
    listed(&app, &caller, workflow).await
}

pub(crate) async fn try_out(app: App, caller: Member, input: Input<TryTrigger>) -> Result<TriedTrigger, ApiError> {
    let (workflow, trigger) = input.path;
    let row = app.store.workflow(&caller.scope, workflow).await?;
    let Some(found) = row.draft.trigger(&trigger) else { return Err(ApiError::not_found("The trigger")) };
    let TriggerKind::App(wanted) = &found.kind else {
        return Err(ApiError::field("trigger", "Only a trigger of a connector can be tried."));
    };
    let connector = app.connectors.iter().find(|connector| connector.id == wanted.connector);
    let known = connector.and_then(|connector| connector.trigger(&wanted.trigger));
    let Some(known) = known else {
        return Err(ApiError::field("trigger", "The connector has no such trigger any more. Choose another one."));
    };
    if known.poll.is_none() {
        return Err(ApiError::field("trigger", "This trigger is told what happens; there is no list to look at."));
    }
    let Some(connection) = wanted.connection else {
        return Err(ApiError::field("connection", "Choose a connection for the trigger first."));
    };
    let account = app.store.connection_to_use(&caller.scope, connection).await?;
    if account.connection.connector != wanted.connector {
        return Err(ApiError::field("connection", "This connection belongs to another service. Choose one that fits."));
    }
    let form = triggers::poll::input(wanted)?;
    let nothing = HashSet::new();
    let since = Since {
        connector: &wanted.connector,
        trigger: &wanted.trigger,
        input: &form,
        cursor: None,
        is_whole: true,
        want: Want::Newest(TRIED),
    };
    let Told::Polled(polled) = ask(&app, &caller, &account, Ask::Poll(since, &nothing)).await? else {
        return Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The list was not looked at."));
    };
    let events: Vec<Value> = polled.events.into_iter().map(|event| json!({ "body": event.data })).collect();
    keep(&app, &caller, workflow, &trigger, &events).await?;
    let left_out = polled.left_out.len() as u64;
    Ok(TriedTrigger { events, left_out, more: polled.more || polled.is_cut })
}

/// As samples; one that is there already is not kept twice.
async fn keep(app: &App, caller: &Member, workflow: WorkflowId, trigger: &TriggerId, events: &[Value]) -> Result<(), ApiError> {
    let kept = app.store.samples(&caller.scope, workflow).await?.triggers;
    let is_kept = |event: &Value| kept.iter().any(|sample| sample.trigger == *trigger && sample.event == *event);
    let workspace = caller.scope.workspace;
    let mut is_changed = false;
    for event in events.iter().filter(|event| !is_kept(event)) {
        app.store.add_trigger_sample(workspace, workflow, trigger, event, Origin::Polled).await?;
        is_changed = true;
    }
    if is_changed {
        app.live.publish(workspace, &StreamEvent::Sample { workflow, trigger: trigger.clone() });
    }
    Ok(())
}

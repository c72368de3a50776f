//! Where the question stands.

use model::{
    Timestamp,
    ids::StepPath,
    run::{RunState, SignalKind, StepStatus},
};
use serde_json::Value;

use super::Door;
use crate::{app::App, error::ApiError, reading};

/// What a person who opens the link is told.
pub(super) enum Stage {
    /// The run has not come to the step.
    NotYet,
    Open(Question),
    Decided(Decided),
    /// The run has ended, or gone another way.
    Over,
}

/// What is asked.
pub(super) struct Question {
    pub text: String,
    /// Names with their values, in order; no value: it was missing.
    pub shown: Vec<(String, Option<Value>)>,
    pub until: Option<Timestamp>,
}

/// Who was first, and when.
pub(super) struct Decided {
    pub timed_out: bool,
    /// An e-mail address; absent: somebody who had the link.
    pub by: Option<String>,
    pub at: Timestamp,
    /// Absent where the answer is no longer kept.
    pub approved: Option<bool>,
    pub comment: String,
}

pub(super) async fn stage(app: &App, door: &Door) -> Result<Stage, ApiError> {
    if let Some(decided) = decided(app, door).await? {
        return Ok(Stage::Decided(decided));
    }
    if door.run.status.is_final() {
        return Ok(Stage::Over);
    }
    let state = reading::state(app, &door.scope, &door.run).await?;
    Ok(match state.step_status(&door.path) {
        StepStatus::Waiting => Stage::Open(question(&state, &door.path)),
        status if status.is_final() => Stage::Over,
        _ => Stage::NotYet,
    })
}

/// What the first answer was, or that time was up; absent: neither yet.
pub(super) async fn decided(app: &App, door: &Door) -> Result<Option<Decided>, ApiError> {
    let Some(row) = app.store.wait(door.run.id, &door.path).await? else { return Ok(None) };
    let mut decided = Decided { timed_out: row.timed_out, by: row.by, at: row.at, approved: None, comment: String::new() };
    if !decided.timed_out
        && let Some(answer) = answer(app, door).await?
    {
        decided.approved = answer["approved"].as_bool();
        decided.comment = answer["comment"].as_str().unwrap_or_default().to_owned();
    }
    Ok(Some(decided))
}

/// The answer itself: as the run's step gave it, or as it waits for the run to take it.
async fn answer(app: &App, door: &Door) -> Result<Option<Value>, ApiError> {
    let is_ours = |kind, path: Option<&StepPath>| kind == SignalKind::Answered && path == Some(&door.path);
    let signals = app.store.signals(door.run.id).await?;
    if let Some(signal) = signals.into_iter().find(|signal| is_ours(signal.kind, signal.path.as_ref())) {
        return Ok(Some(signal.body));
    }
    let state = reading::state(app, &door.scope, &door.run).await?;
    let taken = state.answers.get(&door.path).or_else(|| state.step(&door.path)?.output.as_ref());
    Ok(taken.and_then(|datum| datum.inline()).map(|value| value.as_ref().clone()))
}

fn question(state: &RunState, path: &StepPath) -> Question {
    let step = state.step(path);
    let input = step.and_then(|step| step.input.as_ref()?.inline().cloned()).unwrap_or_default();
    let shown = input["shown"].as_array().into_iter().flatten();
    let named = |entry: &Value| (entry["name"].as_str().unwrap_or_default().to_owned(), entry.get("value").cloned());
    Question {
        text: input["question"].as_str().unwrap_or_default().to_owned(),
        shown: shown.map(named).collect(),
        until: step.and_then(|step| step.until),
    }
}
